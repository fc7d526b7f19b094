/*
 * The same two layers in oneDNN (C API, version 2): a primitive for forward training and one for
 * backward. Like charnn, each run reorders the weights into the layouts that the primitives prefer.
 */
#ifndef CHARNN_BENCH_ONEDNN_PEER_H
#define CHARNN_BENCH_ONEDNN_PEER_H

#include "layers.h"

struct peer;

/* Takes the weights, input and output gradient of `layers`. Runs on OMP_NUM_THREADS threads. */
CHARNN_MUST_CHECK enum status peer_create(const struct layers_shape *shape,
                                          const struct layers *layers, struct peer **peer,
                                          struct error *error);

/* NULL is fine. */
void peer_destroy(struct peer *peer);

/* As layers_run(). */
CHARNN_MUST_CHECK enum status peer_run(struct peer *peer, struct error *error);

/* After both have run: checks that outputs and weight gradients agree within 1e-4 of the largest.
 * Errors: CHARNN_ERROR_DATA. */
CHARNN_MUST_CHECK enum status peer_compare(struct peer *peer, const struct layers *layers,
                                           struct error *error);

#endif
