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

/* `a` holds the rows of all streams from the first step of the span on. */
static struct outer_pair pair_of(const struct layer *l, const struct rows *a, struct span span,
                                 const struct parameter *weight) {
    return (struct outer_pair){
        .a = rows_at(a, span.t_begin, 0),
        .lda = a->stride,
        .m = weight->inputs,
        .c = parameter_gradient(l->parameters, weight),
        .ldc = weight->stride,
    };
}

void layer_gradients(struct layer *l, const int32_t *x, const struct rows *input, struct span span,
                     size_t n_begin, size_t n_end, float *scratch) {
    struct outer_pair from_h = pair_of(l, &l->h_before, span, l->p.weight_hh);
    struct outer_product p = {
        .b = rows_at(&l->gates, span.t_begin, 0),
        .ldb = l->gates.stride,
        .k = (span.t_end - span.t_begin) * l->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {parameter_gradient(l->parameters, l->p.bias_ih)},
        .scratch = scratch,
    };
    if (l->index > 0) {
        p.pairs[p.pair_count++] = pair_of(l, input, span, l->p.weight_ih);
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
}

void layer_peephole_gradients(struct layer *l, struct span span) {
    for (size_t i = 0; l->p.peephole != NULL && i < l->cell->peephole_count; i++) {
        const struct cell_peephole *peephole = &l->cell->peepholes[i];
        const float *c = peephole->sees_new ? rows_at(&l->c, span.t_begin + 1, 0)
                                            : rows_at(&l->c_before, span.t_begin, 0);
        const float *gates = rows_at(&l->gates, span.t_begin, 0) + peephole->gate * l->hidden;
        l->kernels->column_dots(gates, l->gates.stride, c, l->c.stride,
                                (span.t_end - span.t_begin) * l->batch, l->hidden,
                                parameter_gradient(l->parameters, l->p.peephole) + i * l->hidden);
    }
}
