/*
 * A model: what kind of network, how large, and its parameters. It holds no activations; see
 * network.h for running it.
 */
#ifndef CHARNN_NN_MODEL_H
#define CHARNN_NN_MODEL_H

#include "nn/cell.h"
#include "nn/parameters.h"

#include <stdbool.h>
#include <stdint.h>

struct model_shape {
    const struct cell *cell; /* cell_find("lstm"), ... */
    size_t vocab;            /* V, symbols */
    size_t hidden;           /* H, units per layer */
    size_t layers;           /* L */
    bool peephole;           /* LSTM only (Gers & Schmidhuber 2000) */
    bool has_end;            /* where this symbol is read, the state before it is zero */
    int32_t end;
};

/* The shape has the end symbol `end`, or none where that is -1. */
void model_shape_set_end(struct model_shape *shape, int32_t end);

struct model {
    struct model_shape shape;
    size_t hidden_stride; /* H rounded up to CHARNN_LANES */
    size_t vocab_stride;  /* V rounded up to CHARNN_LANES */
    struct parameters parameters;
};

/*
 * A model of this shape with zero parameters. Parameters in order, for layer l = 0..L-1:
 * rnn.weight_ih_l<l> [G*H, V or H], rnn.weight_hh_l<l> [G*H, H], rnn.bias_ih_l<l> [G*H],
 * rnn.bias_hh_l<l> [G*H], with peepholes rnn.peephole_l<l> [3*H] (to i, f, o); then
 * decoder.weight [V, H], decoder.bias [V]. Errors: CHARNN_ERROR_MEMORY.
 * `trainable` adds the gradient array. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status model_create(const struct model_shape *shape, bool trainable,
                                           struct model **model, struct error *error);

/* The same with nothing but the table: neither values nor gradients. */
CHARNN_MUST_CHECK enum status model_create_table(const struct model_shape *shape,
                                                 struct model **model, struct error *error);

/* NULL is fine. */
void model_destroy(struct model *model);

/*
 * Draws every parameter uniformly in [-scale, scale), as a pure function of `seed`, tensor and
 * element. For a cell with a forget gate its bias is then set: bias_ih to 1, bias_hh to 0
 * (Jozefowicz, Zaremba & Sutskever 2015).
 */
void model_initialize(struct model *model, double scale, uint64_t seed);

/* The parameters of one layer, by role. */
struct layer_parameters {
    const struct parameter *weight_ih, *weight_hh, *bias_ih, *bias_hh;
    const struct parameter *peephole; /* NULL without */
};

struct layer_parameters model_layer(const struct model *model, size_t layer);

const struct parameter *model_decoder_weight(const struct model *model);
const struct parameter *model_decoder_bias(const struct model *model);

#endif
