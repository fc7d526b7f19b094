/*
 * What the processor can do at most, per kernel set: the rate of multiply-adds that never leave the
 * registers, and the rate of reading an array. Compiled once for each kernel set.
 */
#ifndef CHARNN_BENCH_PEAK_H
#define CHARNN_BENCH_PEAK_H

#include "kernels/sets.h"

#include <stddef.h>

struct peak {
    double flops_per_round; /* 2 for each multiply-add of each lane */

    /* So many rounds of independent chains of multiply-adds. Returns what nobody needs. */
    float (*multiply_add)(size_t rounds);

    /* Reads `data` [count] so many times; count is a multiple of CHARNN_PEAK_GRAIN. Returns a sum.
     */
    float (*read)(const float *data, size_t count, size_t times);
};

enum { CHARNN_PEAK_GRAIN = 128 }; /* 8 of the widest vectors */

/* The peak of the kernel set in use. */
const struct peak *peak_current(void);

#define CHARNN_PEAK_DECLARATION(set) extern const struct peak peak_##set;
CHARNN_SETS(CHARNN_PEAK_DECLARATION)
#undef CHARNN_PEAK_DECLARATION

#endif
