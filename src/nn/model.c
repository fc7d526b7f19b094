#include "nn/model.h"

#include "base/memory.h"
#include "base/random.h"

#include <assert.h>
#include <stdio.h>

static size_t layer_tensors(const struct model_shape *shape) {
    return (shape->peephole ? 5 : 4) + shape->cell->recurrent_gates;
}

/* The floats that a parameter takes in a flat array, given that `floats` elements can be addressed.
 */
static size_t stored_floats(const struct parameter *p, size_t floats) {
    switch (p->type) {
    case CHARNN_WEIGHTS_BF16:
        return floats / 2;
    case CHARNN_WEIGHTS_INT8:
        return parameter_panel_floats(p) + 2 * p->stride;
    default:
        return floats;
    }
}

/* Appends a tensor to the table; false if its size overflows. */
static bool add_parameter(struct parameters *p, const char *name, enum weight_type type,
                          size_t rank, size_t inputs, size_t blocks, size_t block_size) {
    size_t stride;
    size_t floats;
    size_t end;
    size_t bytes;
    size_t block_stride = size_round_up(block_size, CHARNN_LANES);
    if (block_stride < block_size || !size_multiply(blocks, block_stride, &stride) ||
        !size_multiply(inputs + CHARNN_INT8_QUAD, stride, &floats) ||
        !size_multiply(inputs, stride, &floats) || !size_add(p->size, floats, &end) ||
        !size_add(end, 3 * stride, &bytes) || !size_multiply(bytes, sizeof(float), &bytes)) {
        return false;
    }
    struct parameter *row = &p->table[p->count++];
    *row = (struct parameter){
        .rank = rank,
        .inputs = inputs,
        .blocks = blocks,
        .block_size = block_size,
        .block_stride = block_stride,
        .stride = stride,
        .offset = p->size,
        .type = type,
    };
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    p->size += stored_floats(row, floats);
    p->elements += parameter_elements(row);
    return true;
}

/* add_parameter() for "rnn.<role>_l<layer>". */
static bool add_layer_parameter(struct parameters *p, const char *role, size_t layer,
                                enum weight_type type, size_t rank, size_t inputs, size_t blocks,
                                size_t block_size) {
    char name[CHARNN_PARAMETER_NAME];
    (void)snprintf(name, sizeof name, "rnn.%s_l%zu", role, layer);
    return add_parameter(p, name, type, rank, inputs, blocks, block_size);
}

/* The weights from the recurrent gates of a layer. */
static bool add_gate_parameters(struct parameters *p, const struct model_shape *s, size_t layer) {
    size_t count = s->cell->recurrent_gates;
    for (size_t gate = 0; gate < count; gate++) {
        char role[] = "weight_?";
        role[sizeof role - 2] = s->cell->gate_names[gate];
        if (!add_layer_parameter(p, role, layer, s->weights, 2, s->hidden, count, s->hidden)) {
            return false;
        }
    }
    return true;
}

/* Fills the table and counts the floats of the flat arrays. Layer 0 gathers rows of its weight_ih,
 * which no product reads. */
static bool add_parameters(struct parameters *p, const struct model_shape *s) {
    const enum weight_type floats = CHARNN_WEIGHTS_F32;
    size_t gates = s->cell->gates;
    for (size_t l = 0; l < s->layers; l++) {
        size_t inputs = l == 0 ? s->vocab : s->hidden;
        enum weight_type type = l == 0 ? floats : s->weights;
        if (!add_layer_parameter(p, "weight_ih", l, type, 2, inputs, gates, s->hidden) ||
            !add_layer_parameter(p, "weight_hh", l, s->weights, 2, s->hidden, gates, s->hidden) ||
            !add_layer_parameter(p, "bias_ih", l, floats, 1, 1, gates, s->hidden) ||
            !add_layer_parameter(p, "bias_hh", l, floats, 1, 1, gates, s->hidden) ||
            (s->peephole && !add_layer_parameter(p, "peephole", l, floats, 1, 1,
                                                 s->cell->peephole_count, s->hidden)) ||
            !add_gate_parameters(p, s, l)) {
            return false;
        }
    }
    if (s->attention > 0 &&
        (!add_parameter(p, "attention.query.weight", s->weights, 2, s->hidden, 1, s->hidden) ||
         !add_parameter(p, "attention.value.weight", s->weights, 2, s->hidden, 1, s->hidden))) {
        return false;
    }
    return add_parameter(p, "decoder.weight", s->weights, 2, s->hidden, 1, s->vocab) &&
           add_parameter(p, "decoder.bias", floats, 1, 1, 1, s->vocab);
}

enum status model_create_table(const struct model_shape *shape, struct model **model,
                               struct error *error) {
    if (MEMORY_NEW(model, 1, "the model", error) != CHARNN_OK) {
        return error->status;
    }
    struct model *m = *model;
    struct parameters *p = &m->parameters;
    m->shape = *shape;
    m->hidden_stride = size_round_up(shape->hidden, CHARNN_LANES);
    m->vocab_stride = size_round_up(shape->vocab, CHARNN_LANES);
    size_t tensors;
    bool countable = size_multiply(shape->layers, layer_tensors(shape), &tensors) &&
                     size_add(tensors, 4, &tensors);
    enum status status =
        countable ? MEMORY_NEW(&p->table, tensors, "the parameter table", error) : CHARNN_OK;
    if (!countable || (status == CHARNN_OK && !add_parameters(p, shape))) {
        status = error_set(error, CHARNN_ERROR_MEMORY,
                           "a model of %zu layers of %zu units over %zu characters has more "
                           "parameters than any machine has memory for; use fewer layers or units",
                           shape->layers, shape->hidden, shape->vocab);
    }
    if (status != CHARNN_OK) {
        model_destroy(m);
        *model = NULL;
    }
    return status;
}

const char *weight_type_name(enum weight_type type) {
    static const char *const names[] = {[CHARNN_WEIGHTS_F32] = "f32",
                                        [CHARNN_WEIGHTS_BF16] = "bf16",
                                        [CHARNN_WEIGHTS_INT8] = "int8"};
    return names[type];
}

void model_shape_set_end(struct model_shape *shape, int32_t end) {
    shape->has_end = end >= 0;
    shape->end = end;
}

enum status model_allocate(struct model *model, bool trainable, struct error *error) {
    struct parameters *p = &model->parameters;
    assert(!trainable || model->shape.weights == CHARNN_WEIGHTS_F32);
    enum status status = MEMORY_NEW(&p->values, p->size, "the parameters", error);
    return status == CHARNN_OK && trainable
               ? MEMORY_NEW(&p->gradients, p->size, "the gradients", error)
               : status;
}

enum status model_create(const struct model_shape *shape, bool trainable, struct model **model,
                         struct error *error) {
    if (model_create_table(shape, model, error) != CHARNN_OK) {
        return error->status;
    }
    if (model_allocate(*model, trainable, error) != CHARNN_OK) {
        model_destroy(*model);
        *model = NULL;
        return error->status;
    }
    return CHARNN_OK;
}

void model_destroy(struct model *model) {
    if (model == NULL) {
        return;
    }
    memory_free(model->parameters.gradients);
    memory_free(model->parameters.values);
    memory_free(model->parameters.table);
    memory_free(model);
}

/* Draws the elements of one tensor in PyTorch's order. */
static void initialize_parameter(const struct parameter *p, uint32_t index, double scale,
                                 uint64_t seed, float *values) {
    uint32_t words[4];
    size_t element = 0;
    for (size_t out = 0; out < p->blocks * p->block_size; out++) {
        float *column =
            values + p->offset + out / p->block_size * p->block_stride + out % p->block_size;
        for (size_t in = 0; in < p->inputs; in++, element++) {
            if (element % 4 == 0) {
                random_words(seed, CHARNN_RANDOM_WEIGHTS, (uint32_t)(element / 4),
                             (uint32_t)(element / 4 >> 32), index, words);
            }
            double unit = (double)random_to_unit_float(words[element % 4]);
            column[in * p->stride] = (float)((2 * unit - 1) * scale);
        }
    }
}

/* Sets the bias of one gate. */
static void fill_block(const struct parameter *p, int block, float value, float *values) {
    for (size_t j = 0; j < p->block_size; j++) {
        values[p->offset + (size_t)block * p->block_stride + j] = value;
    }
}

void model_initialize(struct model *model, double scale, uint64_t seed) {
    struct parameters *p = &model->parameters;
    for (size_t i = 0; i < p->count; i++) {
        initialize_parameter(&p->table[i], (uint32_t)i, scale, seed, p->values);
    }
    model_set_forget_biases(model);
}

void model_set_forget_biases(struct model *model) {
    struct parameters *p = &model->parameters;
    int forget_gate = model->shape.cell->forget_gate;
    if (forget_gate >= 0) {
        for (size_t l = 0; l < model->shape.layers; l++) {
            struct layer_parameters layer = model_layer(model, l);
            fill_block(layer.bias_ih, forget_gate, 1.0F, p->values);
            fill_block(layer.bias_hh, forget_gate, 0.0F, p->values);
        }
    }
}

struct layer_parameters model_layer(const struct model *model, size_t layer) {
    const struct parameter *first = model->parameters.table + layer * layer_tensors(&model->shape);
    return (struct layer_parameters){
        .weight_ih = first,
        .weight_hh = first + 1,
        .bias_ih = first + 2,
        .bias_hh = first + 3,
        .peephole = model->shape.peephole ? first + 4 : NULL,
        .from_gates = first + (model->shape.peephole ? 5 : 4),
    };
}

void model_layer_range(const struct model *model, size_t layer, size_t *begin, size_t *end) {
    size_t tensors = layer_tensors(&model->shape);
    *begin = model->parameters.table[layer * tensors].offset;
    *end = model->parameters.table[(layer + 1) * tensors].offset;
}
