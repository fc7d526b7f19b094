/* Limits of control groups, in copies of the files that the kernel shows. */
#include "base/machine/cgroup.h"
#include "suites.h"
#include "support/temporary.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char root[TEMPORARY_PATH];

/* Writes a file under `root`, with its folders. */
static void put(const char *path, const char *text) {
    char whole[2 * TEMPORARY_PATH];
    (void)snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

enum { FILES = 5 };

struct group_file {
    const char *path, *text;
};

static const struct {
    size_t processors;
    struct group_file files[FILES];
} cases[] = {
    {SIZE_MAX, {{0}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}}},
    /* version 2 */
    {2, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "200000 100000\n"}}},
    {2, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "150000 100000\n"}}},
    {1, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "5000 100000\n"}}},
    {7, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "350000 50000\n"}}},
    {3, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "300000\n"}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "max 100000\n"}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "100000 0\n"}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "\n"}}},
    /* the least of the group and those above */
    {3,
     {{"/proc/self/cgroup", "0::/a.slice/b\n"},
      {"/sys/fs/cgroup/a.slice/cpu.max", "300000 100000\n"},
      {"/sys/fs/cgroup/a.slice/b/cpu.max", "max 100000\n"},
      {"/sys/fs/cgroup/cpu.max", "800000 100000\n"}}},
    {4,
     {{"/proc/self/cgroup", "0::/a.slice/b\n"},
      {"/sys/fs/cgroup/a.slice/b/cpu.max", "400000 100000\n"},
      {"/sys/fs/cgroup/other/cpu.max", "100000 100000\n"}}},
    /* version 1; a container may see its own folder as the mounted one */
    {2,
     {{"/proc/self/cgroup", "4:memory:/x\n3:cpuset:/x\n2:cpu,cpuacct:/docker/c0ffee\n0::/\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n"},
      {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}}},
    {5,
     {{"/proc/self/cgroup", "2:cpu:/g\n"},
      {"/sys/fs/cgroup/cpu/g/cpu.cfs_quota_us", "500000\n"},
      {"/sys/fs/cgroup/cpu/g/cpu.cfs_period_us", "100000\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {SIZE_MAX,
     {{"/proc/self/cgroup", "2:cpuset,cpuacct:/\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n"},
      {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "nonsense\n:\n1:cpu\n"}}},
};

/* The limit that a function reads from files. */
static size_t limit_in(const struct group_file files[FILES], size_t (*limit)(const char *root)) {
    temporary_folder(root);
    for (size_t i = 0; i < FILES && files[i].path != NULL; i++) {
        put(files[i].path, files[i].text);
    }
    size_t found = limit(root);
    temporary_remove(root);
    return found;
}

START_TEST(quotas_are_read) {
    ck_assert_uint_eq(limit_in(cases[_i].files, cgroup_processors), cases[_i].processors);
}
END_TEST

static const struct {
    size_t bytes;
    struct group_file files[FILES];
} memories[] = {
    {SIZE_MAX, {{0}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/memory.max", "max\n"}}},
    {SIZE_MAX, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/memory.max", "\n"}}},
    {536870912, {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/memory.max", "536870912\n"}}},
    /* the least of a group and those above it */
    {1000,
     {{"/proc/self/cgroup", "0::/a/b\n"},
      {"/sys/fs/cgroup/a/b/memory.max", "3000\n"},
      {"/sys/fs/cgroup/a/memory.max", "1000\n"},
      {"/sys/fs/cgroup/memory.max", "2000\n"}}},
    /* version 1; 9223372036854771712 is its "no limit" */
    {4096,
     {{"/proc/self/cgroup", "4:memory:/x\n2:cpu:/x\n"},
      {"/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "4096\n"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}}},
    {SIZE_MAX,
     {{"/proc/self/cgroup", "2:cpu:/\n"},
      {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "4096\n"}}},
};

START_TEST(memory_limits_are_read) {
    ck_assert_uint_eq(limit_in(memories[_i].files, cgroup_memory), memories[_i].bytes);
}
END_TEST

START_TEST(the_system_has_some) {
    ck_assert_uint_ge(cgroup_processors(""), 1);
    ck_assert_uint_ge(cgroup_memory(""), 1);
}
END_TEST

Suite *cgroup_suite(void) {
    Suite *suite = suite_create("cgroup");
    TCase *quotas = tcase_create("quotas");
    tcase_add_loop_test(quotas, quotas_are_read, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_loop_test(quotas, memory_limits_are_read, 0,
                        (int)(sizeof memories / sizeof memories[0]));
    tcase_add_test(quotas, the_system_has_some);
    suite_add_tcase(suite, quotas);
    return suite;
}
