/* The forward pass of a layer; contracts in layer.h. */
#include "nn/layer.h"

#include "nn/shared_product.h"

#include <string.h>

/* Sets what step t starts from: the state after step t - 1, or zero if it reads the end symbol. */
static void begin_step(const struct layer *l, const int32_t *x, size_t t, struct span span) {
    for (size_t b = span.b_begin; l->has_end && b < span.b_end; b++) {
        for (size_t kind = 0; kind < cell_state_kinds(l->cell); kind++) {
            const struct rows *after = layer_state(l, kind);
            float *before = rows_at(layer_state_before(l, kind), t, b);
            if (x[t * l->batch + b] == l->end) {
                memset(before, 0, after->stride * sizeof *before);
            } else {
                memcpy(before, rows_at(after, t, b), after->stride * sizeof *before);
            }
        }
    }
}

/* The product of a map with the rows of `in`, added to the first `columns` of the gates. */
static struct product added_to_gates(const struct layer *l, const struct linear *map,
                                     const struct rows *in, size_t t, struct span span,
                                     size_t columns) {
    float *gates = rows_at(&l->gates, t, span.b_begin);
    struct product p = {
        .a = rows_at(in, t, span.b_begin),
        .lda = in->stride,
        .start = gates,
        .start_stride = l->gates.stride,
        .c = gates,
        .ldc = l->gates.stride,
        .repeats = 1,
        .m = span.b_end - span.b_begin,
        .n = columns,
    };
    linear_set_product(map, 0, span.b_begin, &p);
    return p;
}

/* W_hh h, added to W_ih x for fused gates. Separate gates get it in blocks of their own, with its
 * bias. */
static void recurrent_product(struct layer *l, const int32_t *x, size_t t, struct span span) {
    struct product p = added_to_gates(l, &l->hh, &l->h_before, t, span, l->fused_columns);
    if (l->index == 0) {
        p.start = parameter_value(l->parameters, l->p.weight_ih);
        p.start_stride = l->p.weight_ih->stride;
        p.start_rows = x + t * l->batch + span.b_begin;
    }
    shared_product_run(l->kernels, &p, span.pool);
    if (l->separate_columns > 0) {
        linear_set_product(&l->hh, l->fused_columns, span.b_begin, &p);
        p.start = parameter_value(l->parameters, l->p.bias_hh) + l->fused_columns;
        p.start_stride = 0;
        p.start_rows = NULL;
        p.c += l->gate_columns;
        p.n = l->separate_columns;
        shared_product_run(l->kernels, &p, span.pool);
    }
}

/* The products of the recurrent gates, added to those gates. */
static void recurrent_gate_products(struct layer *l, size_t t, struct span span) {
    for (size_t gate = 0; gate < l->cell->recurrent_gates; gate++) {
        const struct product p = added_to_gates(l, &l->from_gates[gate], &l->gates_before[gate], t,
                                                span, l->p.from_gates[gate].stride);
        shared_product_run(l->kernels, &p, span.pool);
    }
}

/* Keeps the recurrent gates of step t for the next one: backward() overwrites the gates. */
static void keep_gates(const struct layer *l, size_t t, struct span span) {
    for (size_t gate = 0; gate < l->cell->recurrent_gates; gate++) {
        for (size_t b = span.b_begin; b < span.b_end; b++) {
            memcpy(rows_at(&l->gate_states[gate], t + 1, b),
                   rows_at(&l->gates, t, b) + gate * l->hidden, l->hidden * sizeof(float));
        }
    }
}

/* Draws the mask of step t and stream b. `in` and `out` as in the kernel. */
static void draw_mask(const struct layer *l, const struct dropout *dropout, enum dropout_kind kind,
                      size_t t, size_t b, const float *in, float *out) {
    size_t groups = l->hidden / CHARNN_LANES;
    size_t whole = dropout->whole > 0 ? dropout->whole : l->batch;
    const uint32_t at[3] = {(uint32_t)((t * whole + dropout->first + b) * groups),
                            (uint32_t)kind << 16 | (uint32_t)l->index, (uint32_t)dropout->step};
    l->kernels->dropout(in, l->hidden, (float)dropout->rates[kind], dropout->seed, at,
                        rows_at(&l->masks[kind], t, b), out);
}

static void draw_candidate_masks(const struct layer *l, const struct dropout *dropout, size_t t,
                                 struct span span) {
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        draw_mask(l, dropout, CHARNN_DROPOUT_CANDIDATE, t, b, NULL, NULL);
    }
}

/* y = h, after dropout, plus the input. */
static void put_outputs(const struct layer *l, const struct rows *input, size_t t, struct span span,
                        const struct dropout *dropout) {
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        const float *h = rows_at(&l->h, t + 1, b);
        float *y = rows_at(&l->y, t, b);
        if (dropout_drops(dropout, CHARNN_DROPOUT_OUTPUT)) {
            draw_mask(l, dropout, CHARNN_DROPOUT_OUTPUT, t, b, h, y);
        } else {
            memcpy(y, h, l->hidden * sizeof *y);
        }
        if (l->adds_input) {
            l->kernels->add(rows_at(input, t, b), l->hidden, y);
        }
    }
}

void layer_forward(struct layer *l, const int32_t *x, const struct rows *input, struct span span,
                   const struct dropout *dropout) {
    if (l->index > 0) {
        linear_forward(&l->ih, input, NULL, &l->gates, span);
    }
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        begin_step(l, x, t, span);
        recurrent_product(l, x, t, span);
        recurrent_gate_products(l, t, span);
        if (dropout_drops(dropout, CHARNN_DROPOUT_CANDIDATE)) {
            draw_candidate_masks(l, dropout, t, span);
        }
        const struct cell_step step = layer_step(l, x, t, span, dropout);
        l->cell->forward(&step);
        keep_gates(l, t, span);
        if (dropout_drops(dropout, CHARNN_DROPOUT_OUTPUT) || l->adds_input) {
            put_outputs(l, input, t, span, dropout);
        }
    }
}
