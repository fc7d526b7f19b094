/* Heap memory: aligned, zeroed, checked for overflow. Every allocation of the program goes through
 * here, so tests can make any allocation fail. */
#ifndef CHARNN_BASE_MEMORY_H
#define CHARNN_BASE_MEMORY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHARNN_ALIGNMENT = 64 }; /* bytes: one cache line, one 16-lane float vector */

/* Tunes the C library's allocator, so that freed memory goes back to the system. Call it first. */
void memory_begin(void);

/* product = a * b; false if it overflows. */
CHARNN_MUST_CHECK bool size_multiply(size_t a, size_t b, size_t *product);

/* sum = a + b; false if it overflows. */
CHARNN_MUST_CHECK bool size_add(size_t a, size_t b, size_t *sum);

/* The sum of sizes[count]; SIZE_MAX if it overflows. */
size_t size_sum(const size_t *sizes, size_t count);

/* value rounded up to a multiple of `multiple` (a power of two). */
static inline size_t size_round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) & ~(multiple - 1);
}

/* Allocates count * size zeroed bytes, aligned to CHARNN_ALIGNMENT, and stores their address in the
 * pointer at `pointer` (of any object type). Zero bytes also give a valid address. On failure the
 * pointer is NULL and the error, CHARNN_ERROR_MEMORY, names `what`. Released with memory_free(). */
CHARNN_MUST_CHECK enum status memory_allocate(size_t count, size_t size, const char *what,
                                              void *pointer, struct error *error);

/* memory_allocate() of `count` elements for the typed pointer at `pointer`. */
#define MEMORY_NEW(pointer, count, what, error)                                                    \
    memory_allocate(count, sizeof **(pointer), what, pointer, error)

/* Releases memory of memory_allocate(), not of malloc(). */
void memory_free(void *memory);

/* memory_allocate() of a small block. It is aligned as by malloc(), which wastes less memory
 * between many blocks. Released with memory_free_small(). */
CHARNN_MUST_CHECK enum status memory_allocate_small(size_t size, const char *what, void *pointer,
                                                    struct error *error);

void memory_free_small(void *memory);

/*
 * Makes room for `wanted` elements of `size` bytes in the array at `pointer` (the address of a
 * pointer that is NULL or from memory_allocate()) and keeps its first `used`. *capacity is the room
 * in elements; if it grows, it at least doubles. On failure (CHARNN_ERROR_MEMORY) the array is
 * unchanged.
 */
CHARNN_MUST_CHECK enum status memory_grow(void *pointer, size_t *capacity, size_t size, size_t used,
                                          size_t wanted, const char *what, struct error *error);

/* memory_grow() for the typed pointer at `pointer`. */
#define MEMORY_GROW(pointer, capacity, used, wanted, what, error)                                  \
    memory_grow(pointer, capacity, sizeof **(pointer), used, wanted, what, error)

/* Copies a string. Released with memory_free(). */
CHARNN_MUST_CHECK enum status memory_copy_string(const char *text, char **copy,
                                                 struct error *error);

#endif
