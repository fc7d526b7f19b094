/*
 * Arrays for kernels under test. Every float begins as a guard, a signalling NaN, which arithmetic
 * never gives: around the array, and in it wherever the test fills in nothing. So a kernel that
 * writes where it must not changes a guard, and one that uses what it must not gives NaN. `data` is
 * aligned to 4 bytes and no more.
 */
#ifndef CHARNN_TESTS_SUPPORT_GUARDED_H
#define CHARNN_TESTS_SUPPORT_GUARDED_H

#include "support/compare.h"

#include <stdint.h>

/* Arbitrary numbers, each with all the bits of a float's mantissa. */
struct noise {
    uint32_t drawn; /* 0 at first */
};

/* In [-1, 1). */
float noise_number(struct noise *noise);

struct guarded {
    float *memory;
    float *data; /* [count] */
    size_t count;
    size_t total; /* floats in memory */
};

void guarded_init(struct guarded *guarded, size_t count);

/* For what is only read: nothing lies behind it, so that a sanitizer sees reads beyond its end. */
void guarded_init_input(struct guarded *guarded, size_t count);

/* A copy with other memory. */
void guarded_init_copy(struct guarded *guarded, const struct guarded *from);

void guarded_deinit(struct guarded *guarded);

/* Fills data[row * stride + column]. */
void guarded_fill(struct guarded *guarded, size_t rows, size_t columns, size_t stride,
                  struct noise *noise);

/* Fill the whole of it. */
void guarded_fill_all(struct guarded *guarded, struct noise *noise);
void guarded_set_all(struct guarded *guarded, float value);

/* Fail the running test, naming `what` and the element, unless all bits are equal, guards too. */
void assert_guarded_same(const struct guarded *got, const struct guarded *expected,
                         const char *what, ...) __attribute__((format(printf, 3, 4)));

/* Likewise, but floats that are not guards may differ by the tolerance. NaN is near NaN. */
void assert_guarded_near(const struct guarded *got, const struct guarded *expected,
                         struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif
