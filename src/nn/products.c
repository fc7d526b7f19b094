#include "nn/products.h"

void product_set_weight(struct product *p, const struct parameters *parameters,
                        const struct parameter *weight, const float *packed, size_t column) {
    p->k = weight->inputs;
    p->b = packed != NULL ? packed + column * p->k : parameter_value(parameters, weight) + column;
    p->ldb = packed != NULL ? 0 : weight->stride;
}

void product_over_span(const struct kernels *kernels, struct product p, const struct rows *a,
                       const struct rows *c, struct span span) {
    enum { GROUP_FLOATS = 64 * 1024 }; /* the rows of `a` for one call stay in the L2 cache */
    p.lda = a->stride;
    p.a_step = a->batch * a->stride;
    p.ldc = c->stride;
    p.c_step = c->batch * c->stride;
    p.m = span.b_end - span.b_begin;
    size_t floats = p.m * p.k;
    size_t group = floats > 0 && floats < GROUP_FLOATS ? GROUP_FLOATS / floats : 1;
    for (size_t t = span.t_begin; t < span.t_end; t += group) {
        p.a = rows_at(a, t, span.b_begin);
        p.c = rows_at(c, t, span.b_begin);
        p.repeats = span.t_end - t < group ? span.t_end - t : group;
        kernels->product(&p);
    }
}
