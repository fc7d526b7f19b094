#include "nn/layer.h"

#include <string.h>

/* A product over many steps goes in groups of steps whose input rows stay in the second cache. */
enum { PRODUCT_INPUT_FLOATS = 64 * 1024 };

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
    l->gates = arena_take_floats(arena, steps, batch, l->gates_stride);
    l->gh = arena_take_floats(arena, 1, batch, l->gates_stride);
    if (plan->trainable) {
        l->dgh =
            l->cell->splits_gates ? arena_take_floats(arena, steps, batch, l->split_stride) : NULL;
        l->dh = arena_take_floats(arena, 1, batch, l->hidden);
        l->dc = arena_take_floats(arena, 1, batch, l->hidden);
        if (plan->dropout) {
            l->y = arena_take_floats(arena, steps, batch, l->state_stride);
            l->mask = arena_take_floats(arena, steps, batch, l->state_stride);
        }
    }
}

static void take_packed(struct layer *l, bool trainable, struct arena *arena) {
    size_t width = l->cell->gates * l->hidden;
    bool first = l->index == 0;
    l->forward_hh = arena_take_floats(arena, 1, l->units, width);
    l->forward_ih = first ? NULL : arena_take_floats(arena, 1, l->inputs, width);
    if (trainable) {
        l->backward_hh = arena_take_floats(arena, 1, l->hidden, width);
        l->backward_ih =
            first ? NULL
                  : arena_take_floats(arena, 1, size_round_up(l->inputs, CHARNN_LANES), width);
    }
}

void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, const struct kernels *kernels,
                struct arena *arena) {
    const struct cell *cell = model->shape.cell;
    size_t hidden = model->hidden_stride;
    size_t blocks = cell->saved > cell->gates ? cell->saved : cell->gates;
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
        .state_stride = layer_row_stride(hidden),
        .gates_stride = layer_row_stride(blocks * hidden),
        .split_stride = layer_row_stride(cell->gates * hidden),
    };
    take_activations(layer, plan, arena);
    take_packed(layer, plan->trainable, arena);
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

void layer_carry(struct layer *l, size_t slot, size_t b_begin, size_t b_end) {
    if (slot == 0) {
        return;
    }
    size_t bytes = (b_end - b_begin) * l->state_stride * sizeof(float);
    memcpy(row(l, l->h, l->state_stride, 0, b_begin), row(l, l->h, l->state_stride, slot, b_begin),
           bytes);
    if (l->c != NULL) {
        memcpy(row(l, l->c, l->state_stride, 0, b_begin),
               row(l, l->c, l->state_stride, slot, b_begin), bytes);
    }
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
    }
}

static void input_product(struct layer *l, const float *input, size_t input_stride, size_t steps,
                          size_t b_begin, size_t b_end) {
    struct product p = {
        .a = input + b_begin * input_stride,
        .lda = input_stride,
        .a_step = l->batch * input_stride,
        .b = l->forward_ih,
        .c = row(l, l->gates, l->gates_stride, 0, b_begin),
        .ldc = l->gates_stride,
        .c_step = l->batch * l->gates_stride,
        .m = b_end - b_begin,
        .n = l->cell->gates * l->hidden,
        .k = l->inputs,
    };
    layer_product_over_steps(l->kernels, p, steps);
}

static void recurrent_product(struct layer *l, size_t t, size_t b_begin, size_t b_end) {
    struct product p = {
        .a = row(l, l->h, l->state_stride, t, b_begin),
        .lda = l->state_stride,
        .b = l->forward_hh,
        .c = l->gh + b_begin * l->gates_stride,
        .ldc = l->gates_stride,
        .repeats = 1,
        .m = b_end - b_begin,
        .n = l->cell->gates * l->hidden,
        .k = l->units,
        .bias = value(l, l->p.bias_hh),
    };
    l->kernels->product(&p);
}

static void drop_outputs(struct layer *l, const struct dropout *dropout, size_t t, size_t b_begin,
                         size_t b_end) {
    size_t groups = l->hidden / CHARNN_KERNEL_LANES;
    for (size_t b = b_begin; b < b_end; b++) {
        const uint32_t at[3] = {(uint32_t)((t * l->batch + b) * groups), (uint32_t)l->index,
                                (uint32_t)dropout->step};
        l->kernels->dropout(
            row(l, l->h, l->state_stride, t + 1, b), l->hidden, (float)dropout->rate, dropout->seed,
            at, row(l, l->mask, l->state_stride, t, b), row(l, l->y, l->state_stride, t, b));
    }
}

void layer_forward(struct layer *l, const int32_t *x, const float *input, size_t input_stride,
                   size_t steps, const struct dropout *dropout, size_t b_begin, size_t b_end) {
    bool first = l->index == 0;
    if (!first) {
        input_product(l, input, input_stride, steps, b_begin, b_end);
    }
    for (size_t t = 0; t < steps; t++) {
        recurrent_product(l, t, b_begin, b_end);
        float *gates = row(l, l->gates, l->gates_stride, t, b_begin);
        struct cell_forward step = {
            .rows = b_end - b_begin,
            .hidden = l->hidden,
            .gx = first ? value(l, l->p.weight_ih) : gates,
            .gx_row = first ? x + t * l->batch + b_begin : NULL,
            .gx_stride = first ? l->p.weight_ih->stride : l->gates_stride,
            .gh = l->gh + b_begin * l->gates_stride,
            .gh_stride = l->gates_stride,
            .bias = value(l, l->p.bias_ih),
            .peephole = l->p.peephole != NULL ? value(l, l->p.peephole) : NULL,
            .h_before = row(l, l->h, l->state_stride, t, b_begin),
            .c_before = l->c != NULL ? row(l, l->c, l->state_stride, t, b_begin) : NULL,
            .state_stride = l->state_stride,
            .saved = gates,
            .saved_stride = l->gates_stride,
            .h = row(l, l->h, l->state_stride, t + 1, b_begin),
            .c = l->c != NULL ? row(l, l->c, l->state_stride, t + 1, b_begin) : NULL,
        };
        l->cell->forward(&step);
        if (dropout != NULL) {
            drop_outputs(l, dropout, t, b_begin, b_end);
        }
    }
}

const float *layer_output(const struct layer *l, bool dropout) {
    return dropout ? l->y : l->h + l->batch * l->state_stride;
}

static void backward_step(struct layer *l, const float *dy, size_t dy_stride, size_t t,
                          size_t b_begin, size_t b_end) {
    float *dgx = row(l, l->gates, l->gates_stride, t, b_begin);
    float *dgh = l->dgh != NULL ? row(l, l->dgh, l->split_stride, t, b_begin) : NULL;
    float *dh = l->dh + b_begin * l->hidden;
    struct cell_backward step = {
        .rows = b_end - b_begin,
        .hidden = l->hidden,
        .saved = dgx,
        .saved_stride = l->gates_stride,
        .peephole = l->p.peephole != NULL ? value(l, l->p.peephole) : NULL,
        .h_before = row(l, l->h, l->state_stride, t, b_begin),
        .c_before = l->c != NULL ? row(l, l->c, l->state_stride, t, b_begin) : NULL,
        .h = row(l, l->h, l->state_stride, t + 1, b_begin),
        .c = l->c != NULL ? row(l, l->c, l->state_stride, t + 1, b_begin) : NULL,
        .state_stride = l->state_stride,
        .dy = dy + (t * l->batch + b_begin) * dy_stride,
        .dy_stride = dy_stride,
        .dh = dh,
        .dc = l->dc + b_begin * l->hidden,
        .dgx = dgx,
        .dgx_stride = l->gates_stride,
        .dgh = dgh,
        .dgh_stride = l->split_stride,
    };
    l->cell->backward(&step);
    struct product p = {
        .a = dgh != NULL ? dgh : dgx,
        .lda = dgh != NULL ? l->split_stride : l->gates_stride,
        .b = l->backward_hh,
        .c = dh,
        .ldc = l->hidden,
        .repeats = 1,
        .m = b_end - b_begin,
        .n = l->hidden,
        .k = l->cell->gates * l->hidden,
        .accumulate = l->cell->direct_path,
    };
    l->kernels->product(&p);
}

void layer_backward(struct layer *l, float *dy, size_t dy_stride, size_t steps, bool dropout,
                    size_t b_begin, size_t b_end) {
    size_t state_bytes = (b_end - b_begin) * l->hidden * sizeof(float);
    memset(l->dh + b_begin * l->hidden, 0, state_bytes);
    memset(l->dc + b_begin * l->hidden, 0, state_bytes);
    for (size_t t = steps; t-- > 0;) {
        if (dropout) {
            for (size_t b = b_begin; b < b_end; b++) {
                l->kernels->multiply(row(l, l->mask, l->state_stride, t, b), l->hidden,
                                     dy + (t * l->batch + b) * dy_stride);
            }
        }
        backward_step(l, dy, dy_stride, t, b_begin, b_end);
    }
    if (l->index == 0) {
        return;
    }
    struct product p = {
        .a = row(l, l->gates, l->gates_stride, 0, b_begin),
        .lda = l->gates_stride,
        .a_step = l->batch * l->gates_stride,
        .b = l->backward_ih,
        .c = dy + b_begin * dy_stride,
        .ldc = dy_stride,
        .c_step = l->batch * dy_stride,
        .m = b_end - b_begin,
        .n = size_round_up(l->inputs, CHARNN_LANES),
        .k = l->cell->gates * l->hidden,
    };
    layer_product_over_steps(l->kernels, p, steps);
}

void layer_pack(struct layer *l) {
    const struct parameter *hh = l->p.weight_hh;
    const struct parameter *ih = l->p.weight_ih;
    l->kernels->pack(value(l, hh), hh->stride, l->units, hh->stride, l->forward_hh);
    if (l->forward_ih != NULL) {
        l->kernels->pack(value(l, ih), ih->stride, l->inputs, ih->stride, l->forward_ih);
    }
    if (l->backward_hh != NULL) {
        l->kernels->pack_transposed(value(l, hh), hh->stride, hh->stride, l->units, l->backward_hh);
    }
    if (l->backward_ih != NULL) {
        l->kernels->pack_transposed(value(l, ih), ih->stride, ih->stride, l->inputs,
                                    l->backward_ih);
    }
}

/* The one-hot input's gradient: row x of W_ih gains dgx. */
static void scatter_gradients(struct layer *l, const int32_t *x, size_t rows, size_t n_begin,
                              size_t n_end) {
    const struct parameter *ih = l->p.weight_ih;
    float *to = gradient(l, ih) + n_begin;
    const float *from = l->gates + n_begin;
    for (size_t i = 0; i < rows; i++) {
        l->kernels->add(from + i * l->gates_stride, n_end - n_begin,
                        to + (size_t)x[i] * ih->stride);
    }
}

void layer_gradients(struct layer *l, const int32_t *x, const float *input, size_t input_stride,
                     size_t steps, size_t n_begin, size_t n_end, float *scratch) {
    bool first = l->index == 0;
    struct outer_pair from_h = {
        .a = l->h,
        .lda = l->state_stride,
        .m = l->units,
        .c = gradient(l, l->p.weight_hh),
        .ldc = l->p.weight_hh->stride,
    };
    struct outer_pair from_input = {
        .a = input,
        .lda = input_stride,
        .m = l->inputs,
        .c = gradient(l, l->p.weight_ih),
        .ldc = l->p.weight_ih->stride,
    };
    struct outer_product input_side = {
        .pairs = {from_input},
        .pair_count = first ? 0 : 1,
        .b = l->gates,
        .ldb = l->gates_stride,
        .k = steps * l->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {gradient(l, l->p.bias_ih)},
        .scratch = scratch,
    };
    if (l->dgh == NULL) { /* the same dgx on both sides */
        input_side.pairs[input_side.pair_count++] = from_h;
        input_side.column_sums[1] = gradient(l, l->p.bias_hh);
    } else {
        struct outer_product recurrent_side = input_side;
        recurrent_side.pairs[0] = from_h;
        recurrent_side.pair_count = 1;
        recurrent_side.b = l->dgh;
        recurrent_side.ldb = l->split_stride;
        recurrent_side.column_sums[0] = gradient(l, l->p.bias_hh);
        l->kernels->outer_product(&recurrent_side);
    }
    l->kernels->outer_product(&input_side);
    if (first) {
        scatter_gradients(l, x, input_side.k, n_begin, n_end);
    }
}

void layer_peephole_gradients(struct layer *l, size_t steps) {
    if (l->p.peephole == NULL) {
        return;
    }
    /* The gates that see c: i and f the one before, o the new one. */
    static const struct { size_t gate, slot; } sees[3] = {{0, 0}, {1, 0}, {3, 1}};
    for (size_t g = 0; g < 3; g++) {
        l->kernels->column_dots(l->gates + sees[g].gate * l->hidden, l->gates_stride,
                                row(l, l->c, l->state_stride, sees[g].slot, 0), l->state_stride,
                                steps * l->batch, l->hidden,
                                gradient(l, l->p.peephole) + g * l->hidden);
    }
}
