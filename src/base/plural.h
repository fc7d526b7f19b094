/* Words that go with a number. */
#ifndef CHARNN_BASE_PLURAL_H
#define CHARNN_BASE_PLURAL_H

#include <stddef.h>

/* What makes a regular noun agree with `count`: "" for 1, else "s". */
static inline const char *plural_ending(size_t count) {
    return count == 1 ? "" : "s";
}

#endif
