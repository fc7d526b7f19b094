/*
 * The processor quota of a Linux control group, which container programs set: Docker's --cpus,
 * Kubernetes' limits. The kernel then stops threads for a part of the time, however many processors
 * the machine has. Both versions of control groups are understood: cpu.max of version 2,
 * cpu.cfs_quota_us and cpu.cfs_period_us of version 1 (the kernel's admin-guide: cgroup-v2.rst,
 * scheduler/sched-bwc.rst).
 */
#ifndef CHARNN_BASE_CGROUP_H
#define CHARNN_BASE_CGROUP_H

#include <stddef.h>

/*
 * The processors that the quotas of this process's group and of the groups above it allow, rounded
 * up, at least 1; SIZE_MAX if there is no quota, or it cannot be read. `root` comes before the
 * paths /proc/self/cgroup and /sys/fs/cgroup: "" for those of the system.
 */
size_t cgroup_processors(const char *root);

#endif
