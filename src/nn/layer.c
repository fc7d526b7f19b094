#include "nn/layer.h"

#include "base/thread_pool.h"

#include <assert.h>
#include <string.h>

/* A product over many steps goes in groups of steps whose input rows stay in the second cache. */
enum { PRODUCT_INPUT_FLOATS = 64 * 1024 };

/*
 * The rows of a span, of all streams. What one pass writes of the gates the next should still find
 * in the second cache; but the outer products of each span fetch the gradients of the weights, so
 * there are about as many rows as units, up to MOST: then these are hardly larger than the gates.
 * README.md and the help of train state the rule in their memory formula.
 */
static size_t span_rows(const struct model *m) {
    enum { LEAST = 128, MOST = 512, FLOATS = 64 * 1024 };
    size_t fitting = FLOATS / (cell_gate_blocks(m->shape.cell) * m->hidden_stride);
    size_t rows = fitting > m->hidden_stride ? fitting : m->hidden_stride;
    rows = rows > LEAST ? rows : LEAST;
    return rows < MOST ? rows : MOST;
}

size_t span_most_steps(const struct model *model, size_t batch, size_t steps) {
    size_t rows = span_rows(model);
    size_t most = rows > batch ? rows / batch : 1;
    return most < steps ? most : steps;
}

size_t span_count(size_t steps, size_t most) {
    return (steps + most - 1) / most;
}

struct span span_at(size_t i, size_t steps, size_t most, size_t batch, size_t index, size_t count) {
    struct span span = {.t_begin = i * most};
    span.t_end = steps - span.t_begin < most ? steps : span.t_begin + most;
    thread_pool_share(batch, 1, index, count, &span.b_begin, &span.b_end);
    return span;
}

size_t layer_row_stride(size_t width) {
    /* Rows a multiple of 512 bytes apart would compete for a few sets of the first cache. */
    return width % 128 == 0 ? width + CHARNN_LANES : width;
}

static void take_activations(struct layer *l, const struct network_plan *plan,
                             struct arena *arena) {
    size_t steps = plan->steps;
    size_t batch = plan->batch;
    l->h = arena_take_floats(arena, steps + 1, batch, l->state_stride);
    l->c = l->cell->has_c ? arena_take_floats(arena, steps + 1, batch, l->state_stride) : NULL;
    l->h_before = l->h;
    l->c_before = l->c;
    if (l->has_end) {
        l->h_before = arena_take_floats(arena, steps, batch, l->state_stride);
        l->c_before =
            l->cell->has_c ? arena_take_floats(arena, steps, batch, l->state_stride) : NULL;
    }
    l->gates = arena_take_floats(arena, l->gate_slots, batch, l->gates_stride);
    if (plan->trainable) {
        l->dh = arena_take_floats(arena, 1, batch, l->hidden);
        l->dc = arena_take_floats(arena, 1, batch, l->hidden);
        if (plan->dropout) {
            l->y = arena_take_floats(arena, steps, batch, l->state_stride);
            l->mask = arena_take_floats(arena, steps, batch, l->state_stride);
        }
    }
}

static void take_packed(struct layer *l, const struct network_plan *plan, struct arena *arena) {
    bool first = l->index == 0;
    l->bias = arena_take_floats(arena, 1, 1, l->columns);
    if (!plan->plain) {
        l->forward_hh = arena_take_floats(arena, 1, l->units, l->columns);
        l->forward_ih = first ? NULL : arena_take_floats(arena, 1, l->inputs, l->columns);
    }
    if (plan->trainable) {
        l->backward_hh = arena_take_floats(arena, 1, l->hidden, l->columns);
        l->backward_ih =
            first ? NULL
                  : arena_take_floats(arena, 1, size_round_up(l->inputs, CHARNN_LANES), l->columns);
    }
}

void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, size_t span_steps, const struct kernels *kernels,
                struct arena *arena) {
    const struct cell *cell = model->shape.cell;
    size_t hidden = model->hidden_stride;
    size_t apart = cell->gates - cell->merged;
    /* Columns from `merged` on begin with a panel of their own. */
    assert(apart == 0 || cell->merged * CHARNN_LANES % CHARNN_PANEL == 0);
    *layer = (struct layer){
        .cell = cell,
        .kernels = kernels,
        .parameters = &model->parameters,
        .p = model_layer(model, index),
        .index = index,
        .batch = plan->batch,
        .inputs = index == 0 ? model->shape.vocab : model->shape.hidden,
        .units = model->shape.hidden,
        .hidden = hidden,
        .merged = cell->merged * hidden,
        .columns = cell->gates * hidden,
        .apart = apart * hidden,
        .state_stride = layer_row_stride(hidden),
        .gates_stride = layer_row_stride(cell_gate_blocks(cell) * hidden),
        .gate_slots = plan->trainable ? plan->steps : span_steps,
        .has_end = model->shape.has_end,
        .end = model->shape.end,
    };
    take_activations(layer, plan, arena);
    take_packed(layer, plan, arena);
}

static const float *value(const struct layer *l, const struct parameter *p) {
    return l->parameters->values + p->offset;
}

static float *gradient(const struct layer *l, const struct parameter *p) {
    return l->parameters->gradients + p->offset;
}

/* Row b of step t of an array [T][B][stride]. */
static float *row(const struct layer *l, float *array, size_t stride, size_t t, size_t b) {
    return array + (t * l->batch + b) * stride;
}

static float *gates_row(const struct layer *l, size_t t, size_t b) {
    return row(l, l->gates, l->gates_stride, t % l->gate_slots, b);
}

static float *state_row(const struct layer *l, float *array, size_t t, size_t b) {
    return row(l, array, l->state_stride, t, b);
}

void layer_carry(struct layer *l, size_t slot, size_t b_begin, size_t b_end) {
    if (slot == 0) {
        return;
    }
    size_t bytes = (b_end - b_begin) * l->state_stride * sizeof(float);
    memcpy(state_row(l, l->h, 0, b_begin), state_row(l, l->h, slot, b_begin), bytes);
    if (l->c != NULL) {
        memcpy(state_row(l, l->c, 0, b_begin), state_row(l, l->c, slot, b_begin), bytes);
    }
}

void layer_set_weight(struct product *p, const struct parameters *parameters,
                      const struct parameter *weight, const float *packed, size_t column) {
    bool plain = packed == NULL;
    p->k = weight->inputs;
    p->b = plain ? parameters->values + weight->offset + column : packed + column * p->k;
    p->ldb = plain ? weight->stride : 0;
}

void layer_product_over_steps(const struct kernels *kernels, struct product p, size_t steps) {
    size_t floats = p.m * p.k;
    size_t group = floats > 0 ? PRODUCT_INPUT_FLOATS / floats : 0;
    group = group > 0 ? group : 1;
    for (size_t t = 0; t < steps; t += group) {
        p.repeats = steps - t < group ? steps - t : group;
        kernels->product(&p);
        p.a += group * p.a_step;
        p.c += group * p.c_step;
        p.start = p.start != NULL ? p.start + group * p.start_step : NULL;
    }
}

static void input_product(struct layer *l, const float *input, size_t input_stride,
                          struct span span) {
    struct product p = {
        .a = input + (span.t_begin * l->batch + span.b_begin) * input_stride,
        .lda = input_stride,
        .a_step = l->batch * input_stride,
        .c = gates_row(l, span.t_begin, span.b_begin),
        .ldc = l->gates_stride,
        .c_step = l->batch * l->gates_stride,
        .m = span.b_end - span.b_begin,
        .n = l->columns,
    };
    layer_set_weight(&p, l->parameters, l->p.weight_ih, l->forward_ih, 0);
    layer_product_over_steps(l->kernels, p, span.t_end - span.t_begin);
}

/* Of a layer that has an end symbol. */
static bool reads_end(const struct layer *l, const int32_t *x, size_t t, size_t b) {
    return x[t * l->batch + b] == l->end;
}

static void begin_row(const struct layer *l, float *after, float *before, bool zero, size_t t,
                      size_t b) {
    size_t bytes = l->state_stride * sizeof(float);
    if (zero) {
        memset(state_row(l, before, t, b), 0, bytes);
    } else {
        memcpy(state_row(l, before, t, b), state_row(l, after, t, b), bytes);
    }
}

/* What step t begins from: the state after the step before it, or zero at an end symbol. */
static void begin_step(const struct layer *l, const int32_t *x, size_t t, struct span span) {
    for (size_t b = span.b_begin; l->has_end && b < span.b_end; b++) {
        bool zero = reads_end(l, x, t, b);
        begin_row(l, l->h, l->h_before, zero, t, b);
        if (l->c != NULL) {
            begin_row(l, l->c, l->c_before, zero, t, b);
        }
    }
}

/* To merged gates h W_hh is added; the others get it in blocks of their own. */
static void recurrent_product(struct layer *l, const int32_t *x, size_t t, struct span span) {
    float *gates = gates_row(l, t, span.b_begin);
    struct product p = {
        .a = state_row(l, l->h_before, t, span.b_begin),
        .lda = l->state_stride,
        .start = gates,
        .start_stride = l->gates_stride,
        .c = gates,
        .ldc = l->gates_stride,
        .repeats = 1,
        .m = span.b_end - span.b_begin,
        .n = l->merged,
    };
    layer_set_weight(&p, l->parameters, l->p.weight_hh, l->forward_hh, 0);
    if (l->index == 0) {
        p.start = value(l, l->p.weight_ih);
        p.start_stride = l->p.weight_ih->stride;
        p.start_rows = x + t * l->batch + span.b_begin;
    }
    l->kernels->product(&p);
    if (l->apart > 0) {
        layer_set_weight(&p, l->parameters, l->p.weight_hh, l->forward_hh, l->merged);
        p.start = value(l, l->p.bias_hh) + l->merged;
        p.start_stride = 0;
        p.start_rows = NULL;
        p.c += l->columns;
        p.n = l->apart;
        l->kernels->product(&p);
    }
}

static void drop_outputs(struct layer *l, const struct dropout *dropout, size_t t,
                         struct span span) {
    size_t groups = l->hidden / CHARNN_LANES;
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        const uint32_t at[3] = {(uint32_t)((t * l->batch + b) * groups), (uint32_t)l->index,
                                (uint32_t)dropout->step};
        l->kernels->dropout(state_row(l, l->h, t + 1, b), l->hidden, (float)dropout->rate,
                            dropout->seed, at, state_row(l, l->mask, t, b),
                            state_row(l, l->y, t, b));
    }
}

static void cell_step_forward(struct layer *l, const int32_t *x, size_t t, struct span span) {
    bool first = l->index == 0;
    float *gates = gates_row(l, t, span.b_begin);
    struct cell_forward step = {
        .rows = span.b_end - span.b_begin,
        .hidden = l->hidden,
        .gates = gates,
        .gates_stride = l->gates_stride,
        .gx = first ? value(l, l->p.weight_ih) : gates,
        .gx_row = first ? x + t * l->batch + span.b_begin : NULL,
        .gx_stride = first ? l->p.weight_ih->stride : l->gates_stride,
        .bias = l->bias,
        .peephole = l->p.peephole != NULL ? value(l, l->p.peephole) : NULL,
        .h_before = state_row(l, l->h_before, t, span.b_begin),
        .c_before = l->c != NULL ? state_row(l, l->c_before, t, span.b_begin) : NULL,
        .state_stride = l->state_stride,
        .h = state_row(l, l->h, t + 1, span.b_begin),
        .c = l->c != NULL ? state_row(l, l->c, t + 1, span.b_begin) : NULL,
    };
    l->cell->forward(&step);
}

void layer_forward(struct layer *l, const int32_t *x, const float *input, size_t input_stride,
                   struct span span, const struct dropout *dropout) {
    if (l->index > 0) {
        input_product(l, input, input_stride, span);
    }
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        begin_step(l, x, t, span);
        recurrent_product(l, x, t, span);
        cell_step_forward(l, x, t, span);
        if (dropout != NULL) {
            drop_outputs(l, dropout, t, span);
        }
    }
}

const float *layer_output(const struct layer *l, bool dropout) {
    return dropout ? l->y : l->h + l->batch * l->state_stride;
}

void layer_backward_begin(struct layer *l, size_t b_begin, size_t b_end) {
    size_t bytes = (b_end - b_begin) * l->hidden * sizeof(float);
    memset(l->dh + b_begin * l->hidden, 0, bytes);
    memset(l->dc + b_begin * l->hidden, 0, bytes);
}

static void cell_step_backward(struct layer *l, const float *dy, size_t dy_stride, size_t t,
                               struct span span) {
    struct cell_backward step = {
        .rows = span.b_end - span.b_begin,
        .hidden = l->hidden,
        .gates = gates_row(l, t, span.b_begin),
        .gates_stride = l->gates_stride,
        .peephole = l->p.peephole != NULL ? value(l, l->p.peephole) : NULL,
        .h_before = state_row(l, l->h_before, t, span.b_begin),
        .c_before = l->c != NULL ? state_row(l, l->c_before, t, span.b_begin) : NULL,
        .h = state_row(l, l->h, t + 1, span.b_begin),
        .c = l->c != NULL ? state_row(l, l->c, t + 1, span.b_begin) : NULL,
        .state_stride = l->state_stride,
        .dy = dy,
        .dy_stride = dy_stride,
        .dh = l->dh + span.b_begin * l->hidden,
        .dc = l->dc + span.b_begin * l->hidden,
    };
    l->cell->backward(&step);
}

/* dh = dgates W_hh, of which the gates that are not merged have theirs in blocks of their own. */
static void recurrent_product_backward(struct layer *l, size_t t, struct span span) {
    float *dh = l->dh + span.b_begin * l->hidden;
    struct product p = {
        .a = gates_row(l, t, span.b_begin),
        .lda = l->gates_stride,
        .b = l->backward_hh,
        .start = l->cell->direct_path ? dh : NULL,
        .start_stride = l->hidden,
        .c = dh,
        .ldc = l->hidden,
        .repeats = 1,
        .m = span.b_end - span.b_begin,
        .n = l->hidden,
        .k = l->merged,
    };
    l->kernels->product(&p);
    if (l->apart > 0) {
        p.a += l->columns;
        p.b += l->merged * l->hidden;
        p.start = dh;
        p.k = l->apart;
        l->kernels->product(&p);
    }
}

/* Nothing goes back through an end symbol. */
static void stop_gradients(struct layer *l, const int32_t *x, size_t t, struct span span) {
    for (size_t b = span.b_begin; l->has_end && b < span.b_end; b++) {
        if (reads_end(l, x, t, b)) {
            memset(l->dh + b * l->hidden, 0, l->hidden * sizeof *l->dh);
            memset(l->dc + b * l->hidden, 0, l->hidden * sizeof *l->dc);
        }
    }
}

void layer_backward(struct layer *l, const int32_t *x, float *dy, size_t dy_stride, bool dropout,
                    struct span span) {
    for (size_t t = span.t_end; t-- > span.t_begin;) {
        float *dy_step = dy + ((t - span.t_begin) * l->batch + span.b_begin) * dy_stride;
        for (size_t b = span.b_begin; dropout && b < span.b_end; b++) {
            l->kernels->multiply(state_row(l, l->mask, t, b), l->hidden,
                                 dy_step + (b - span.b_begin) * dy_stride);
        }
        cell_step_backward(l, dy_step, dy_stride, t, span);
        recurrent_product_backward(l, t, span);
        stop_gradients(l, x, t, span);
    }
    if (l->index == 0) {
        return;
    }
    struct product p = {
        .a = gates_row(l, span.t_begin, span.b_begin),
        .lda = l->gates_stride,
        .a_step = l->batch * l->gates_stride,
        .b = l->backward_ih,
        .c = dy + span.b_begin * dy_stride,
        .ldc = dy_stride,
        .c_step = l->batch * dy_stride,
        .m = span.b_end - span.b_begin,
        .n = size_round_up(l->inputs, CHARNN_LANES),
        .k = l->columns,
    };
    layer_product_over_steps(l->kernels, p, span.t_end - span.t_begin);
}

static void add_biases(struct layer *l) {
    memcpy(l->bias, value(l, l->p.bias_ih), l->columns * sizeof *l->bias);
    l->kernels->add(value(l, l->p.bias_hh), l->merged, l->bias);
}

void layer_pack(struct layer *l) {
    const struct parameter *hh = l->p.weight_hh;
    const struct parameter *ih = l->p.weight_ih;
    const struct kernels *k = l->kernels;
    add_biases(l);
    if (l->forward_hh != NULL) {
        k->pack(value(l, hh), hh->stride, l->units, l->columns, l->forward_hh);
    }
    if (l->forward_ih != NULL) {
        k->pack(value(l, ih), ih->stride, l->inputs, l->columns, l->forward_ih);
    }
    if (l->backward_hh != NULL) {
        k->pack_transposed(value(l, hh), hh->stride, l->merged, l->units, l->backward_hh);
        k->pack_transposed(value(l, hh) + l->merged, hh->stride, l->apart, l->units,
                           l->backward_hh + l->merged * l->hidden);
    }
    if (l->backward_ih != NULL) {
        k->pack_transposed(value(l, ih), ih->stride, l->columns, l->inputs, l->backward_ih);
    }
}

/* The one-hot input's gradient: row x of W_ih gains dgates. */
static void scatter_gradients(struct layer *l, const int32_t *x, struct span span, size_t n_begin,
                              size_t n_end) {
    const struct parameter *ih = l->p.weight_ih;
    float *to = gradient(l, ih) + n_begin;
    for (size_t i = span.t_begin * l->batch; i < span.t_end * l->batch; i++) {
        l->kernels->add(l->gates + i * l->gates_stride + n_begin, n_end - n_begin,
                        to + (size_t)x[i] * ih->stride);
    }
}

void layer_gradients(struct layer *l, const int32_t *x, const float *input, size_t input_stride,
                     struct span span, size_t n_begin, size_t n_end, float *scratch) {
    struct outer_pair from_h = {
        .a = state_row(l, l->h_before, span.t_begin, 0),
        .lda = l->state_stride,
        .m = l->units,
        .c = gradient(l, l->p.weight_hh),
        .ldc = l->p.weight_hh->stride,
    };
    struct outer_product p = {
        .b = gates_row(l, span.t_begin, 0),
        .ldb = l->gates_stride,
        .k = (span.t_end - span.t_begin) * l->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {gradient(l, l->p.bias_ih)},
        .scratch = scratch,
    };
    if (l->index > 0) {
        p.pairs[p.pair_count++] = (struct outer_pair){
            .a = input + span.t_begin * l->batch * input_stride,
            .lda = input_stride,
            .m = l->inputs,
            .c = gradient(l, l->p.weight_ih),
            .ldc = l->p.weight_ih->stride,
        };
    }
    if (n_end <= l->merged) { /* one gradient for both sides */
        p.pairs[p.pair_count++] = from_h;
        p.column_sums[1] = gradient(l, l->p.bias_hh);
    } else {
        struct outer_product recurrent_side = p;
        recurrent_side.pairs[0] = from_h;
        recurrent_side.pair_count = 1;
        recurrent_side.b += l->apart;
        recurrent_side.column_sums[0] = gradient(l, l->p.bias_hh);
        l->kernels->outer_product(&recurrent_side);
    }
    l->kernels->outer_product(&p);
    if (l->index == 0) {
        scatter_gradients(l, x, span, n_begin, n_end);
    }
}

void layer_peephole_gradients(struct layer *l, struct span span) {
    if (l->p.peephole == NULL) {
        return;
    }
    for (size_t i = 0; i < l->cell->peephole_count; i++) {
        const struct cell_peephole *peephole = &l->cell->peepholes[i];
        const float *c = peephole->sees_new ? state_row(l, l->c, span.t_begin + 1, 0)
                                            : state_row(l, l->c_before, span.t_begin, 0);
        l->kernels->column_dots(gates_row(l, span.t_begin, 0) + peephole->gate * l->hidden,
                                l->gates_stride, c, l->state_stride,
                                (span.t_end - span.t_begin) * l->batch, l->hidden,
                                gradient(l, l->p.peephole) + i * l->hidden);
    }
}
