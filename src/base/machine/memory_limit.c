#include "base/machine/memory_limit.h"

#include "base/bytes.h"
#include "base/machine/cgroup.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* SIZE_MAX if the system does not tell. */
static size_t physical_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    size_t bytes;
    return pages > 0 && page > 0 && size_multiply((size_t)pages, (size_t)page, &bytes) ? bytes
                                                                                       : SIZE_MAX;
}

enum status memory_check(size_t need, const char *what, const char *remedy,
                         char warning[CHARNN_MEMORY_WARNING], struct error *error) {
    const double tight = 0.9;
    size_t physical = physical_memory();
    size_t group = cgroup_memory("");
    bool grouped = group < physical;
    size_t most = grouped ? group : physical;
    char text[2][CHARNN_BYTES_TEXT];
    char room[CHARNN_BYTES_TEXT + 64];
    (void)snprintf(room, sizeof room,
                   grouped ? "its control group (container) may use %s" : "this machine has %s",
                   format_bytes(most, text[0]));
    warning[0] = '\0';
    if (need > most) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%s needs %s%s of memory, but %s; %s", what,
                         need == SIZE_MAX ? "" : "about ", format_bytes(need, text[1]), room,
                         remedy);
    }
    if ((double)need > tight * (double)most) {
        (void)snprintf(warning, CHARNN_MEMORY_WARNING,
                       "%s needs about %s of memory, and %s; if other programs need the rest, the "
                       "system ends it",
                       what, format_bytes(need, text[1]), room);
    }
    return CHARNN_OK;
}
