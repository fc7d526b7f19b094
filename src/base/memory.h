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
 * Allocates count * size zeroed bytes, aligned to CHARNN_ALIGNMENT, and stores their address in the
 * pointer at `pointer` (of any object type). Zero bytes also give a valid address.
 * On failure the pointer is NULL; the error is CHARNN_ERROR_MEMORY and names `what`.
 * Ownership: the caller's, released with memory_free().
 */
CHARNN_MUST_CHECK enum status memory_allocate(size_t count, size_t size, const char *what,
                                              void *pointer, struct error *error);

/* memory_allocate() of `count` elements for the typed pointer at `pointer`. */
#define MEMORY_NEW(pointer, count, what, error)                                                    \
    memory_allocate(count, sizeof **(pointer), what, pointer, error)

/* Releases a block of memory_allocate(), which free() cannot; NULL is fine. */
void memory_free(void *memory);

/*
 * memory_allocate() for one of many small blocks: aligned for every type of C but no further, which
 * wastes less between them. Released with memory_free_small().
 */
CHARNN_MUST_CHECK enum status memory_allocate_small(size_t size, const char *what, void *pointer,
                                                    struct error *error);

void memory_free_small(void *memory);

/*
 * Makes room for `wanted` elements of `size` bytes in the array at `pointer` (the address of a
 * pointer from memory_allocate(), or of a NULL one) and keeps its first `used`. *capacity is the
 * room in elements, before and afterwards; it at least doubles whenever it grows. On failure
 * (CHARNN_ERROR_MEMORY) the array stays as it is.
 */
CHARNN_MUST_CHECK enum status memory_grow(void *pointer, size_t *capacity, size_t size, size_t used,
                                          size_t wanted, const char *what, struct error *error);

/* memory_grow() for the typed pointer at `pointer`. */
#define MEMORY_GROW(pointer, capacity, used, wanted, what, error)                                  \
    memory_grow(pointer, capacity, sizeof **(pointer), used, wanted, what, error)

/* A copy of a string; ownership as memory_allocate(). */
CHARNN_MUST_CHECK enum status memory_copy_string(const char *text, char **copy,
                                                 struct error *error);

#endif
