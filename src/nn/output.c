#include "nn/output.h"

#include "nn/layer.h"

void output_init(struct output *output, const struct model *model, const struct network_plan *plan,
                 const struct kernels *kernels, struct arena *arena) {
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
    };
    output->logits = arena_take_floats(arena, plan->steps, plan->batch, output->logits_stride);
    output->loss = arena_take_floats(arena, plan->steps, plan->batch, 1);
    output->forward = arena_take_floats(arena, output->units, weight->stride, 1);
    if (plan->trainable) {
        output->backward = arena_take_floats(arena, model->hidden_stride, weight->stride, 1);
    }
}

void output_pack(struct output *o) {
    const float *weight = o->parameters->values + o->weight->offset;
    size_t stride = o->weight->stride;
    o->kernels->pack(weight, stride, o->units, stride, o->forward);
    if (o->backward != NULL) {
        o->kernels->pack_transposed(weight, stride, stride, o->units, o->backward);
    }
}

void output_forward(struct output *o, const float *h, size_t h_stride, size_t t_begin, size_t t_end,
                    size_t b_begin, size_t b_end) {
    struct product p = {
        .a = h + (t_begin * o->batch + b_begin) * h_stride,
        .lda = h_stride,
        .a_step = o->batch * h_stride,
        .b = o->forward,
        .c = o->logits + (t_begin * o->batch + b_begin) * o->logits_stride,
        .ldc = o->logits_stride,
        .c_step = o->batch * o->logits_stride,
        .m = b_end - b_begin,
        .n = o->weight->stride,
        .k = o->units,
        .bias = o->parameters->values + o->bias->offset,
    };
    layer_product_over_steps(o->kernels, p, t_end - t_begin);
}

void output_loss(struct output *o, const int32_t *y, size_t steps, float scale, size_t b_begin,
                 size_t b_end) {
    for (size_t t = 0; t < steps; t++) {
        size_t first = t * o->batch + b_begin;
        o->kernels->cross_entropy(o->logits + first * o->logits_stride, o->logits_stride,
                                  b_end - b_begin, o->vocab, y + first, scale, o->loss + first);
    }
}

void output_backward(struct output *o, float *dh, size_t dh_stride, size_t steps, size_t b_begin,
                     size_t b_end) {
    struct product p = {
        .a = o->logits + b_begin * o->logits_stride,
        .lda = o->logits_stride,
        .a_step = o->batch * o->logits_stride,
        .b = o->backward,
        .c = dh + b_begin * dh_stride,
        .ldc = dh_stride,
        .c_step = o->batch * dh_stride,
        .m = b_end - b_begin,
        .n = size_round_up(o->units, CHARNN_LANES),
        .k = o->weight->stride,
    };
    layer_product_over_steps(o->kernels, p, steps);
}

void output_gradients(struct output *o, const float *h, size_t h_stride, size_t steps,
                      size_t n_begin, size_t n_end, float *scratch) {
    struct outer_product p = {
        .pairs = {{
            .a = h,
            .lda = h_stride,
            .m = o->units,
            .c = o->parameters->gradients + o->weight->offset,
            .ldc = o->weight->stride,
        }},
        .pair_count = 1,
        .b = o->logits,
        .ldb = o->logits_stride,
        .k = steps * o->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .column_sums = {o->parameters->gradients + o->bias->offset},
        .scratch = scratch,
    };
    o->kernels->outer_product(&p);
}
