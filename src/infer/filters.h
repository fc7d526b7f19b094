/*
 * Filters: which symbols may be drawn. A filter leaves the greatest of some weights, which are in
 * proportion to probabilities, each from 0 to 1 and the greatest of them 1. Of equal weights the
 * one of lower id counts as the greater. The work is in proportion to the number of candidates:
 * nothing is sorted.
 */
#ifndef CHARNN_INFER_FILTERS_H
#define CHARNN_INFER_FILTERS_H

#include "kernels/kernels.h"

#include <stddef.h>
#include <stdint.h>

/* Symbols that may be drawn, by their ids; those of weight 0 are none any more. */
struct candidates {
    const struct kernels *kernels;
    float *weights;    /* [count] */
    uint32_t *scratch; /* [count], for top-k and top-p */
    size_t count;
};

/* Leaves the k >= 1 greatest. */
void filter_top_k(struct candidates *candidates, size_t k);

/*
 * Leaves the fewest of the greatest whose sum is at least p of the sum of all, 0 < p <= 1 (Holtzman
 * et al. 2020, "The curious case of neural text degeneration").
 */
void filter_top_p(struct candidates *candidates, double p);

/* Leaves those of at least p, 0 <= p <= 1 (Nguyen et al. 2024, "Min-p sampling"). */
void filter_min_p(struct candidates *candidates, double p);

#endif
