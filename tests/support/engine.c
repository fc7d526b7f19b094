#include "support/engine.h"
#include "suites.h"

#include "nn/cells/cell_table.h"
#include "nn/network_internal.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads names from the scalar cells: cell_at() would fix the kernels for all tests. */
size_t cell_variant_count(void) {
    size_t models = 0;
    while (models < cell_count && cells_scalar[models]->variant == NULL) {
        models++;
    }
    return models + 3;
}

size_t equation_count(void) {
    size_t variants = cell_count - (cell_variant_count() - 3);
    return cell_variant_count() + 2 * variants;
}

struct cell_variant cell_variant_at(size_t index) {
    size_t models = cell_variant_count() - 3;
    if (index < models) {
        return (struct cell_variant){.cell = cells_scalar[index]->name};
    }
    if (index < models + 3) {
        return (struct cell_variant){.cell = cells_scalar[0]->name,
                                     .peephole = index == models,
                                     .skip = index == models + 1,
                                     .attention = index == models + 2 ? 3 : 0};
    }
    size_t variant = index - models - 3;
    return (struct cell_variant){.cell = cells_scalar[models + variant / 2]->name,
                                 .peephole = variant % 2 == 0};
}

struct reference_shape shape_of(struct cell_variant variant, const size_t sizes[5]) {
    return (struct reference_shape){
        .cell = variant.cell,
        .peephole = variant.peephole,
        .skip = variant.skip,
        .attention = variant.attention,
        .vocab = sizes[0],
        .hidden = sizes[1],
        .layers = sizes[2],
        .batch = sizes[3],
        .steps = sizes[4],
    };
}

struct reference_shape golden_shape(const struct golden_case *golden) {
    return (struct reference_shape){
        .cell = golden->cell,
        .peephole = golden->peephole,
        .attention = (size_t)golden_setting(golden, "attention"),
        .vocab = golden->vocab,
        .hidden = golden->hidden,
        .layers = golden->layers,
        .batch = golden->batch,
        .steps = golden->steps,
    };
}

const char *shape_text(const struct reference_shape *shape) {
    static char text[128];
    snprintf(text, sizeof text, "%s%s%s N=%zu V=%zu H=%zu L=%zu B=%zu T=%zu", shape->cell,
             shape->peephole ? " with peepholes" : "", shape->skip ? " with skip" : "",
             shape->attention, shape->vocab, shape->hidden, shape->layers, shape->batch,
             shape->steps);
    return text;
}

static size_t state_size(const struct engine *engine) {
    return engine->shape.batch * engine->shape.hidden;
}

void engine_init(struct engine *engine, const struct reference_shape *shape, size_t threads,
                 bool dropout) {
    struct error error = {0};
    *engine = (struct engine){.shape = *shape, .scale = 1};
    ck_assert_msg(cell_find(shape->cell) != NULL, "no cell \"%s\"", shape->cell);
    struct model_shape model_shape = {
        .cell = cell_find(shape->cell),
        .vocab = shape->vocab,
        .hidden = shape->hidden,
        .layers = shape->layers,
        .peephole = shape->peephole,
        .skip = shape->skip,
        .attention = shape->attention,
        .has_end = shape->has_end,
        .end = shape->end,
    };
    ck_assert_msg(thread_pool_create(threads, &engine->pool, &error) == CHARNN_OK, "%s",
                  error.message);
    ck_assert_msg(model_create(&model_shape, true, &engine->model, &error) == CHARNN_OK, "%s",
                  error.message);
    struct network_plan plan = {
        .batch = shape->batch,
        .steps = shape->steps,
        .trainable = true,
        .rounded = shape->rounded,
        .dropout = {dropout, dropout && model_shape.cell->has_candidate},
    };
    ck_assert_msg(network_create(engine->model, engine->pool, &plan, &engine->network, &error) ==
                      CHARNN_OK,
                  "%s", error.message);
    size_t largest = state_size(engine);
    const struct parameters *parameters = &engine->model->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        size_t elements = parameter_elements(&parameters->table[i]);
        largest = elements > largest ? elements : largest;
    }
    engine->scratch = calloc(largest, sizeof *engine->scratch);
    ck_assert_ptr_nonnull(engine->scratch);
}

void engine_deinit(struct engine *engine) {
    free(engine->scratch);
    network_destroy(engine->network);
    model_destroy(engine->model);
    thread_pool_destroy(engine->pool);
}

static void to_floats(const double *values, size_t count, float *floats) {
    for (size_t i = 0; i < count; i++) {
        floats[i] = (float)values[i];
    }
}

void engine_set_parameters(struct engine *engine, const double *values) {
    const struct parameters *parameters = &engine->model->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        size_t elements = parameter_elements(&parameters->table[i]);
        to_floats(values, elements, engine->scratch);
        const struct parameter *p = &parameters->table[i];
        parameter_import(p, 0, parameter_outputs(p), engine->scratch, parameters->values);
        values += elements;
    }
    network_update_weights(engine->network);
}

void engine_set_states(struct engine *engine, const double *h, const double *c) {
    size_t size = state_size(engine);
    network_reset_state(engine->network);
    for (size_t layer = 0; layer < engine->shape.layers; layer++) {
        to_floats(h + layer * size, size, engine->scratch);
        network_set_state(engine->network, layer, CHARNN_STATE_H, engine->scratch);
        if (c != NULL) {
            to_floats(c + layer * size, size, engine->scratch);
            network_set_state(engine->network, layer, CHARNN_STATE_C, engine->scratch);
        }
        memset(engine->scratch, 0, size * sizeof *engine->scratch);
        for (size_t k = CHARNN_STATE_GATES; k < network_state_kinds(engine->network); k++) {
            network_set_state(engine->network, layer, (int)k, engine->scratch);
        }
    }
}

void engine_set_memory(struct engine *engine, const double *memory, const size_t *held) {
    const struct reference_shape *shape = &engine->shape;
    size_t size = shape->attention * shape->hidden;
    float *part = calloc(shape->batch, (1 + size) * sizeof *part);
    ck_assert_ptr_nonnull(part);
    for (size_t b = 0; b < shape->batch; b++) {
        part[b * (1 + size)] = (float)held[b];
        to_floats(memory + b * size, size, part + b * (1 + size) + 1);
    }
    network_set_part(engine->network, network_part_count(engine->network) - 1, part);
    free(part);
}

void engine_copy_states(struct engine *engine, const struct reference_rnn *rnn) {
    engine_set_states(engine, rnn->h0, rnn->has_c ? rnn->c0 : NULL);
    if (rnn->shape.attention > 0) {
        engine_set_memory(engine, rnn->memory, rnn->held);
    }
}

void engine_copy_reference(struct engine *engine, const struct reference_rnn *rnn) {
    ck_assert_uint_eq(rnn->size, engine->model->parameters.elements);
    engine_set_parameters(engine, rnn->parameters);
    engine_copy_states(engine, rnn);
}

static void copy_masks(const struct engine *engine, enum dropout_kind kind, double *masks) {
    const struct reference_shape *s = &engine->shape;
    for (size_t i = 0; i < s->layers * s->steps * s->batch * s->hidden; i++) {
        size_t position = i / s->hidden;
        const struct layer *l = &engine->network->layers[position / (s->steps * s->batch)];
        const float *mask =
            rows_at(&l->masks[kind], position / s->batch % s->steps, position % s->batch);
        masks[i] = (double)mask[i % s->hidden];
    }
}

void engine_copy_masks(const struct engine *engine, const struct dropout *dropout,
                       struct reference_rnn *rnn) {
    if (dropout_drops(dropout, CHARNN_DROPOUT_OUTPUT)) {
        copy_masks(engine, CHARNN_DROPOUT_OUTPUT, rnn->masks);
    }
    if (dropout_drops(dropout, CHARNN_DROPOUT_CANDIDATE)) {
        copy_masks(engine, CHARNN_DROPOUT_CANDIDATE, rnn->candidate_masks);
    }
}

struct dropout engine_dropout(const struct engine *engine, double rate, uint64_t seed,
                              uint64_t step) {
    bool candidate = engine->model->shape.cell->has_candidate;
    return (struct dropout){.rates = {rate, candidate ? rate : 0}, .seed = seed, .step = step};
}

const float *engine_state(struct engine *engine, size_t layer, int kind) {
    network_get_state(engine->network, layer, kind, engine->scratch);
    return engine->scratch;
}

const float *engine_state_gradient(struct engine *engine, size_t layer, int kind) {
    network_get_state_gradient(engine->network, layer, kind, engine->scratch);
    for (size_t i = 0; i < state_size(engine); i++) {
        engine->scratch[i] /= engine->scale;
    }
    return engine->scratch;
}

const float *engine_gradient(struct engine *engine, const struct parameter *parameter) {
    parameter_export(parameter, engine->model->parameters.gradients, engine->scratch);
    return engine->scratch;
}

void engine_clear_gradients(struct engine *engine) {
    const struct parameters *parameters = &engine->model->parameters;
    memset(parameters->gradients, 0, parameters->size * sizeof *parameters->gradients);
}

double engine_train(struct engine *engine, const int32_t *x, const int32_t *y, float scale) {
    const struct dropout none = {0};
    engine->scale = scale;
    return network_train(engine->network, x, y, engine->shape.steps, &none, scale);
}

struct tolerance engine_tolerance(const double *expected, size_t count) {
    return (struct tolerance){
        .absolute = 3e-6 * compare_largest(expected, count) + 1e-30,
        .relative = 1e-4,
    };
}

void assert_padding_zero(const struct parameters *parameters, const float *flat, const char *what) {
    float *elements = calloc(parameters->size, sizeof *elements);
    float *ones = calloc(parameters->elements, sizeof *ones);
    ck_assert_ptr_nonnull(elements);
    ck_assert_ptr_nonnull(ones);
    for (size_t i = 0; i < parameters->elements; i++) {
        ones[i] = 1;
    }
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        parameter_import(p, 0, parameter_outputs(p), ones, elements);
    }
    for (size_t i = 0; i < parameters->size; i++) {
        assert_each(elements[i] == 1 || flat[i] == 0, "%s: padding at %zu is %g", what, i,
                    (double)flat[i]);
    }
    free(ones);
    free(elements);
}
