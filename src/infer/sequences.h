/* A set of different sequences of ids, such as answers, in ascending order. */
#ifndef CHARNN_INFER_SEQUENCES_H
#define CHARNN_INFER_SEQUENCES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sequence {
    const int32_t *ids;
    size_t count;
};

/* Zero-initialised but for `most`: an empty set. */
struct sequences {
    struct sequence *items; /* [count]; owned, as are their ids */
    size_t count, capacity;
    size_t most;   /* of the set */
    bool overflow; /* there were more */
};

/* Adds a copy of a sequence, unless the set has it or is full. */
CHARNN_MUST_CHECK enum status sequences_add(struct sequences *set, struct sequence sequence,
                                            struct error *error);

/* Whether the set has the sequence; *index is its place or, if not, that which it would get. */
bool sequences_find(const struct sequences *set, struct sequence sequence, size_t *index);

void sequences_deinit(struct sequences *set);

#endif
