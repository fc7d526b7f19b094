/* The backward pass of a layer; contracts in layer.h. */
#include "nn/layer.h"

#include <string.h>

void layer_clear_state_gradient(struct layer *l, size_t b_begin, size_t b_end) {
    size_t bytes = (b_end - b_begin) * l->hidden * sizeof(float);
    memset(l->dh + b_begin * l->hidden, 0, bytes);
    memset(l->dc + b_begin * l->hidden, 0, bytes);
}

/* dh = W_hh^T dgates, added to what the cell left in dh if it has a direct path. The gradients of
 * separate gates are in blocks of their own. */
static void recurrent_product(struct layer *l, size_t t, struct span span) {
    float *dh = l->dh + span.b_begin * l->hidden;
    struct product p = {
        .a = rows_at(&l->gates, t, span.b_begin),
        .lda = l->gates.stride,
        .b = l->hh.transposed,
        .start = l->cell->direct_path ? dh : NULL,
        .start_stride = l->hidden,
        .c = dh,
        .ldc = l->hidden,
        .repeats = 1,
        .m = span.b_end - span.b_begin,
        .n = l->hidden,
        .k = l->fused_columns,
    };
    l->kernels->product(&p);
    if (l->separate_columns > 0) {
        p.a += l->gate_columns;
        p.b = l->hh.transposed + l->fused_columns * l->hidden;
        p.start = dh;
        p.k = l->separate_columns;
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
        l->cell->backward(&step);
        recurrent_product(l, t, span);
        cut_gradients(l, x, t, span);
    }
    if (l->index > 0) {
        linear_backward(&l->ih, &l->gates, dy, span, l->adds_input);
    }
}
