/*
 * The output of a network: the logits W h + b of the top layer's output h, and their softmax
 * cross-entropy. Threads take shares of the streams, as in layer.h.
 */
#ifndef CHARNN_NN_OUTPUT_H
#define CHARNN_NN_OUTPUT_H

#include "nn/linear.h"

struct output {
    struct linear decoder;
    const struct parameter *bias;
    struct rows logits; /* after output_loss() their gradient; as many slots as gates */
    float *loss;        /* [T][B] nats */
};

/* As layer_init(). */
void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 size_t slots, struct arena *arena);

/* As layer_pack(). */
void output_pack(struct output *output);

/* The logits of a span, from the output `h` of the top layer. */
void output_forward(struct output *output, const struct rows *h, struct span span);

/* loss[t][b] for the targets y[T][B]. The logits become their gradient times scale, or undefined if
 * scale is 0. */
void output_loss(struct output *output, const int32_t *y, float scale, struct span span);

/* After output_loss(): dh = the gradient of the top layer's output. */
void output_backward(struct output *output, const struct rows *dh, struct span span);

/* Adds what all streams of the span contribute to the gradients of the columns [n_begin, n_end) of
 * weight and bias. scratch as in struct outer_product. */
void output_gradients(struct output *output, const struct rows *h, struct span span, size_t n_begin,
                      size_t n_end, float *scratch);

#endif
