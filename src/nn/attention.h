/*
 * The attention head: each output of the top layer looks back at the outputs of the N steps before
 * it (Bahdanau, Cho & Bengio 2015; a single head as in Merity 2019, arXiv 1911.11423).
 *
 * Let y_t be the output of the top layer at step t, after dropout, and W_q, W_v matrices [H, H]:
 *
 *     s_tj = (W_q y_t) . y_j / sqrt(H)                for j = t-N .. t-1
 *     a_tj = e^s_tj / (1 + sum over i of e^s_ti)
 *     o_t  = y_t + W_v (sum over j of a_tj y_j)
 *
 * The decoder reads o_t. The 1 stands for a state of zeros: the head may look at nothing, as it
 * does before the first step. The product of a query matrix and a key matrix is one matrix, W_q, so
 * the keys are the outputs themselves. W_v maps the sum instead of each output, which is the same.
 * So the memory of a stream is its last N outputs. It is carried from window to window; no gradient
 * goes to the outputs of earlier windows. Reading the end symbol empties it.
 */
#ifndef CHARNN_NN_ATTENTION_H
#define CHARNN_NN_ATTENTION_H

#include "nn/linear.h"

struct attention {
    size_t reach; /* N; 0: there is no attention, and nothing below is set */
    const struct kernels *kernels;
    size_t batch, hidden; /* B, Hp */
    float factor;         /* 1 / sqrt(H) */
    bool has_end;
    int32_t end;

    struct linear query, value; /* W_q, W_v */
    struct rows memory;         /* [B][2 N + T]: outputs of a stream, one step after the other */
    float *keys;          /* [B][panels][Hp][CHARNN_PANEL]: the memory, transposed and packed */
    size_t panels;        /* of CHARNN_PANEL outputs */
    float *scores;        /* [B][rows of steps][columns of outputs], of one product */
    size_t before, begin; /* slot of the window's first step there: before it slides, after */
    size_t *held;         /* [T+1][B]: the outputs that a step sees; T: that the next sees */
    struct rows q;        /* W_q y; slots as gates, also below */
    struct rows weights;  /* of nothing, then of the outputs that the step sees, in order */
    struct rows context;  /* sum of a_tj y_j */
    struct rows out;      /* o */

    /* For gradients, [T]. */
    struct rows d_q, d_weights, d_context, d_out;
    float *column; /* [B][T]: what the steps of a window have to do with one output */
};

/* Fills `attention`, of a model that has it, and takes its memory from the arena, or only counts
 * it. `slots` as in layer_init(). */
void attention_init(struct attention *attention, const struct model *model,
                    const struct network_plan *plan, size_t slots, struct arena *arena);

/* Packs the weights; must follow every change of the model's values. */
void attention_pack(const struct attention *attention);

/* Begins a window of at most T steps after one of `steps` steps; then attention_carry() for all
 * streams. */
void attention_begin(struct attention *attention, size_t steps);
void attention_carry(struct attention *attention, size_t steps, size_t b_begin, size_t b_end);

/* Keeps the outputs `top` of the steps of a span, which read the ids x[T][B]. */
void attention_remember(struct attention *attention, const int32_t *x, const struct rows *top,
                        struct span span);

/* Computes o for the steps of a span, which have been remembered. */
void attention_look(struct attention *attention, const struct rows *top, struct span span);

/* Backward over a span of a window of `steps` steps: replaces the gradient of o in `dy` by that of
 * y. The spans after it have gone backward. */
void attention_backward(struct attention *attention, const struct rows *dy, struct span span,
                        size_t steps);

/* Adds to parameters->gradients what all streams of the span contribute to the columns [n_begin,
 * n_end) of W_q or, if `of_value`, W_v. */
void attention_gradients(struct attention *attention, bool of_value, const struct rows *top,
                         struct span span, size_t n_begin, size_t n_end, float *scratch);

/* After `steps` steps of a window: the outputs that stream b holds, and the output that is `age` >=
 * 1 steps old, [H]. */
static inline size_t *attention_held(const struct attention *attention, size_t steps, size_t b) {
    return attention->held + steps * attention->batch + b;
}

static inline float *attention_output(const struct attention *attention, size_t steps, size_t age,
                                      size_t b) {
    return rows_at(&attention->memory, b, attention->begin + steps - age);
}

/* Must follow a change of the outputs that stream b holds. */
void attention_pack_outputs(struct attention *attention, size_t steps, size_t b);

/* The age, as above, of the output with the most weight in step t for stream b, and this weight; 0
 * if nothing has more than each of them. */
size_t attention_strongest(const struct attention *attention, size_t t, size_t b, float *weight);

#endif
