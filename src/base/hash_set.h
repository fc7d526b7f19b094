/* A set of 64-bit hashes other than 0. */
#ifndef CHARNN_BASE_HASH_SET_H
#define CHARNN_BASE_HASH_SET_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised: empty. The members are private. */
struct hash_set {
    uint64_t *slots;    /* [size], open addressing; 0: free */
    size_t count, size; /* the size is 0 or a power of two */
};

bool hash_set_has(const struct hash_set *set, uint64_t hash);

/* Errors: CHARNN_ERROR_MEMORY; the set is then unchanged. */
CHARNN_MUST_CHECK enum status hash_set_add(struct hash_set *set, uint64_t hash,
                                           struct error *error);
void hash_set_deinit(struct hash_set *set);

#endif
