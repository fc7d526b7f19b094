/*
 * The output of a network: logits = h W + b from the top layer, and their softmax cross-entropy.
 * Threads take streams, as in layer.h.
 */
#ifndef CHARNN_NN_OUTPUT_H
#define CHARNN_NN_OUTPUT_H

#include "base/arena.h"
#include "kernels/kernels.h"
#include "nn/layer.h"

struct output {
    const struct kernels *kernels;
    const struct parameters *parameters;
    const struct parameter *weight, *bias;
    size_t batch, units, vocab;
    size_t logits_stride; /* of rows of logits */
    size_t logit_slots;   /* steps whose logits are kept, as gate_slots of struct layer */

    float *logits;             /* [logit_slots][B][logits_stride]; then their gradient */
    float *loss;               /* [T][B] nats */
    float *forward, *backward; /* packed weight, or NULL */
};

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 size_t span_steps, const struct kernels *kernels, struct arena *arena);

void output_pack(struct output *output);

/* Logits of a span from h[T][B][h_stride]. */
void output_forward(struct output *output, const float *h, size_t h_stride, struct span span);

/* [V] logits of step t of stream b. */
float *output_logits(const struct output *output, size_t t, size_t b);

/* loss[t][b] for targets y[T][B]; the logits become scale * d loss / d logits, or nothing of use
 * where scale is 0. */
void output_loss(struct output *output, const int32_t *y, float scale, struct span span);

/* dh[steps of the span][B][dh_stride] = the gradient of the top layer's output, after
 * output_loss(). */
void output_backward(struct output *output, float *dh, size_t dh_stride, struct span span);

/* Adds the gradients of the columns [n_begin, n_end) of weight and bias: what all streams of the
 * span's steps contribute. */
void output_gradients(struct output *output, const float *h, size_t h_stride, struct span span,
                      size_t n_begin, size_t n_end, float *scratch);

#endif
