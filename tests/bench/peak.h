/*
 * The limits of the processor, for each kernel set: the rate of multiply-adds that stay in
 * registers, and the rate of reading an array. Compiled once per kernel set.
 */
#ifndef CHARNN_BENCH_PEAK_H
#define CHARNN_BENCH_PEAK_H

#include "kernels/sets.h"

#include <stddef.h>

struct peak {
    double flops_per_round; /* 2 per multiply-add and lane */

    /* Runs `rounds` rounds of independent chains of multiply-adds. The result is only a data
     * dependency. */
    float (*multiply_add)(size_t rounds);

    /* Reads data[count] `times` times and returns a sum; count is a multiple of
     * CHARNN_PEAK_GRAIN. */
    float (*read)(const float *data, size_t count, size_t times);
};

enum { CHARNN_PEAK_GRAIN = 128 }; /* 8 of the widest vectors */

/* The peak of the kernel set in use. */
const struct peak *peak_current(void);

#define CHARNN_PEAK_DECLARATION(set) extern const struct peak peak_##set;
CHARNN_SETS(CHARNN_PEAK_DECLARATION)
#undef CHARNN_PEAK_DECLARATION

#endif
