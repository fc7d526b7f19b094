#include "base/machine/cgroup.h"

#include "base/files/file.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the first line of root/folder/name; false if there is none. */
static bool read_line(const char *folder, const char *name, char line[64]) {
    char path[CHARNN_PATH_LENGTH];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return false;
    }
    bool read = fgets(line, 64, file) != NULL;
    (void)fclose(file);
    return read;
}

/* The processors of a quota per period; a quota that is no positive number is none. */
static size_t processors_of(const char *quota, const char *period) {
    unsigned long long time = strtoull(quota, NULL, 10);
    unsigned long long whole = strtoull(period, NULL, 10);
    if (quota[0] < '0' || quota[0] > '9' || time == 0 || whole == 0 || time > SIZE_MAX) {
        return SIZE_MAX;
    }
    return (size_t)((time - 1) / whole + 1);
}

static size_t processors_of_folder(const char *folder) {
    char quota[64];
    char period[64];
    if (read_line(folder, "cpu.max", quota)) { /* "200000 100000", "max 100000" */
        const char *space = strchr(quota, ' ');
        return processors_of(quota, space != NULL ? space : "100000");
    }
    if (read_line(folder, "cpu.cfs_quota_us", quota) &&
        read_line(folder, "cpu.cfs_period_us", period)) {
        return processors_of(quota, period);
    }
    return SIZE_MAX;
}

static size_t memory_of_folder(const char *folder) {
    char bytes[64];
    if (!read_line(folder, "memory.max", bytes) &&
        !read_line(folder, "memory.limit_in_bytes", bytes)) {
        return SIZE_MAX;
    }
    unsigned long long limit = strtoull(bytes, NULL, 10);
    bool limited = bytes[0] >= '0' && bytes[0] <= '9' && limit <= SIZE_MAX; /* else "max" */
    return limited ? (size_t)limit : SIZE_MAX;
}

/* What a controller limits. */
struct resource {
    const char *controller; /* of version 1 */
    const char *mounts[3];  /* where version 1 may be mounted, under /sys/fs/cgroup */
    size_t (*limit_of_folder)(const char *folder);
};

static const struct resource processors = {
    "cpu", {"/cpu", "/cpu,cpuacct", "/cpuacct,cpu"}, processors_of_folder};
static const struct resource memory = {"memory", {"/memory"}, memory_of_folder};

/*
 * The least limit of a group and those above it, up to the folder that is mounted. In a container
 * that folder may be the group itself, and its path then leads nowhere.
 */
static size_t least_limit(const struct resource *resource, const char *mounted, const char *group) {
    char folder[CHARNN_PATH_LENGTH];
    int length = snprintf(folder, sizeof folder, "%s%s", mounted, group);
    size_t least = SIZE_MAX;
    if (length < 0 || (size_t)length >= sizeof folder) {
        return SIZE_MAX;
    }
    for (char *end = folder + length; end >= folder + strlen(mounted);) {
        *end = '\0';
        size_t limit = resource->limit_of_folder(folder);
        least = limit < least ? limit : least;
        while (end > folder && *--end != '/') {
        }
    }
    return least;
}

/* Whether `name` is in a list such as "cpu,cpuacct". */
static bool has_controller(const char *controllers, const char *name) {
    size_t length = strlen(name);
    for (const char *at = controllers; (at = strstr(at, name)) != NULL; at += length) {
        if ((at == controllers || at[-1] == ',') && (at[length] == '\0' || at[length] == ',')) {
            return true;
        }
    }
    return false;
}

/* The limit of a line "HIERARCHY:CONTROLLERS:GROUP" of /proc/self/cgroup; version 2 has no
 * controllers there. */
static size_t limit_of_line(const struct resource *resource, const char *root, char *line) {
    static const char *const second[] = {"", "/unified", NULL};
    char mounted[CHARNN_PATH_LENGTH];
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    size_t least = SIZE_MAX;
    if (group == NULL) {
        return SIZE_MAX;
    }
    *controllers++ = *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    const char *const *mounts = controllers[0] == '\0' ? second : resource->mounts;
    if (controllers[0] != '\0' && !has_controller(controllers, resource->controller)) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < 3 && mounts[i] != NULL; i++) {
        (void)snprintf(mounted, sizeof mounted, "%s/sys/fs/cgroup%s", root, mounts[i]);
        size_t limit = least_limit(resource, mounted, strcmp(group, "/") == 0 ? "" : group);
        least = limit < least ? limit : least;
    }
    return least;
}

static size_t limit_of(const struct resource *resource, const char *root) {
    char path[CHARNN_PATH_LENGTH];
    char line[CHARNN_PATH_LENGTH];
    size_t least = SIZE_MAX;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        size_t limit = limit_of_line(resource, root, line);
        least = limit < least ? limit : least;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return least;
}

size_t cgroup_processors(const char *root) {
    return limit_of(&processors, root);
}

size_t cgroup_memory(const char *root) {
    return limit_of(&memory, root);
}
