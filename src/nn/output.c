#include "nn/output.h"

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 size_t span_steps, const struct kernels *kernels, struct arena *arena) {
    const struct parameter *weight = model_decoder_weight(model);
    *output = (struct output){
        .kernels = kernels,
        .parameters = &model->parameters,
        .weight = weight,
        .bias = model_decoder_bias(model),
        .batch = plan->batch,
        .units = model->shape.hidden,
        .vocab = model->shape.vocab,
        .logits_stride = layer_row_stride(weight->stride),
        .logit_slots = plan->trainable ? plan->steps : span_steps,
    };
    output->logits =
        arena_take_floats(arena, output->logit_slots, plan->batch, output->logits_stride);
    output->loss = arena_take_floats(arena, plan->steps, plan->batch, 1);
    if (!plan->plain) {
        output->forward = arena_take_floats(arena, output->units, weight->stride, 1);
    }
    if (plan->trainable) {
        output->backward = arena_take_floats(arena, model->hidden_stride, weight->stride, 1);
    }
}

void output_pack(struct output *o) {
    const float *weight = o->parameters->values + o->weight->offset;
    size_t stride = o->weight->stride;
    if (o->forward != NULL) {
        o->kernels->pack(weight, stride, o->units, stride, o->forward);
    }
    if (o->backward != NULL) {
        o->kernels->pack_transposed(weight, stride, stride, o->units, o->backward);
    }
}

float *output_logits(const struct output *o, size_t t, size_t b) {
    return o->logits + (t % o->logit_slots * o->batch + b) * o->logits_stride;
}

void output_forward(struct output *o, const float *h, size_t h_stride, struct span span) {
    struct product p = {
        .a = h + (span.t_begin * o->batch + span.b_begin) * h_stride,
        .lda = h_stride,
        .a_step = o->batch * h_stride,
        .start = o->parameters->values + o->bias->offset,
        .c = output_logits(o, span.t_begin, span.b_begin),
        .ldc = o->logits_stride,
        .c_step = o->batch * o->logits_stride,
        .m = span.b_end - span.b_begin,
        .n = o->weight->stride,
    };
    layer_set_weight(&p, o->parameters, o->weight, o->forward, 0);
    layer_product_over_steps(o->kernels, p, span.t_end - span.t_begin);
}

void output_loss(struct output *o, const int32_t *y, float scale, struct span span) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        size_t first = t * o->batch + span.b_begin;
        o->kernels->cross_entropy(output_logits(o, t, span.b_begin), o->logits_stride,
                                  span.b_end - span.b_begin, o->vocab, y + first, scale,
                                  o->loss + first);
    }
}

void output_backward(struct output *o, float *dh, size_t dh_stride, struct span span) {
    struct product p = {
        .a = output_logits(o, span.t_begin, span.b_begin),
        .lda = o->logits_stride,
        .a_step = o->batch * o->logits_stride,
        .b = o->backward,
        .c = dh + span.b_begin * dh_stride,
        .ldc = dh_stride,
        .c_step = o->batch * dh_stride,
        .m = span.b_end - span.b_begin,
        .n = size_round_up(o->units, CHARNN_LANES),
        .k = o->weight->stride,
    };
    layer_product_over_steps(o->kernels, p, span.t_end - span.t_begin);
}

void output_gradients(struct output *o, const float *h, size_t h_stride, struct span span,
                      size_t n_begin, size_t n_end, float *scratch) {
    struct outer_product p = {
        .pairs = {{
            .a = h + span.t_begin * o->batch * h_stride,
            .lda = h_stride,
            .m = o->units,
            .c = o->parameters->gradients + o->weight->offset,
            .ldc = o->weight->stride,
        }},
        .pair_count = 1,
        .b = output_logits(o, span.t_begin, 0),
        .ldb = o->logits_stride,
        .k = (span.t_end - span.t_begin) * o->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {o->parameters->gradients + o->bias->offset},
        .scratch = scratch,
    };
    o->kernels->outer_product(&p);
}
