/*
 * Reductions over sampling weights, written so that compilers vectorize them. Included by simd.c
 * only; contracts in kernels.h.
 */
#ifndef CHARNN_KERNELS_WEIGHTS_H
#define CHARNN_KERNELS_WEIGHTS_H

#include "base/memory.h"
#include "kernels/kernels.h"

#include <string.h>

/* Selects and sums in two loops over a small buffer: compilers vectorize each, but not both at
 * once. */
static double sum_at_least(const float *weights, size_t count, float least) {
    enum { PART = 256 };
    float part[PART];
    double lanes[CHARNN_LANES] = {0};
    for (size_t begin = 0; begin < count; begin += PART) {
        size_t size = count - begin < PART ? count - begin : PART;
        size_t padded = size_round_up(size, CHARNN_LANES);
        for (size_t i = 0; i < size; i++) {
            part[i] = weights[begin + i] >= least ? weights[begin + i] : 0;
        }
        for (size_t i = size; i < padded; i++) {
            part[i] = 0;
        }
        for (size_t i = 0; i < padded; i += CHARNN_LANES) {
            for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
                lanes[lane] += (double)part[i + lane];
            }
        }
    }
    double sum = 0;
    for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
        sum += lanes[lane];
    }
    return sum;
}

static size_t count_at_least(const float *weights, size_t count, float least) {
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += weights[i] >= least;
    }
    return found;
}

static void zero_below(float *weights, size_t count, float least) {
    for (size_t i = 0; i < count; i++) {
        weights[i] = weights[i] >= least ? weights[i] : 0;
    }
}

/* The bit patterns of nonnegative floats sort like the floats. Subtracting 1 from them makes the
 * pattern of 0 the largest. */
static float least_positive(const float *weights, size_t count) {
    float weight = 1;
    uint32_t least;
    memcpy(&least, &weight, sizeof least);
    least--;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &weights[i], sizeof bits);
        bits--;
        least = bits < least ? bits : least;
    }
    least++;
    memcpy(&weight, &least, sizeof weight);
    return weight;
}

#endif
