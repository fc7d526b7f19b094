#include "nn/linear.h"

#include "kernels/dispatch.h"
#include "nn/shared_product.h"

#include <assert.h>

static void take_scratch(struct linear *l, const struct network_plan *plan, size_t row_bytes,
                         struct arena *arena) {
    enum { ROWS = 64 }; /* that share a reading of W */
    size_t most = plan->batch < ROWS ? (ROWS + plan->batch - 1) / plan->batch : 1;
    l->row_bytes = row_bytes;
    l->scratch_rows = most < plan->steps ? most : plan->steps;
    l->scratch_stride = plan->batch * l->scratch_rows * row_bytes;
    l->scratch = arena_take(arena, plan->sharers, l->scratch_stride);
}

void linear_init(struct linear *linear, const struct model *model, const struct parameter *weight,
                 size_t split, const struct network_plan *plan, struct arena *arena) {
    *linear = (struct linear){
        .kernels = kernels_current(),
        .parameters = &model->parameters,
        .weight = weight,
        .split = split,
        .rounded = plan->rounded,
    };
    size_t inputs = size_round_up(weight->inputs, CHARNN_LANES);
    if (weight->type == CHARNN_WEIGHTS_INT8) {
        take_scratch(linear, plan, CHARNN_INT8_ROW_BYTES(weight->inputs), arena);
    }
    if (plan->rounded) {
        assert(weight->type == CHARNN_WEIGHTS_F32);
        size_t longest = weight->inputs > weight->stride ? weight->inputs : weight->stride;
        take_scratch(linear, plan, CHARNN_PAIR_ROW_BYTES(longest), arena);
        linear->packed =
            arena_take_floats(arena, 1, CHARNN_PAIRS(weight->inputs, weight->stride), 1);
        linear->transposed = arena_take_floats(
            arena, 1, CHARNN_PAIRS(split, inputs) + CHARNN_PAIRS(weight->stride - split, inputs),
            1);
        return;
    }
    if (!plan->unpacked && weight->type == CHARNN_WEIGHTS_F32) {
        linear->packed = arena_take_floats(arena, 1, weight->inputs, weight->stride);
    }
    if (plan->trainable) {
        linear->transposed = arena_take_floats(arena, 1, inputs, weight->stride);
    }
}

/* Part 1 of the transposed weights. */
static void *second_part(const struct linear *l) {
    size_t inputs = size_round_up(l->weight->inputs, CHARNN_LANES);
    size_t first = l->rounded ? CHARNN_PAIRS(l->split, inputs) : l->split * inputs;
    return (float *)l->transposed + first; /* floats and pairs are of one size */
}

static void pack_rounded(const struct linear *l, const float *weight, size_t inputs,
                         size_t stride) {
    l->kernels->pack_pairs(weight, stride, inputs, stride, l->packed);
    l->kernels->pack_transposed_pairs(weight, stride, l->split, inputs, l->transposed);
    l->kernels->pack_transposed_pairs(weight + l->split, stride, stride - l->split, inputs,
                                      second_part(l));
}

void linear_pack(const struct linear *l) {
    const float *weight = parameter_value(l->parameters, l->weight);
    size_t inputs = l->weight->inputs;
    size_t stride = l->weight->stride;
    if (l->rounded) {
        pack_rounded(l, weight, inputs, stride);
        return;
    }
    if (l->packed != NULL) {
        l->kernels->pack(weight, stride, inputs, stride, l->packed);
    }
    if (l->transposed != NULL) {
        l->kernels->pack_transposed(weight, stride, l->split, inputs, l->transposed);
        l->kernels->pack_transposed(weight + l->split, stride, stride - l->split, inputs,
                                    second_part(l));
    }
}

static void set_scratch(const struct linear *l, size_t stream, struct product *p) {
    p->scratch = l->scratch + stream * l->scratch_rows * l->row_bytes;
    p->scratch_rows = p->m * l->scratch_rows;
    p->scratch_stride = l->scratch_stride;
}

void linear_set_product(const struct linear *l, size_t output, size_t stream, struct product *p) {
    const float *weight = parameter_value(l->parameters, l->weight);
    p->k = l->weight->inputs;
    p->type = l->rounded ? CHARNN_WEIGHTS_PAIRS : l->weight->type;
    if (p->type == CHARNN_WEIGHTS_PAIRS) {
        p->b = (const uint32_t *)l->packed + CHARNN_PAIRS(p->k, output);
        set_scratch(l, stream, p);
    } else if (p->type == CHARNN_WEIGHTS_INT8) {
        p->b = (const int8_t *)weight + output * size_round_up(p->k, CHARNN_INT8_QUAD);
        p->scales = weight + parameter_panel_floats(l->weight) + output;
        p->corrections = (const int32_t *)(const void *)(p->scales + l->weight->stride);
        set_scratch(l, stream, p);
    } else if (p->type == CHARNN_WEIGHTS_BF16) {
        p->b = (const uint16_t *)(const void *)weight + output * p->k;
    } else {
        p->b = l->packed != NULL ? (const float *)l->packed + output * p->k : weight + output;
        p->ldb = l->packed != NULL ? 0 : l->weight->stride;
    }
}

void linear_set_transposed(const struct linear *l, size_t part, size_t stream, struct product *p) {
    p->b = part == 0 ? l->transposed : second_part(l);
    p->k = part == 0 ? l->split : l->weight->stride - l->split;
    p->n = size_round_up(l->weight->inputs, CHARNN_LANES);
    if (l->rounded) {
        p->type = CHARNN_WEIGHTS_PAIRS;
        set_scratch(l, stream, p);
    }
}

/* Runs a product whose b, n, k and start are set over all rows of a span, from `a` to `c`; if
 * `add`, it starts from `c`. */
static void product_over_span(const struct kernels *kernels, struct product p, const struct rows *a,
                              const struct rows *c, struct span span, bool add) {
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
        if (add) {
            p.start = p.c;
            p.start_stride = p.ldc;
            p.start_step = p.c_step;
        }
        p.repeats = span.t_end - t < group ? span.t_end - t : group;
        shared_product_run(kernels, &p, span.pool);
    }
}

void linear_forward(const struct linear *l, const struct rows *in, const float *bias,
                    const struct rows *out, struct span span) {
    struct product p = {.start = bias, .n = l->weight->stride, .m = span.b_end - span.b_begin};
    linear_set_product(l, 0, span.b_begin, &p);
    product_over_span(l->kernels, p, in, out, span, false);
}

void linear_backward(const struct linear *l, const struct rows *d_out, const struct rows *d_in,
                     struct span span, bool add) {
    struct product p = {.m = span.b_end - span.b_begin};
    linear_set_transposed(l, 0, span.b_begin, &p);
    product_over_span(l->kernels, p, d_out, d_in, span, add);
}

struct outer_pair linear_gradient(const struct linear *l, const struct rows *in, struct span span) {
    return (struct outer_pair){
        .a = rows_at(in, span.t_begin, 0),
        .lda = in->stride,
        .m = l->weight->inputs,
        .c = parameter_gradient(l->parameters, l->weight),
        .ldc = l->weight->stride,
    };
}
