/* Plurals in messages. */
#ifndef CHARNN_BASE_PLURAL_H
#define CHARNN_BASE_PLURAL_H

#include <stddef.h>

/* The ending of a regular noun after `count`: "" for 1, else "s". */
static inline const char *plural_ending(size_t count) {
    return count == 1 ? "" : "s";
}

#endif
