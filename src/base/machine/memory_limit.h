/*
 * The memory that this machine has, compared with what is needed. The kernel grants more than there
 * is and ends the process when it touches the rest, so a large need is refused before it is
 * allocated.
 */
#ifndef CHARNN_BASE_MACHINE_MEMORY_LIMIT_H
#define CHARNN_BASE_MACHINE_MEMORY_LIMIT_H

#include "base/error.h"

#include <stddef.h>

enum { CHARNN_MEMORY_WARNING = 256 };

/*
 * Refuses a need of `need` bytes, SIZE_MAX for an overflow, if it exceeds the physical memory or
 * the limit of this process's control group (base/machine/cgroup.h): CHARNN_ERROR_MEMORY, a
 * sentence that names `what`, the need, what there is, and `remedy`. If more than nine tenths are
 * needed, `warning` receives a sentence, else "".
 */
CHARNN_MUST_CHECK enum status memory_check(size_t need, const char *what, const char *remedy,
                                           char warning[CHARNN_MEMORY_WARNING],
                                           struct error *error);

#endif
