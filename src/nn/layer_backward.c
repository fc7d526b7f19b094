/* The backward pass of a layer; contracts in layer.h. */
#include "nn/layer_penalties.h"

#include <string.h>

void layer_clear_state_gradient(struct layer *l, size_t b_begin, size_t b_end) {
    size_t bytes = (b_end - b_begin) * l->hidden * sizeof(float);
    for (size_t kind = 0; kind < cell_state_kinds(l->cell); kind++) {
        memset(layer_state_gradient(l, kind) + b_begin * l->hidden, 0, bytes);
    }
}

/* dh = W_hh^T dgates, added to what the cell left in dh if it has a direct path. The gradients of
 * separate gates are in blocks of their own. */
static void recurrent_product(struct layer *l, size_t t, struct span span) {
    float *dh = l->dh + span.b_begin * l->hidden;
    struct product p = {
        .a = rows_at(&l->gates, t, span.b_begin),
        .lda = l->gates.stride,
        .start = l->cell->direct_path ? dh : NULL,
        .start_stride = l->hidden,
        .c = dh,
        .ldc = l->hidden,
        .repeats = 1,
        .m = span.b_end - span.b_begin,
    };
    linear_set_transposed(&l->hh, 0, span.b_begin, &p);
    l->kernels->product(&p);
    if (l->separate_columns > 0) {
        linear_set_transposed(&l->hh, 1, span.b_begin, &p);
        p.a += l->gate_columns;
        p.start = dh;
        l->kernels->product(&p);
    }
}

/* The gradients of the recurrent gates of the step before. */
static void recurrent_gate_products(struct layer *l, size_t t, struct span span) {
    for (size_t gate = 0; gate < l->cell->recurrent_gates; gate++) {
        struct product p = {
            .a = rows_at(&l->gates, t, span.b_begin),
            .lda = l->gates.stride,
            .c = layer_state_gradient(l, CHARNN_STATE_GATES + gate) + span.b_begin * l->hidden,
            .ldc = l->hidden,
            .repeats = 1,
            .m = span.b_end - span.b_begin,
        };
        linear_set_transposed(&l->from_gates[gate], 0, span.b_begin, &p);
        l->kernels->product(&p);
    }
}

/* An end symbol cuts the gradient: the step that reads it starts from zero. */
static void cut_gradients(struct layer *l, const int32_t *x, size_t t, struct span span) {
    for (size_t b = span.b_begin; l->has_end && b < span.b_end; b++) {
        if (x[t * l->batch + b] == l->end) {
            layer_clear_state_gradient(l, b, b + 1);
        }
    }
}

/* The gradient of h from that of the output after dropout, in place unless the input also needs
 * that. */
static const struct rows *mask_gradients(const struct layer *l, size_t t, const struct rows *dy,
                                         struct span span) {
    const struct rows *masked = l->adds_input ? &l->dy : dy;
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        float *row = rows_at(masked, t, b);
        if (l->adds_input) {
            memcpy(row, rows_at(dy, t, b), l->hidden * sizeof *row);
        }
        l->kernels->multiply(rows_at(&l->masks[CHARNN_DROPOUT_OUTPUT], t, b), l->hidden, row);
    }
    return masked;
}

void layer_backward(struct layer *l, const int32_t *x, const struct rows *dy, struct span span,
                    const struct dropout *dropout) {
    bool drops = dropout_drops(dropout, CHARNN_DROPOUT_OUTPUT);
    for (size_t t = span.t_end; t-- > span.t_begin;) {
        const struct rows *from = drops ? mask_gradients(l, t, dy, span) : dy;
        struct cell_step step = layer_step(l, x, t, span, dropout);
        step.dy = rows_at(from, t, span.b_begin);
        step.dy_stride = from->stride;
        penalties_add_slowness(l, x, t, span);
        l->cell->backward(&step);
        recurrent_product(l, t, span);
        recurrent_gate_products(l, t, span);
        cut_gradients(l, x, t, span);
        penalties_put_flow(l, t, span);
    }
    if (l->index > 0) {
        linear_backward(&l->ih, &l->gates, dy, span, l->adds_input);
    }
}
