/*
 * Sampling filters: each removes symbols from the list of candidates for the next draw.
 *
 * A new filter is a function here and a line in apply_filters() of sampler.c.
 */
#ifndef CHARNN_INFER_FILTERS_H
#define CHARNN_INFER_FILTERS_H

#include <stddef.h>
#include <stdint.h>

/* The symbols that may be drawn, in no particular order. Their weights are proportional to the
 * probabilities, from 0 to 1, and the greatest is 1. A key holds the bits of the weight above the
 * complement of the id, so a greater key is a greater weight or, at equal weights, a lower id. */
struct candidates {
    uint64_t *keys; /* room for V */
    size_t count;
};

/* Lists all ids of weights[count]. */
void candidates_list(struct candidates *candidates, const float *weights, size_t count);

/* Sets the weights of symbols that are no longer listed to 0. */
void candidates_apply(const struct candidates *candidates, float *weights, size_t count);

/* Keeps the k >= 1 greatest. */
void filter_top_k(struct candidates *candidates, size_t k);

/* Keeps the smallest set of greatest candidates whose weights sum to at least p times the total,
 * for 0 < p <= 1 (Holtzman et al. 2020, "The curious case of neural text degeneration"). */
void filter_top_p(struct candidates *candidates, double p);

/* Keeps candidates with a weight of at least p, 0 <= p <= 1 (Nguyen et al. 2024, "Min-p sampling").
 */
void filter_min_p(struct candidates *candidates, double p);

#endif
