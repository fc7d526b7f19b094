#include "nn/attention.h"

#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

/* The place of nothing among the weights of a step. */
enum { NOTHING = 1 };

/* The most outputs that CHARNN_ATTENTION_STEPS see, in whole panels. */
static size_t score_columns(const struct attention *a) {
    return size_round_up(a->reach + CHARNN_ATTENTION_STEPS, CHARNN_PANEL) + CHARNN_PANEL;
}

static void take_gradients(struct attention *a, const struct network_plan *plan,
                           struct arena *arena) {
    a->d_q = rows_take(arena, plan->steps, plan->batch, a->hidden);
    a->d_weights = rows_take(arena, plan->steps, plan->batch, a->weights.stride);
    a->d_context = rows_take(arena, plan->steps, plan->batch, a->hidden);
    a->d_out = rows_take(arena, plan->steps, plan->batch, a->hidden);
    a->column = arena_take_floats(arena, plan->batch, plan->steps, 1);
}

void attention_init(struct attention *attention, const struct model *model,
                    const struct network_plan *plan, size_t slots, struct arena *arena) {
    struct attention *a = attention;
    const struct model_shape *shape = &model->shape;
    size_t hidden = model->hidden_stride;
    *a = (struct attention){
        .reach = shape->attention,
        .kernels = kernels_current(),
        .batch = plan->batch,
        .hidden = hidden,
        .factor = (float)(1 / sqrt((double)shape->hidden)),
        .has_end = shape->has_end,
        .end = shape->end,
        .begin = shape->attention,
    };
    struct network_plan exact = *plan;
    exact.rounded = false;
    linear_init(&a->query, model, model_attention_query(model), hidden, &exact, arena);
    linear_init(&a->value, model, model_attention_value(model), hidden, &exact, arena);
    a->memory = rows_take(arena, plan->batch, 2 * a->reach + plan->steps, hidden);
    a->panels = size_round_up(2 * a->reach + plan->steps, CHARNN_PANEL) / CHARNN_PANEL;
    a->keys = arena_take_floats(arena, plan->batch, a->panels, hidden * CHARNN_PANEL);
    a->scores = arena_take_floats(arena, plan->batch, CHARNN_ATTENTION_STEPS, score_columns(a));
    a->held = arena_take(arena, (plan->steps + 1) * plan->batch, sizeof *a->held);
    a->q = rows_take(arena, slots, plan->batch, hidden);
    a->weights =
        rows_take(arena, slots, plan->batch, size_round_up(NOTHING + a->reach, CHARNN_LANES));
    a->context = rows_take(arena, slots, plan->batch, hidden);
    a->out = rows_take(arena, slots, plan->batch, hidden);
    if (plan->trainable) {
        take_gradients(a, plan, arena);
    }
}

void attention_pack(const struct attention *a) {
    linear_pack(&a->query);
    linear_pack(&a->value);
}

/* ---- the memory ------------------------------------------------------------------------------ */

/* The keys of stream b from a panel on. */
static float *keys_at(const struct attention *a, size_t panel, size_t b) {
    return a->keys + (b * a->panels + panel) * a->hidden * CHARNN_PANEL;
}

static void pack_output(const struct attention *a, size_t slot, size_t b) {
    const float *output = rows_at(&a->memory, b, slot);
    float *column = keys_at(a, slot / CHARNN_PANEL, b) + slot % CHARNN_PANEL;
    for (size_t j = 0; j < a->hidden; j++) {
        column[j * CHARNN_PANEL] = output[j];
    }
}

void attention_pack_outputs(struct attention *a, size_t steps, size_t b) {
    for (size_t slot = a->begin + steps - a->reach; slot < a->begin + steps; slot++) {
        pack_output(a, slot, b);
    }
}

/* The window follows the last one in the memory, as long as there is room. */
void attention_begin(struct attention *a, size_t steps) {
    size_t last = 2 * a->reach; /* from which on a window of T steps has room */
    a->before = a->begin + steps;
    a->begin = a->before <= last ? a->before : a->reach;
}

void attention_carry(struct attention *a, size_t steps, size_t b_begin, size_t b_end) {
    for (size_t b = b_begin; b < b_end; b++) {
        *attention_held(a, 0, b) = *attention_held(a, steps, b);
        if (a->begin != a->before) {
            memcpy(rows_at(&a->memory, b, 0), rows_at(&a->memory, b, a->before - a->reach),
                   a->reach * a->memory.stride * sizeof(float));
            attention_pack_outputs(a, 0, b);
        }
    }
}

void attention_remember(struct attention *a, const int32_t *x, const struct rows *top,
                        struct span span) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        for (size_t b = span.b_begin; b < span.b_end; b++) {
            size_t *held = attention_held(a, t, b);
            if (a->has_end && x[t * a->batch + b] == a->end) {
                *held = 0;
            }
            *attention_held(a, t + 1, b) = *held < a->reach ? *held + 1 : *held;
            memcpy(rows_at(&a->memory, b, a->begin + t), rows_at(top, t, b),
                   a->hidden * sizeof(float));
            pack_output(a, a->begin + t, b);
        }
    }
}

/* The oldest output that step t sees. */
static const float *oldest(const struct attention *a, size_t t, size_t b) {
    return attention_output(a, t, *attention_held(a, t, b), b);
}

/* Multiplies the rows of `from` of at most CHARNN_ATTENTION_STEPS steps by the outputs that each
 * step sees, into its row of `to`, a row like the weights. */
static void multiply_by_outputs(const struct attention *a, const struct rows *from,
                                const struct rows *to, size_t t_begin, size_t t_end, size_t b) {
    size_t width = score_columns(a);
    size_t panel = (a->begin + t_begin - a->reach) / CHARNN_PANEL;
    size_t first = panel * CHARNN_PANEL;
    float *scores = a->scores + b * CHARNN_ATTENTION_STEPS * width;
    const struct product p = {
        .a = rows_at(from, t_begin, b),
        .lda = a->batch * from->stride,
        .b = keys_at(a, panel, b),
        .c = scores,
        .ldc = width,
        .repeats = 1,
        .m = t_end - t_begin,
        .n = size_round_up(a->begin + t_end - 1 - first, CHARNN_PANEL),
        .k = a->hidden,
    };
    a->kernels->product(&p);
    for (size_t t = t_begin; t < t_end; t++, scores += width) {
        size_t held = *attention_held(a, t, b);
        memcpy(rows_at(to, t, b) + NOTHING, scores + (a->begin + t - held - first),
               held * sizeof *scores);
    }
}

/* The same for all steps of a span. */
static void multiply_span_by_outputs(const struct attention *a, const struct rows *from,
                                     const struct rows *to, struct span span, size_t b) {
    for (size_t t = span.t_begin; t < span.t_end; t += CHARNN_ATTENTION_STEPS) {
        size_t end =
            t + CHARNN_ATTENTION_STEPS < span.t_end ? t + CHARNN_ATTENTION_STEPS : span.t_end;
        multiply_by_outputs(a, from, to, t, end, b);
    }
}

/* out = sum over i of factors[i] rows[i], added to what `out` held if `add`. */
static void add_up(const struct attention *a, const float *factors, size_t count, const float *rows,
                   size_t stride, bool add, float *out) {
    const struct product p = {
        .a = factors,
        .b = rows,
        .ldb = stride,
        .start = add ? out : NULL,
        .c = out,
        .repeats = 1,
        .m = 1,
        .n = a->hidden,
        .k = count,
    };
    a->kernels->product(&p);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* From the scores of step t, in its weights. */
static void look(const struct attention *a, size_t t, size_t b) {
    size_t held = *attention_held(a, t, b);
    float *weights = rows_at(&a->weights, t, b);
    weights[0] = 0;
    a->kernels->softmax(weights, NOTHING + held, a->factor);
    add_up(a, weights + NOTHING, held, oldest(a, t, b), a->memory.stride, false,
           rows_at(&a->context, t, b));
}

void attention_look(struct attention *a, const struct rows *top, struct span span) {
    linear_forward(&a->query, top, NULL, &a->q, span);
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        multiply_span_by_outputs(a, &a->q, &a->weights, span, b);
        for (size_t t = span.t_begin; t < span.t_end; t++) {
            look(a, t, b);
        }
    }
    linear_forward(&a->value, &a->context, NULL, &a->out, span);
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        for (size_t b = span.b_begin; b < span.b_end; b++) {
            a->kernels->add(rows_at(top, t, b), a->hidden, rows_at(&a->out, t, b));
        }
    }
}

size_t attention_strongest(const struct attention *a, size_t t, size_t b, float *weight) {
    const float *weights = rows_at(&a->weights, t, b);
    size_t held = *attention_held(a, t, b);
    size_t best = 0;
    for (size_t i = NOTHING; i < NOTHING + held; i++) {
        best = weights[i] > weights[best] ? i : best;
    }
    *weight = weights[best];
    return best > 0 ? NOTHING + held - best : 0;
}

/* ---- backward -------------------------------------------------------------------------------- */

/* From the gradients of the weights of step t, in d_weights: those of its scores, and of its query.
 */
static void look_backward(const struct attention *a, size_t t, size_t b) {
    size_t held = *attention_held(a, t, b);
    float *d = rows_at(&a->d_weights, t, b);
    size_t padded = size_round_up(NOTHING + held, CHARNN_LANES);
    d[0] = 0;
    memset(d + NOTHING + held, 0, (padded - NOTHING - held) * sizeof *d);
    a->kernels->softmax_gradient(rows_at(&a->weights, t, b), padded, a->factor, d);
    add_up(a, d + NOTHING, held, oldest(a, t, b), a->memory.stride, false, rows_at(&a->d_q, t, b));
}

/* Adds the sum over the steps after step j that see its output: what `per_output` has of it, a row
 * like the weights, times the step's row of `from`. */
static void add_from_later(const struct attention *a, const struct rows *per_output,
                           const struct rows *from, size_t j, size_t b, size_t steps, float *out) {
    float *column = a->column + b * steps;
    size_t count = 0;
    for (size_t t = j + 1; t < steps && *attention_held(a, t, b) >= t - j; t++) {
        size_t place = NOTHING + *attention_held(a, t, b) - (t - j);
        column[count++] = rows_at(per_output, t, b)[place];
    }
    if (count > 0) {
        add_up(a, column, count, rows_at(from, j + 1, b), a->batch * from->stride, true, out);
    }
}

void attention_backward(struct attention *a, const struct rows *dy, struct span span,
                        size_t steps) {
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        for (size_t b = span.b_begin; b < span.b_end; b++) {
            memcpy(rows_at(&a->d_out, t, b), rows_at(dy, t, b), a->hidden * sizeof(float));
        }
    }
    linear_backward(&a->value, &a->d_out, &a->d_context, span, false);
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        multiply_span_by_outputs(a, &a->d_context, &a->d_weights, span, b);
        for (size_t t = span.t_begin; t < span.t_end; t++) {
            look_backward(a, t, b);
        }
    }
    linear_backward(&a->query, &a->d_q, dy, span, true);
    for (size_t b = span.b_begin; b < span.b_end; b++) {
        for (size_t t = span.t_begin; t < span.t_end; t++) {
            add_from_later(a, &a->d_weights, &a->q, t, b, steps, rows_at(dy, t, b));
            add_from_later(a, &a->weights, &a->d_context, t, b, steps, rows_at(dy, t, b));
        }
    }
}

void attention_gradients(struct attention *a, bool of_value, const struct rows *top,
                         struct span span, size_t n_begin, size_t n_end, float *scratch) {
    const struct rows *d = of_value ? &a->d_out : &a->d_q;
    const struct outer_product p = {
        .pairs = {of_value ? linear_gradient(&a->value, &a->context, span)
                           : linear_gradient(&a->query, top, span)},
        .pair_count = 1,
        .b = rows_at(d, span.t_begin, 0),
        .ldb = d->stride,
        .k = (span.t_end - span.t_begin) * a->batch,
        .n_begin = n_begin,
        .n_end = n_end,
        .scratch = scratch,
    };
    a->kernels->outer_product(&p);
}
