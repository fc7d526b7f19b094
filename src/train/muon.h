/*
 * Muon (Jordan et al. 2024) for the matrices [outputs, inputs] between hidden units: weight_hh,
 * weight_ih above the first layer, and those of the attention head. With g the gradient of one
 * matrix, all its gates together:
 *
 *   u = momentum u + (1 - momentum) g;  d = momentum u + (1 - momentum) g       (Nesterov)
 *   X = d / |d|;  5 times: X = a X + b (X X^T) X + c (X X^T)^2 X                 (Newton-Schulz)
 *   value -= rate 0.4 sqrt(outputs) X                                 (twice Liu et al. 2025)
 *
 * with a, b, c = 3.4445, -4.7750, 2.0315, so the singular values of d become about 1, and an
 * element of the step is about 0.4 rate. X X^T is [inputs, inputs], which is the smaller side. All
 * five iterations are done on it: X^T only multiplies their product. With rounded numbers that
 * would diverge, as a small eigenvalue of X X^T may be rounded below 0, so then each iteration
 * begins with X X^T again.
 */
#ifndef CHARNN_TRAIN_MUON_H
#define CHARNN_TRAIN_MUON_H

#include "base/machine/thread_pool.h"
#include "nn/parameters.h"

/* Scratch memory for the largest of the matrices. */
struct muon {
    const struct kernels *kernels;
    struct thread_pool *pool; /* shares the columns of products; the bits do not depend on it */
    bool rounded;             /* products are of type CHARNN_WEIGHTS_PAIRS */
    void *packed;             /* an operand of a product */
    unsigned char *scratch;   /* if rounded: rows of the other operand, for each thread */
    size_t scratch_bytes;     /* of a thread */
    float *squares[4];        /* two if rounded; each [inputs][inputs rounded up to CHARNN_LANES] */
};

/* `pool` is borrowed. Errors: CHARNN_ERROR_MEMORY; then `muon` needs no muon_deinit(). */
CHARNN_MUST_CHECK enum status muon_init(struct muon *muon, const struct parameters *parameters,
                                        bool rounded, struct thread_pool *pool,
                                        struct error *error);
void muon_deinit(struct muon *muon);

/* Bytes that muon_init() allocates. */
size_t muon_memory(const struct parameters *parameters, bool rounded, size_t threads);

/* Updates the matrices, with `scale` times their gradients, which become zero. `momenta` has the
 * layout of the values and holds u. All gradients must be finite. */
void muon_step(struct muon *muon, const struct parameters *parameters, float *momenta,
               double momentum, double rate, float scale);

#endif
