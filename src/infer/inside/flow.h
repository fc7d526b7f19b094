/*
 * Gradient flow: how far back a loss reaches. For a distance k, the norm of d(loss)/d(state k steps
 * before): the loss is that of the symbol predicted after k steps from the state, through which the
 * gradient flows back. Where gradients vanish it falls to nothing with k (Bengio, Simard & Frasconi
 * 1994; Hochreiter 1991), where they explode it grows. Training sees what is nearer than its window
 * only, so a model may hold state for longer than gradients of its training flowed.
 *
 * Streams begin at even distances in the text and warm up. Then each goes through windows of every
 * distance, in turn.
 */
#ifndef CHARNN_INFER_INSIDE_FLOW_H
#define CHARNN_INFER_INSIDE_FLOW_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"

enum { CHARNN_FLOW_POINTS = 14, CHARNN_FLOW_SHORTEST = 1000 /* symbols of a text */ };

/* k of each point, ascending. */
extern const size_t flow_distances[CHARNN_FLOW_POINTS];

struct flow {
    size_t layers;                      /* L */
    size_t kinds;                       /* of state: 2 for cells with a cell state, else 1 */
    size_t samples[CHARNN_FLOW_POINTS]; /* losses behind each mean */
    double *norms;                      /* [CHARNN_FLOW_POINTS][L][kinds]: means; owned */
};

/* Bytes that flow_measure() allocates for a trainable model; SIZE_MAX if that overflows. */
size_t flow_memory(const struct model *model, size_t threads);

/* Measures on ids[length] of a text, 0 <= id < V, length >= CHARNN_FLOW_SHORTEST; only losses of
 * symbols with `learned`, [length], count. The gradients of the model, which is trainable, become
 * undefined. Does not depend on the number of threads. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status flow_measure(struct model *model, struct thread_pool *pool,
                                           const int32_t *ids, const bool *learned, size_t length,
                                           struct flow *flow, struct error *error);
void flow_deinit(struct flow *flow);

/* The mean norm of a point; NaN without samples. */
double flow_norm(const struct flow *flow, size_t point, size_t layer, size_t kind);

#endif
