/*
 * Heap memory: aligned, zeroed, overflow-checked. Every allocation of the program goes through
 * here, so there is one place to make allocation fail in tests.
 */
#ifndef CHARNN_BASE_MEMORY_H
#define CHARNN_BASE_MEMORY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHARNN_ALIGNMENT = 64 }; /* bytes: one cache line, one 16-lane float vector */

/* To be called first, where the C library's own habits are to be changed: what the process takes
 * then stays what it needs, however often memory comes and goes. */
void memory_begin(void);

/* product = a * b; false where it does not fit a size_t. */
CHARNN_MUST_CHECK bool size_multiply(size_t a, size_t b, size_t *product);

/* sum = a + b; false where it does not fit a size_t. */
CHARNN_MUST_CHECK bool size_add(size_t a, size_t b, size_t *sum);

/* value rounded up to a multiple of `multiple` (a power of two). */
static inline size_t size_round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) & ~(multiple - 1);
}

/*
 * count * size bytes, zeroed, aligned to CHARNN_ALIGNMENT; a valid pointer also for 0 bytes.
 * On failure *memory is NULL and the error is CHARNN_ERROR_MEMORY, naming `what`.
 * Ownership: the caller's, released with memory_free().
 */
CHARNN_MUST_CHECK enum status memory_allocate(size_t count, size_t size, const char *what,
                                              void **memory, struct error *error);

/* Releases it; NULL is fine. free() would not do. */
void memory_free(void *memory);

/*
 * Likewise for one of many small blocks: aligned for every type of C, but no further, so that less
 * is lost between them. Released with memory_free_small().
 */
CHARNN_MUST_CHECK enum status memory_allocate_small(size_t size, const char *what, void **memory,
                                                    struct error *error);

void memory_free_small(void *memory);

/*
 * Grows *memory (from memory_allocate, or NULL) from `used` bytes to at least `wanted`, keeping
 * its content; *capacity is the size in bytes now and afterwards. Amortised doubling.
 */
CHARNN_MUST_CHECK enum status memory_grow(void **memory, size_t *capacity, size_t used,
                                          size_t wanted, const char *what, struct error *error);

/* A copy of a string; ownership as memory_allocate(). */
CHARNN_MUST_CHECK enum status memory_copy_string(const char *text, char **copy,
                                                 struct error *error);

#endif
