/*
 * The same two layers in oneDNN (its C API, version 2): one primitive for training forward and one
 * for backward. As charnn, it lays the weights out anew each time, in the formats it likes best.
 */
#ifndef CHARNN_BENCH_ONEDNN_PEER_H
#define CHARNN_BENCH_ONEDNN_PEER_H

#include "layers.h"

struct peer;

/* With the weights, input and output gradient of `layers`. It runs on OMP_NUM_THREADS threads. */
CHARNN_MUST_CHECK enum status peer_create(const struct layers_shape *shape,
                                          const struct layers *layers, struct peer **peer,
                                          struct error *error);

/* NULL is fine. */
void peer_destroy(struct peer *peer);

/* As layers_run(). */
CHARNN_MUST_CHECK enum status peer_run(struct peer *peer, struct error *error);

/* After both have run: whether the outputs and the gradients of the weights are the same within
 * 1e-4 of the largest. Errors: CHARNN_ERROR_DATA. */
CHARNN_MUST_CHECK enum status peer_compare(struct peer *peer, const struct layers *layers,
                                           struct error *error);

#endif
