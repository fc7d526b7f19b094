#include "layers.h"

#include "base/arena.h"
#include "base/random.h"
#include "nn/layer.h"

#include <assert.h>
#include <string.h>

enum { SEED = 123, VOCAB = 16 };

struct layers {
    struct layers_shape shape;
    struct thread_pool *pool;
    struct model *model; /* has one more layer, layer 0, which reads ids and does not run */
    struct layer *stack; /* [CHARNN_LAYERS] */
    struct rows input, output_gradient, gradient; /* [T] */
    float *scratch;                               /* [threads][CHARNN_OUTER_SCRATCH] */
    struct spans spans;
    size_t span; /* this span's gradients are summed while the span before it goes backward */
};

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
    s->spans = spans_for(model, &plan);
    for (size_t l = 0; l < CHARNN_LAYERS; l++) {
        struct layer counting;
        layer_init(stack != NULL ? &stack[l] : &counting, model, l + 1, &plan, shape->steps, arena);
    }
    s->input = rows_take(arena, shape->steps, shape->batch, model->hidden_stride);
    s->output_gradient = rows_take(arena, shape->steps, shape->batch, model->hidden_stride);
    s->gradient = rows_take(arena, shape->steps, shape->batch, model->hidden_stride);
    s->scratch = arena_take_floats(arena, thread_pool_size(pool), CHARNN_OUTER_SCRATCH, 1);
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
    size_t floats = shape->steps * shape->batch * s->input.stride;
    fill(s->input.data, floats, 0);
    fill(s->output_gradient.data, floats, 1);
    *layers = s;
    return CHARNN_OK;
}

void layers_destroy(struct layers *layers) {
    if (layers != NULL) {
        model_destroy(layers->model);
        memory_free(layers); /* the first object in its own arena */
    }
}

static struct rows input_of(const struct layers *s, size_t l) {
    return l > 0 ? layer_output(&s->stack[l - 1], NULL) : s->input;
}

static void pack_task(void *context, size_t index, size_t count) {
    struct layers *s = context;
    for (size_t l = index; l < CHARNN_LAYERS; l += count) {
        layer_pack(&s->stack[l]);
    }
}

static void forward_task(void *context, size_t index, size_t count) {
    struct layers *s = context;
    for (size_t i = 0; i < span_count(s->spans); i++) {
        struct span span = span_at(s->spans, i, index, count);
        for (size_t l = 0; span.b_begin < span.b_end && l < CHARNN_LAYERS; l++) {
            const struct rows input = input_of(s, l);
            layer_forward(&s->stack[l], NULL, &input, span, NULL);
        }
    }
}

static void backward(struct layers *s, struct span span) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        memcpy(rows_at(&s->gradient, t, span.b_begin),
               rows_at(&s->output_gradient, t, span.b_begin),
               (span.b_end - span.b_begin) * s->gradient.stride * sizeof(float));
    }
    for (size_t l = CHARNN_LAYERS; l-- > 0;) {
        if (span.t_end == s->shape.steps) {
            layer_clear_state_gradient(&s->stack[l], span.b_begin, span.b_end);
        }
        layer_backward(&s->stack[l], NULL, &s->gradient, span, NULL);
    }
}

/* The share of a thread in the columns [begin, end) of the weights of layer l. */
static void gradients(struct layers *s, size_t l, struct span span, size_t begin, size_t end,
                      size_t index, size_t count) {
    size_t first;
    size_t last;
    thread_pool_share(end - begin, CHARNN_PANEL, index, count, &first, &last);
    if (first < last) {
        const struct rows input = input_of(s, l);
        layer_gradients(&s->stack[l], NULL, &input, span, begin + first, begin + last,
                        s->scratch + index * CHARNN_OUTER_SCRATCH);
    }
}

static void backward_task(void *context, size_t index, size_t count) {
    struct layers *s = context;
    for (size_t l = CHARNN_LAYERS; s->span < span_count(s->spans) && l-- > 0;) {
        struct span span = span_at(s->spans, s->span, index, count);
        size_t fused = s->stack[l].fused_columns;
        gradients(s, l, span, 0, fused, index, count);
        gradients(s, l, span, fused, s->stack[l].gate_columns, index, count);
    }
    if (s->span > 0) {
        struct span span = span_at(s->spans, s->span - 1, index, count);
        if (span.b_begin < span.b_end) {
            backward(s, span);
        }
    }
}

void layers_run(struct layers *s) {
    struct parameters *p = &s->model->parameters;
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
    thread_pool_run(s->pool, pack_task, s);
    thread_pool_run(s->pool, forward_task, s);
    for (size_t i = span_count(s->spans) + 1; i-- > 0;) {
        s->span = i;
        thread_pool_run(s->pool, backward_task, s);
    }
}

static void get_rows(const struct layers *s, struct rows from, float *to) {
    for (size_t i = 0; i < s->shape.steps * s->shape.batch; i++) {
        memcpy(to + i * s->shape.hidden, from.data + i * from.stride, s->shape.hidden * sizeof *to);
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
