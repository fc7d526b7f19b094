/*
 * Limits of a Linux control group, which container programs set (Docker's --cpus and --memory,
 * Kubernetes' limits), whatever the machine has. Beyond its processor quota the kernel stops
 * threads for a part of the time; beyond its memory it ends the process. Both versions of control
 * groups are understood: cpu.max and memory.max of version 2; cpu.cfs_quota_us, cpu.cfs_period_us
 * and memory.limit_in_bytes of version 1 (the kernel's admin-guide: cgroup-v2.rst,
 * scheduler/sched-bwc.rst, cgroup-v1/memory.rst).
 *
 * `root` comes before the paths /proc/self/cgroup and /sys/fs/cgroup: "" for those of the system.
 */
#ifndef CHARNN_BASE_MACHINE_CGROUP_H
#define CHARNN_BASE_MACHINE_CGROUP_H

#include <stddef.h>

/* The processors that the quotas of this process's group and of the groups above it allow, rounded
 * up, at least 1; SIZE_MAX if there is no quota, or it cannot be read. */
size_t cgroup_processors(const char *root);

/* Likewise the bytes of memory. */
size_t cgroup_memory(const char *root);

#endif
