#include "layers.h"

#include "base/arena.h"
#include "base/random.h"
#include "nn/layer.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

enum { SEED = 123, VOCAB = 16 };

struct layers {
    struct layers_shape shape;
    struct thread_pool *pool;
    struct model *model; /* with a first layer below, which takes ids, and is not run */
    struct layer *stack; /* [CHARNN_LAYERS] */
    size_t stride;       /* of rows of the three */
    float *input, *output_gradient, *gradient; /* [T][B][stride] */
    float *scratch;                            /* [threads], for outer products */
    atomic_size_t next;                        /* piece of work */
};

enum { SCRATCH_FLOATS = CHARNN_K_BLOCK * CHARNN_OUTER_COLUMNS };

static void fill(float *values, size_t count, uint32_t which) {
    uint32_t words[4];
    for (size_t i = 0; i < count; i++) {
        random_words(SEED, CHARNN_RANDOM_SAMPLE, (uint32_t)i, which, 0, words);
        values[i] = 2 * random_to_unit_float(words[0]) - 1;
    }
}

static struct layers *lay_out(const struct layers_shape *shape, struct model *model,
                              struct thread_pool *pool, struct arena *arena) {
    struct layers *placed = arena_take(arena, 1, sizeof *placed);
    struct layers counted = {0};
    struct layers *s = placed != NULL ? placed : &counted;
    struct layer *stack = arena_take(arena, CHARNN_LAYERS, sizeof *stack);
    struct network_plan plan = {.batch = shape->batch, .steps = shape->steps, .trainable = true};
    *s = (struct layers){.shape = *shape, .pool = pool, .model = model, .stack = stack};
    for (size_t l = 0; l < CHARNN_LAYERS; l++) {
        struct layer counting;
        layer_init(stack != NULL ? &stack[l] : &counting, model, l + 1, &plan, kernels_current(),
                   arena);
    }
    s->stride = layer_row_stride(model->hidden_stride);
    s->input = arena_take_floats(arena, shape->steps, shape->batch, s->stride);
    s->output_gradient = arena_take_floats(arena, shape->steps, shape->batch, s->stride);
    s->gradient = arena_take_floats(arena, shape->steps, shape->batch, s->stride);
    s->scratch = arena_take_floats(arena, thread_pool_size(pool), SCRATCH_FLOATS, 1);
    return placed;
}

enum status layers_create(const struct layers_shape *shape, struct thread_pool *pool,
                          struct layers **layers, struct error *error) {
    struct model_shape model_shape = {
        .cell = cell_find(shape->cell),
        .vocab = VOCAB,
        .hidden = shape->hidden,
        .layers = CHARNN_LAYERS + 1,
    };
    struct model *model;
    void *block;
    assert(shape->hidden % CHARNN_LANES == 0);
    *layers = NULL;
    if (model_create(&model_shape, true, &model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(model, 0.08, SEED);
    struct arena arena = {0};
    (void)lay_out(shape, model, pool, &arena);
    if (memory_allocate(arena.used, 1, "the layers", &block, error) != CHARNN_OK) {
        model_destroy(model);
        return error->status;
    }
    arena = (struct arena){.block = block};
    struct layers *s = lay_out(shape, model, pool, &arena);
    size_t floats = shape->steps * shape->batch * s->stride;
    fill(s->input, floats, 0);
    fill(s->output_gradient, floats, 1);
    *layers = s;
    return CHARNN_OK;
}

void layers_destroy(struct layers *layers) {
    if (layers != NULL) {
        model_destroy(layers->model);
        memory_free(layers); /* the first thing in its own arena */
    }
}

static const float *input_of(const struct layers *s, size_t l) {
    return l > 0 ? layer_output(&s->stack[l - 1], false) : s->input;
}

static void pack_task(void *context, size_t index, size_t count) {
    struct layers *s = context;
    for (size_t l = index; l < CHARNN_LAYERS; l += count) {
        layer_pack(&s->stack[l]);
    }
}

static void streams_task(void *context, size_t index, size_t count) {
    struct layers *s = context;
    size_t steps = s->shape.steps;
    size_t begin;
    size_t end;
    thread_pool_share(s->shape.batch, 1, index, count, &begin, &end);
    if (begin == end) {
        return;
    }
    for (size_t l = 0; l < CHARNN_LAYERS; l++) {
        layer_forward(&s->stack[l], NULL, input_of(s, l), s->stride, steps, NULL, begin, end);
    }
    for (size_t t = 0; t < steps; t++) {
        size_t at = (t * s->shape.batch + begin) * s->stride;
        memcpy(s->gradient + at, s->output_gradient + at,
               (end - begin) * s->stride * sizeof *s->gradient);
    }
    for (size_t l = CHARNN_LAYERS; l-- > 0;) {
        layer_backward(&s->stack[l], s->gradient, s->stride, steps, false, begin, end);
    }
}

static void gradients_task(void *context, size_t index, size_t count) {
    (void)count;
    struct layers *s = context;
    size_t columns = layers_gates(s) * s->shape.hidden;
    size_t panels = (columns + CHARNN_PANEL - 1) / CHARNN_PANEL;
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (i >= CHARNN_LAYERS * panels) {
            return;
        }
        size_t l = i / panels;
        size_t begin = i % panels * CHARNN_PANEL;
        size_t end = begin + CHARNN_PANEL < columns ? begin + CHARNN_PANEL : columns;
        layer_gradients(&s->stack[l], NULL, input_of(s, l), s->stride, s->shape.steps, begin, end,
                        s->scratch + index * SCRATCH_FLOATS);
    }
}

void layers_run(struct layers *s) {
    struct parameters *p = &s->model->parameters;
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
    thread_pool_run(s->pool, pack_task, s);
    thread_pool_run(s->pool, streams_task, s);
    atomic_store_explicit(&s->next, 0, memory_order_relaxed);
    thread_pool_run(s->pool, gradients_task, s);
}

static void get_rows(const struct layers *s, const float *from, float *to) {
    for (size_t i = 0; i < s->shape.steps * s->shape.batch; i++) {
        memcpy(to + i * s->shape.hidden, from + i * s->stride, s->shape.hidden * sizeof *to);
    }
}

void layers_get_input(const struct layers *layers, float *input) {
    get_rows(layers, layers->input, input);
}

void layers_get_output(const struct layers *layers, float *output) {
    get_rows(layers, input_of(layers, CHARNN_LAYERS), output);
}

void layers_get_output_gradient(const struct layers *layers, float *gradient) {
    get_rows(layers, layers->output_gradient, gradient);
}

static struct layers_weights weights_in(const struct layers *s, size_t l, const float *flat) {
    struct layer_parameters p = model_layer(s->model, l + 1);
    return (struct layers_weights){
        .input = flat + p.weight_ih->offset,
        .state = flat + p.weight_hh->offset,
        .input_bias = flat + p.bias_ih->offset,
        .state_bias = flat + p.bias_hh->offset,
    };
}

struct layers_weights layers_weights(const struct layers *layers, size_t l) {
    return weights_in(layers, l, layers->model->parameters.values);
}

struct layers_weights layers_gradients(const struct layers *layers, size_t l) {
    return weights_in(layers, l, layers->model->parameters.gradients);
}

size_t layers_gates(const struct layers *layers) {
    return layers->model->shape.cell->gates;
}
