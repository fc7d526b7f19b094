/*
 * The initial weights of an echo state network (Jaeger 2001): a reservoir of H units with fixed
 * random weights, and an output that is learned.
 *
 *   h' = (1 - leak) h + leak tanh(W_in x + W h + b)        (Jaeger et al. 2007)
 *
 * W has k = density * H weights per row, rounded, at least 1, scaled to the spectral radius (the
 * largest magnitude of its eigenvalues); W_in and b are uniform in +-input_scale. The output begins
 * at 0. Without leak (1) this is the vanilla RNN. With it, it is a GRU whose gates are constant: r
 * = 1, z = 1 - leak. So checkpoints, products and PyTorch know reservoirs; W is stored dense, and
 * its zeros are multiplied.
 */
#ifndef CHARNN_NN_RESERVOIR_H
#define CHARNN_NN_RESERVOIR_H

#include "nn/model.h"

struct reservoir {
    double spectral_radius; /* > 0 */
    double density;         /* in (0, 1] */
    double input_scale;
    double leak; /* in (0, 1] */
};

/* The name of the cell that a reservoir needs. */
const char *reservoir_cell(const struct reservoir *reservoir);

/* Sets every parameter, as a pure function of reservoir and seed; the model has one layer of that
 * cell. The spectral radius is that of W within 0.2%: the growth of a vector that W multiplies, as
 * a mean over thousands of steps. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status reservoir_initialize(struct model *model,
                                                   const struct reservoir *reservoir, uint64_t seed,
                                                   struct error *error);

#endif
