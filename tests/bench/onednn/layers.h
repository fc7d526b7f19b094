/*
 * Two layers of a network, as charnn trains them: dense input [T][B][H], forward, backward to the
 * input, and the gradients of all weights. Each run packs the weights again, as after an optimizer
 * step.
 */
#ifndef CHARNN_BENCH_ONEDNN_LAYERS_H
#define CHARNN_BENCH_ONEDNN_LAYERS_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"

struct layers_shape {
    const char *cell; /* "lstm", "gru" */
    size_t hidden;    /* H, a multiple of CHARNN_LANES: arrays have no padding */
    size_t batch, steps;
};

enum { CHARNN_LAYERS = 2 };

struct layers;

/* Random weights, input and output gradient. Borrows the pool. */
CHARNN_MUST_CHECK enum status layers_create(const struct layers_shape *shape,
                                            struct thread_pool *pool, struct layers **layers,
                                            struct error *error);

/* NULL is fine. */
void layers_destroy(struct layers *layers);

/* One pass forward and backward from a zero state; replaces the gradients. */
void layers_run(struct layers *layers);

/* [T][B][H]: the input, the output, and the gradient of the output. */
void layers_get_input(const struct layers *layers, float *input);
void layers_get_output(const struct layers *layers, float *output);
void layers_get_output_gradient(const struct layers *layers, float *gradient);

/* The weights of layer l, 0 or 1: from its input and from its state, each [H][G][H] (inputs, gates,
 * units), and biases [G][H]. The gradients likewise. Borrowed. */
struct layers_weights {
    const float *input, *state, *input_bias, *state_bias;
};

struct layers_weights layers_weights(const struct layers *layers, size_t l);
struct layers_weights layers_gradients(const struct layers *layers, size_t l);

/* G */
size_t layers_gates(const struct layers *layers);

#endif
