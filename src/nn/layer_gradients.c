/* The weight gradients of a layer; contracts in layer.h. */
#include "nn/layer.h"

/* With one-hot input, the outer product adds dgates to row x of the gradient of W_ih. */
static void scatter_gradients(struct layer *l, const int32_t *x, struct span span, size_t n_begin,
                              size_t n_end) {
    const struct parameter *ih = l->p.weight_ih;
    float *to = parameter_gradient(l->parameters, ih) + n_begin;
    for (size_t i = span.t_begin * l->batch; i < span.t_end * l->batch; i++) {
        l->kernels->add(l->gates.data + i * l->gates.stride + n_begin, n_end - n_begin,
                        to + (size_t)x[i] * ih->stride);
    }
}

/* Column j of a gate sees element j of the cell state. */
static void peephole_gradients(struct layer *l, struct span span, size_t n_begin, size_t n_end) {
    for (size_t i = 0; l->p.peephole != NULL && i < l->cell->peephole_count; i++) {
        const struct cell_peephole *peephole = &l->cell->peepholes[i];
        size_t first = peephole->gate * l->hidden;
        size_t begin = n_begin > first ? n_begin : first;
        size_t end = n_end < first + l->hidden ? n_end : first + l->hidden;
        const float *c = peephole->sees_new ? rows_at(&l->c, span.t_begin + 1, 0)
                                            : rows_at(&l->c_before, span.t_begin, 0);
        float *to = parameter_gradient(l->parameters, l->p.peephole) + i * l->hidden;
        if (begin < end) {
            l->kernels->column_dots(rows_at(&l->gates, span.t_begin, 0) + begin, l->gates.stride,
                                    c + begin - first, l->c.stride,
                                    (span.t_end - span.t_begin) * l->batch, end - begin,
                                    to + begin - first);
        }
    }
}

/* The weights of the recurrent gates have the leading columns. */
static void recurrent_gate_gradients(struct layer *l, struct span span, size_t n_begin,
                                     size_t n_end, float *scratch) {
    size_t columns = l->cell->recurrent_gates * l->hidden;
    for (size_t gate = 0; n_begin < columns && gate < l->cell->recurrent_gates; gate++) {
        const struct outer_product p = {
            .pairs = {linear_gradient(&l->from_gates[gate], &l->gates_before[gate], span)},
            .pair_count = 1,
            .b = rows_at(&l->gates, span.t_begin, 0),
            .ldb = l->gates.stride,
            .k = (span.t_end - span.t_begin) * l->batch,
            .n_begin = n_begin,
            .n_end = n_end < columns ? n_end : columns,
            .scratch = scratch,
            .rounded = l->rounded,
        };
        l->kernels->outer_product(&p);
    }
}

void layer_gradients(struct layer *l, const int32_t *x, const struct rows *input, struct span span,
                     size_t n_begin, size_t n_end, float *scratch) {
    const struct rows *h = l->flow_h.data != NULL ? &l->flow_h : &l->h_before;
    struct outer_pair from_h = linear_gradient(&l->hh, h, span);
    struct outer_product p = {
        .b = rows_at(&l->gates, span.t_begin, 0),
        .ldb = l->gates.stride,
        .k = (span.t_end - span.t_begin) * l->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {parameter_gradient(l->parameters, l->p.bias_ih)},
        .scratch = scratch,
        .rounded = l->rounded,
    };
    if (l->index > 0) {
        p.pairs[p.pair_count++] = linear_gradient(&l->ih, input, span);
    }
    if (n_end <= l->fused_columns) { /* both sides have the same gradient */
        p.pairs[p.pair_count++] = from_h;
        p.column_sums[1] = parameter_gradient(l->parameters, l->p.bias_hh);
    } else {
        struct outer_product recurrent_side = p;
        recurrent_side.pairs[0] = from_h;
        recurrent_side.pair_count = 1;
        recurrent_side.b += l->separate_columns;
        recurrent_side.column_sums[0] = parameter_gradient(l->parameters, l->p.bias_hh);
        l->kernels->outer_product(&recurrent_side);
    }
    l->kernels->outer_product(&p);
    if (l->index == 0) {
        scatter_gradients(l, x, span, n_begin, n_end);
    }
    peephole_gradients(l, span, n_begin, n_end);
    recurrent_gate_gradients(l, span, n_begin, n_end, scratch);
}
