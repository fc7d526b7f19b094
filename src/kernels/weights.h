/*
 * Loops over weights that symbols are drawn by, in a shape that compilers use vectors for. Included
 * by simd.c only.
 */
#ifndef CHARNN_KERNELS_WEIGHTS_H
#define CHARNN_KERNELS_WEIGHTS_H

#include "base/memory.h"
#include "kernels/kernels.h"

#include <string.h>

/* Zeros are put in first, in a part at a time, because compilers use vectors for two simple loops.
 */
static double weight_from(const float *weights, size_t count, float least) {
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

static size_t number_from(const float *weights, size_t count, float least) {
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        number += weights[i] >= least;
    }
    return number;
}

static void leave_from(float *weights, size_t count, float least) {
    for (size_t i = 0; i < count; i++) {
        weights[i] = weights[i] >= least ? weights[i] : 0;
    }
}

/* The bits of floats from 0 on are in the floats' order; less 1 those of 0 are the greatest. */
static float least_weight(const float *weights, size_t count) {
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
