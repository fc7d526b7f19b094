/*
 * The output of a network: logits = h W + b from the top layer, and their softmax cross-entropy.
 * Threads take streams, as in layer.h.
 */
#ifndef CHARNN_NN_OUTPUT_H
#define CHARNN_NN_OUTPUT_H

#include "base/arena.h"
#include "kernels/kernels.h"
#include "nn/network.h"

struct output {
    const struct kernels *kernels;
    const struct parameters *parameters;
    const struct parameter *weight, *bias;
    size_t batch, units, vocab;
    size_t logits_stride; /* of rows of logits */

    float *logits;             /* [T][B][logits_stride]; after output_loss their gradient */
    float *loss;               /* [T][B] nats */
    float *forward, *backward; /* packed weight */
};

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 const struct kernels *kernels, struct arena *arena);

void output_pack(struct output *output);

/* Logits of steps t_begin..t_end-1 from h[T][B][h_stride]. */
void output_forward(struct output *output, const float *h, size_t h_stride, size_t t_begin,
                    size_t t_end, size_t b_begin, size_t b_end);

/* loss[t][b] for targets y[T][B]; scale != 0: logits become scale * d loss / d logits. */
void output_loss(struct output *output, const int32_t *y, size_t steps, float scale, size_t b_begin,
                 size_t b_end);

/* dh[T][B][dh_stride] = the gradient of the top layer's output, after output_loss(). */
void output_backward(struct output *output, float *dh, size_t dh_stride, size_t steps,
                     size_t b_begin, size_t b_end);

/* Adds the gradients of the columns [n_begin, n_end) of weight and bias. */
void output_gradients(struct output *output, const float *h, size_t h_stride, size_t steps,
                      size_t n_begin, size_t n_end, float *scratch);

#endif
