#include "nn/output.h"

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 size_t slots, struct arena *arena) {
    *output = (struct output){
        .bias = model_decoder_bias(model),
        .logits = rows_take(arena, slots, plan->batch, model->vocab_stride),
        .loss = arena_take_floats(arena, plan->steps, plan->batch, 1),
    };
    linear_init(&output->decoder, model, model_decoder_weight(model), model->vocab_stride, plan,
                arena);
}

void output_pack(struct output *output) {
    linear_pack(&output->decoder);
}

void output_forward(struct output *o, const struct rows *h, struct span span) {
    const float *bias = parameter_value(o->decoder.parameters, o->bias);
    linear_forward(&o->decoder, h, bias, &o->logits, span);
}

void output_loss(struct output *o, const int32_t *y, float scale, struct span span) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        size_t first = t * o->logits.batch + span.b_begin;
        o->decoder.kernels->cross_entropy(rows_at(&o->logits, t, span.b_begin), o->logits.stride,
                                          span.b_end - span.b_begin, o->bias->block_size, y + first,
                                          scale, o->loss + first);
    }
}

void output_backward(struct output *o, const struct rows *dh, struct span span) {
    linear_backward(&o->decoder, &o->logits, dh, span);
}

void output_gradients(struct output *o, const struct rows *h, struct span span, size_t n_begin,
                      size_t n_end, float *scratch) {
    struct outer_product p = {
        .pairs = {linear_gradient(&o->decoder, h, span)},
        .pair_count = 1,
        .b = rows_at(&o->logits, span.t_begin, 0),
        .ldb = o->logits.stride,
        .k = (span.t_end - span.t_begin) * o->logits.batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {parameter_gradient(o->decoder.parameters, o->bias)},
        .scratch = scratch,
    };
    o->decoder.kernels->outer_product(&p);
}
