#include "nn/output.h"

#include "kernels/dispatch.h"
#include "nn/products.h"

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 size_t slots, struct arena *arena) {
    const struct parameter *weight = model_decoder_weight(model);
    *output = (struct output){
        .kernels = kernels_current(),
        .parameters = &model->parameters,
        .weight = weight,
        .bias = model_decoder_bias(model),
        .batch = plan->batch,
        .units = model->shape.hidden,
        .vocab = model->shape.vocab,
        .logits = rows_take(arena, slots, plan->batch, weight->stride),
        .loss = arena_take_floats(arena, plan->steps, plan->batch, 1),
    };
    if (!plan->unpacked) {
        output->forward = arena_take_floats(arena, output->units, weight->stride, 1);
    }
    if (plan->trainable) {
        output->backward = arena_take_floats(arena, model->hidden_stride, weight->stride, 1);
    }
}

void output_pack(struct output *o) {
    const float *weight = parameter_value(o->parameters, o->weight);
    size_t stride = o->weight->stride;
    if (o->forward != NULL) {
        o->kernels->pack(weight, stride, o->units, stride, o->forward);
    }
    if (o->backward != NULL) {
        o->kernels->pack_transposed(weight, stride, stride, o->units, o->backward);
    }
}

void output_forward(struct output *o, const struct rows *h, struct span span) {
    struct product p = {
        .start = parameter_value(o->parameters, o->bias),
        .n = o->weight->stride,
    };
    product_set_weight(&p, o->parameters, o->weight, o->forward, 0);
    product_over_span(o->kernels, p, h, &o->logits, span);
}

void output_loss(struct output *o, const int32_t *y, float scale, struct span span) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        size_t first = t * o->batch + span.b_begin;
        o->kernels->cross_entropy(rows_at(&o->logits, t, span.b_begin), o->logits.stride,
                                  span.b_end - span.b_begin, o->vocab, y + first, scale,
                                  o->loss + first);
    }
}

void output_backward(struct output *o, const struct rows *dh, struct span span) {
    struct product p = {
        .b = o->backward,
        .n = size_round_up(o->units, CHARNN_LANES),
        .k = o->weight->stride,
    };
    product_over_span(o->kernels, p, &o->logits, dh, span);
}

void output_gradients(struct output *o, const struct rows *h, struct span span, size_t n_begin,
                      size_t n_end, float *scratch) {
    struct outer_product p = {
        .pairs = {{
            .a = rows_at(h, span.t_begin, 0),
            .lda = h->stride,
            .m = o->units,
            .c = parameter_gradient(o->parameters, o->weight),
            .ldc = o->weight->stride,
        }},
        .pair_count = 1,
        .b = rows_at(&o->logits, span.t_begin, 0),
        .ldb = o->logits.stride,
        .k = (span.t_end - span.t_begin) * o->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {parameter_gradient(o->parameters, o->bias)},
        .scratch = scratch,
    };
    o->kernels->outer_product(&p);
}
