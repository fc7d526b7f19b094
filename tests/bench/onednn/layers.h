/*
 * Two layers of a network alone, as charnn trains them: dense input [T][B][H], forward, backward to
 * the input, and the gradients of all weights. The weights are laid out anew each time, for an
 * optimizer would have changed them.
 */
#ifndef CHARNN_BENCH_ONEDNN_LAYERS_H
#define CHARNN_BENCH_ONEDNN_LAYERS_H

#include "base/thread_pool.h"
#include "nn/model.h"

struct layers_shape {
    const char *cell; /* "lstm", "gru" */
    size_t hidden;    /* H, a multiple of CHARNN_LANES, so that charnn's arrays have no padding */
    size_t batch, steps;
};

enum { CHARNN_LAYERS = 2 };

struct layers;

/* With random weights, input and output gradient. The pool is borrowed. */
CHARNN_MUST_CHECK enum status layers_create(const struct layers_shape *shape,
                                            struct thread_pool *pool, struct layers **layers,
                                            struct error *error);

/* NULL is fine. */
void layers_destroy(struct layers *layers);

/* One pass forward and back from a state of zeros; replaces the gradients. */
void layers_run(struct layers *layers);

/* [T][B][H]: what went in, came out, and the gradient of what came out. */
void layers_get_input(const struct layers *layers, float *input);
void layers_get_output(const struct layers *layers, float *output);
void layers_get_output_gradient(const struct layers *layers, float *gradient);

/* The weights of layer l, 0 or 1: from its input or from its state, [H][G][H] from inputs to gates;
 * biases [G][H]. Their gradients likewise. Borrowed. */
struct layers_weights {
    const float *input, *state, *input_bias, *state_bias;
};

struct layers_weights layers_weights(const struct layers *layers, size_t l);
struct layers_weights layers_gradients(const struct layers *layers, size_t l);

/* G */
size_t layers_gates(const struct layers *layers);

#endif
