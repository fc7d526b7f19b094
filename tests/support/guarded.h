/*
 * Arrays for kernel tests. All floats around the array, and all floats in it that the test does not
 * set, are guards: signalling NaNs, which arithmetic never produces. A kernel that writes out of
 * bounds changes a guard; one that reads out of bounds returns NaN. `data` is aligned to 4 bytes
 * only.
 */
#ifndef CHARNN_TESTS_SUPPORT_GUARDED_H
#define CHARNN_TESTS_SUPPORT_GUARDED_H

#include "support/compare.h"

#include <stdint.h>

/* A generator of arbitrary floats that use all mantissa bits. */
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

/* An input array: it ends with its memory, so that a sanitizer detects reads beyond its end. */
void guarded_init_input(struct guarded *guarded, size_t count);

/* A copy in memory of its own. */
void guarded_init_copy(struct guarded *guarded, const struct guarded *from);

void guarded_deinit(struct guarded *guarded);

/* Fills data[row * stride + column]. */
void guarded_fill(struct guarded *guarded, size_t rows, size_t columns, size_t stride,
                  struct noise *noise);

/* Fill all elements. */
void guarded_fill_all(struct guarded *guarded, struct noise *noise);
void guarded_set_all(struct guarded *guarded, float value);

/* Fails with `what` and the element unless all bits are equal, including guards. */
void assert_guarded_same(const struct guarded *got, const struct guarded *expected,
                         const char *what, ...) __attribute__((format(printf, 3, 4)));

/* Likewise, but floats other than guards may differ by the tolerance. NaN equals NaN. */
void assert_guarded_near(const struct guarded *got, const struct guarded *expected,
                         struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif
