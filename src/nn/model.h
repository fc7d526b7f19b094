/* A model: the shape of a recurrent network, and its parameters. network.h runs it. */
#ifndef CHARNN_NN_MODEL_H
#define CHARNN_NN_MODEL_H

#include "nn/cells/cell.h"
#include "nn/parameters.h"

#include <stdbool.h>
#include <stdint.h>

/* The most outputs that an attention head sees: a power of two that a float counts exactly. */
enum { CHARNN_ATTENTION_MOST = 65536 };

struct model_shape {
    const struct cell *cell;  /* cell_find("lstm"), ... */
    size_t vocab;             /* V, symbols */
    size_t hidden;            /* H, units per layer */
    size_t layers;            /* L */
    bool peephole;            /* LSTM only (Gers & Schmidhuber 2000) */
    bool skip;                /* each layer above the first adds its input to its output (He et al.
                                 2016), so the decoder reads the sum of all layers */
    size_t attention;         /* N outputs that the attention head sees (nn/attention.h); 0: none */
    enum weight_type weights; /* of the matrices in products; F32 if the model is trainable */
    bool has_end;             /* reading the symbol `end` first sets the state to zero */
    int32_t end;
};

/* "f32", "bf16", "int8". */
const char *weight_type_name(enum weight_type type);

/* Sets the end symbol of the shape; -1 is none. */
void model_shape_set_end(struct model_shape *shape, int32_t end);

struct model {
    struct model_shape shape;
    size_t hidden_stride; /* H rounded up to CHARNN_LANES */
    size_t vocab_stride;  /* V rounded up to CHARNN_LANES */
    struct parameters parameters;
};

/*
 * A model of this shape with all parameters zero; `trainable` adds the gradient array. The order of
 * the parameters is, for each layer l = 0..L-1: rnn.weight_ih_l<l> [G*H, V or H],
 * rnn.weight_hh_l<l> [G*H, H], rnn.bias_ih_l<l> [G*H], rnn.bias_hh_l<l> [G*H], and with peepholes
 * rnn.peephole_l<l> [3*H] (i, f, o), less for a cell without these gates; with R recurrent gates
 * rnn.weight_<gate>_l<l> [R*H, H] from each of them to all of them; then, with attention,
 * attention.query.weight [H, H] and attention.value.weight [H, H]; then decoder.weight [V, H],
 * decoder.bias [V].
 */
CHARNN_MUST_CHECK enum status model_create(const struct model_shape *shape, bool trainable,
                                           struct model **model, struct error *error);

/* The two steps of model_create(): the model with only its parameter table, which is all that the
 * memory of a network or an optimizer depends on; then its values and gradients. */
CHARNN_MUST_CHECK enum status model_create_table(const struct model_shape *shape,
                                                 struct model **model, struct error *error);
CHARNN_MUST_CHECK enum status model_allocate(struct model *model, bool trainable,
                                             struct error *error);
void model_destroy(struct model *model);

/* Draws every parameter uniformly from [-scale, scale), as a pure function of seed, tensor and
 * element. Then calls model_set_forget_biases(). Other ways: nn/initialize.h. */
void model_initialize(struct model *model, double scale, uint64_t seed);

/* Sets the bias of a forget gate to 1 in bias_ih and 0 in bias_hh (Jozefowicz, Zaremba & Sutskever
 * 2015). */
void model_set_forget_biases(struct model *model);

/* The parameters of one layer. */
struct layer_parameters {
    const struct parameter *weight_ih, *weight_hh, *bias_ih, *bias_hh;
    const struct parameter *peephole;   /* or NULL */
    const struct parameter *from_gates; /* [recurrent_gates] */
};

struct layer_parameters model_layer(const struct model *model, size_t layer);

/* The floats that a stream carries beside the states of its layers: with attention, how many
 * outputs it holds, and then N outputs [H], the newest first; else 0. */
static inline size_t model_memory_width(const struct model_shape *shape) {
    return shape->attention > 0 ? 1 + shape->attention * shape->hidden : 0;
}

/* W_q and W_v of a model with attention. */
static inline const struct parameter *model_attention_query(const struct model *model) {
    return model->parameters.table + model->parameters.count - 4;
}

static inline const struct parameter *model_attention_value(const struct model *model) {
    return model->parameters.table + model->parameters.count - 3;
}

/* The parameters of a layer are [*begin, *end) of the flat arrays, and those of all layers are
 * the first parameters. */
void model_layer_range(const struct model *model, size_t layer, size_t *begin, size_t *end);

static inline const struct parameter *model_decoder_weight(const struct model *model) {
    return model->parameters.table + model->parameters.count - 2;
}

static inline const struct parameter *model_decoder_bias(const struct model *model) {
    return model->parameters.table + model->parameters.count - 1;
}

#endif
