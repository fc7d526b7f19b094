/* Running a network over a window, forward and backward; contracts in network.h. */
#include "base/clock.h"
#include "nn/layer_penalties.h"
#include "nn/network.h"
#include "nn/network_internal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What the threads work on during one call. */
struct window {
    struct network *network;
    const int32_t *x, *y;
    struct spans spans;            /* set by run_forward() */
    const struct dropout *dropout; /* or NULL */
    float scale;                   /* 0: no gradients */
    bool scoring; /* logits and losses of every step; else only the logits of the last */
    /* The gradients of the spans [begin, end) are summed, the last span first, while the span
     * before them goes backward. */
    size_t begin, end;
    const struct network_watch *watch; /* or NULL */
};

/* ---- the watch ------------------------------------------------------------------------------- */

void network_set_watch(struct network *n, const struct network_watch *watch) {
    n->watch = watch;
}

bool network_stopped(const struct network *n) {
    return atomic_load(&n->stopped);
}

void network_set_penalties(struct network *n, const struct penalties *penalties) {
    n->penalties = *penalties;
}

/* The parts of a call for one span and direction: the layers and the decoder. Forward, backward and
 * weight gradients have the same number of operations. */
static size_t parts_of_span(const struct network *n) {
    return n->layer_count + 1;
}

static bool is_frozen(const struct network *n) {
    return n->model->parameters.frozen > 0;
}

/* Tells the watch of `more` parts that are done, and of a share of the next ones. */
static void tell(const struct window *w, size_t more, double share) {
    struct network *n = w->network;
    double directions = w->scale == 0.0F ? 1 : is_frozen(n) ? 2 : 3;
    double whole = directions * (double)(span_count(w->spans) * parts_of_span(n));
    n->parts += more;
    if (!network_stopped(n) &&
        !w->watch->goes_on(w->watch->context, ((double)n->parts + share) / whole)) {
        atomic_store(&n->stopped, true);
    }
}

/* After a part of the work of thread `index`. Whether the work goes on. */
static bool goes_on(const struct window *w, size_t index) {
    if (w->watch == NULL) {
        return true;
    }
    if (index == 0) { /* the caller's thread */
        tell(w, 1, 0);
    }
    return !atomic_load(&w->network->stopped);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* What a layer reads: the output of the layer below. Layer 0 reads the ids. */
static struct rows input_of(const struct window *w, size_t layer) {
    const struct layer *layers = w->network->layers;
    return layer > 0 ? layer_output(&layers[layer - 1], w->dropout) : (struct rows){0};
}

/* The logits of a span from the output of the top layer. */
static void decode(struct network *n, const struct rows *top, struct span span) {
    const float *bias = parameter_value(&n->model->parameters, model_decoder_bias(n->model));
    if (n->attention.reach > 0) {
        attention_look(&n->attention, top, span);
        top = &n->attention.out;
    }
    linear_forward(&n->decoder, top, bias, &n->logits, span);
}

/* Hands the output of the top layer to the attention. */
static void remember(const struct window *w, bool first, struct span span) {
    struct network *n = w->network;
    const struct rows top = input_of(w, n->layer_count);
    if (first) {
        attention_carry(&n->attention, n->state_slot, span.b_begin, span.b_end);
    }
    attention_remember(&n->attention, w->x, &top, span);
}

/* loss[t][b] of a span. The logits become their gradient, or undefined if scale is 0. */
static void softmax_loss(const struct window *w, struct span span) {
    struct network *n = w->network;
    for (size_t t = span.t_begin; t < span.t_end; t++) {
        size_t first = t * n->plan.batch + span.b_begin;
        n->decoder.kernels->cross_entropy(rows_at(&n->logits, t, span.b_begin), n->logits.stride,
                                          span.b_end - span.b_begin, n->model->shape.vocab,
                                          w->y + first, w->scale, n->loss + first);
    }
}

/* The whole forward pass of share `index` of `count` of the streams. The threads of `pool`, if it
 * is not NULL, share the columns of its products. */
static void forward_streams(const struct window *w, size_t index, size_t count,
                            struct thread_pool *pool) {
    struct network *n = w->network;
    const struct rows top = input_of(w, n->layer_count);
    for (size_t i = 0; i < span_count(w->spans); i++) {
        struct span span = span_at(w->spans, i, index, count);
        if (span.b_begin == span.b_end) {
            return;
        }
        span.pool = pool;
        for (size_t l = 0; l < n->layer_count; l++) {
            const struct rows input = input_of(w, l);
            if (i == 0) {
                layer_carry(&n->layers[l], n->state_slot, span.b_begin, span.b_end);
            }
            layer_forward(&n->layers[l], w->x, &input, span, w->dropout);
            if (!goes_on(w, index)) {
                return;
            }
        }
        if (n->attention.reach > 0) {
            remember(w, i == 0, span);
        }
        if (w->scoring) {
            decode(n, &top, span);
            softmax_loss(w, span);
            if (!goes_on(w, index)) {
                return;
            }
        } else if (span.t_end == w->spans.steps) {
            span.t_begin = span.t_end - 1;
            decode(n, &top, span);
        }
    }
}

static void forward_task(void *context, size_t index, size_t count) {
    forward_streams(context, index, count, NULL);
}

/* All streams, with the threads sharing the columns of the products, or by the caller alone if that
 * is faster, as it is if another process has one of the processors. */
static void forward_columns(const struct window *w) {
    struct network *n = w->network;
    size_t steps = w->spans.steps;
    /* Several steps read the weights of inputs once, so they are another kind of work. */
    bool alone = faster_way(&n->faster, steps > 1) == 1;
    double begun = clock_seconds();
    forward_streams(w, 0, 1, alone ? NULL : n->pool);
    faster_tell(&n->faster, clock_seconds() - begun, steps);
}

static void run_forward(struct window *w, size_t steps) {
    struct network *n = w->network;
    assert(steps >= 1 && steps <= n->plan.steps);
    w->spans = n->spans;
    w->spans.steps = steps;
    n->parts = 0;
    if (n->attention.reach > 0) {
        attention_begin(&n->attention, n->state_slot);
    }
    atomic_store(&n->stopped, false);
    if (n->shares_columns) {
        forward_columns(w);
    } else {
        thread_pool_run(n->pool, forward_task, w);
    }
    n->state_slot = steps;
}

/* ---- backward -------------------------------------------------------------------------------- */

static void decoder_gradients(struct network *n, const struct rows *top, struct span span,
                              const struct piece *piece, float *scratch) {
    struct outer_product p = {
        .pairs = {linear_gradient(&n->decoder, top, span)},
        .pair_count = 1,
        .b = rows_at(&n->logits, span.t_begin, 0),
        .ldb = n->logits.stride,
        .k = (span.t_end - span.t_begin) * n->plan.batch,
        .n_begin = piece->n_begin,
        .n_end = piece->n_end,
        .column_sums = {parameter_gradient(&n->model->parameters, model_decoder_bias(n->model))},
        .scratch = scratch,
        .rounded = n->plan.rounded,
    };
    n->decoder.kernels->outer_product(&p);
}

static bool tells_layers(const struct window *w) {
    return w->watch != NULL && w->watch->layer_done != NULL;
}

/* Tells the watch of layers whose pieces are all done, in the order of the pieces. */
static void tell_layers(const struct window *w) {
    struct network *n = w->network;
    while (n->pieces_done < n->piece_count &&
           atomic_load(&n->pieces[n->pieces_done].done) == n->round) {
        size_t layer = n->pieces[n->pieces_done++].layer;
        bool last = n->pieces_done == n->piece_count || n->pieces[n->pieces_done].layer != layer;
        if (last && layer < n->layer_count) {
            w->watch->layer_done(w->watch->context, layer);
        }
    }
}

/* What a span adds to the gradients of a piece. */
static void span_gradients(const struct window *w, const struct piece *p, struct span span,
                           float *scratch) {
    struct network *n = w->network;
    const struct rows input = input_of(w, p->layer < n->layer_count ? p->layer : n->layer_count);
    if (p->layer < n->layer_count) {
        layer_gradients(&n->layers[p->layer], w->x, &input, span, p->n_begin, p->n_end, scratch);
    } else if (p->layer == n->layer_count) {
        decoder_gradients(n, n->attention.reach > 0 ? &n->attention.out : &input, span, p, scratch);
    } else {
        attention_gradients(&n->attention, p->layer > n->layer_count + 1, &input, span, p->n_begin,
                            p->n_end, scratch);
    }
}

static void piece_gradients(const struct window *w, struct piece *p, float *scratch) {
    struct network *n = w->network;
    for (size_t i = w->end; i-- > w->begin;) {
        span_gradients(w, p, span_at(w->spans, i, 0, 1), scratch);
    }
    atomic_store(&p->done, n->round);
}

/* Takes every step-th piece from `first` on that is still free in this round. Thread 0 tells the
 * watch, as if the other threads were as far. */
static void take_pieces(const struct window *w, size_t index, size_t count, size_t first,
                        size_t step) {
    struct network *n = w->network;
    float *scratch = n->scratch + index * n->scratch_floats;
    size_t parts = (w->end - w->begin) * parts_of_span(n);
    for (size_t i = first; i < n->piece_count && !network_stopped(n); i += step) {
        bool learns = !is_frozen(n) || n->pieces[i].layer == n->layer_count;
        if (learns && piece_take(&n->pieces[i], n->round)) {
            piece_gradients(w, &n->pieces[i], scratch);
        }
        if (w->watch != NULL && index == 0 && step == count) {
            tell(w, 0, (double)(parts * i) / (double)n->piece_count);
        }
        if (tells_layers(w) && index == 0 && w->begin == 0) {
            tell_layers(w);
        }
    }
}

static void backward(const struct window *w, size_t index, struct span span) {
    struct network *n = w->network;
    const struct rows top = input_of(w, n->layer_count);
    linear_backward(&n->decoder, &n->logits, &n->dy, span, false);
    if (n->attention.reach > 0) {
        attention_backward(&n->attention, &n->dy, span, w->spans.steps);
    }
    penalties_add_activation(&n->layers[n->layer_count - 1], &top, span, &n->dy);
    for (size_t l = n->layer_count; l-- > 0 && goes_on(w, index);) {
        if (span.t_end == w->spans.steps) {
            layer_clear_state_gradient(&n->layers[l], span.b_begin, span.b_end);
        }
        layer_backward(&n->layers[l], w->x, &n->dy, span, w->dropout);
    }
    (void)goes_on(w, index);
}

/* One round of the backward pass. All threads share the gradients of spans that have gone backward
 * for all streams. Then each thread takes its own streams of the span before them backward. So
 * threads wait for each other only once per span. */
static void backward_task(void *context, size_t index, size_t count) {
    const struct window *w = context;
    struct network *n = w->network;
    if (w->begin < w->end) {
        take_pieces(w, index, count, index, count);
        if (count > 1) {
            take_pieces(w, index, count, 0, 1);
        }
        if (w->watch != NULL && index == 0) {
            tell(w, (w->end - w->begin) * parts_of_span(n), 0);
        }
    }
    if (w->begin > 0 && !is_frozen(n) && !atomic_load(&n->stopped)) {
        struct span span = span_at(w->spans, w->begin - 1, index, count);
        if (span.b_begin < span.b_end) {
            backward(w, index, span);
        }
    }
}

/* Gradients of a span are summed while they are in the cache. But if the watch hears of layers, all
 * spans are summed at the end, layer by layer: so the work of all lower layers follows a layer. */
static void run_backward(struct window *w) {
    struct network *n = w->network;
    size_t spans = span_count(w->spans);
    bool by_layers = tells_layers(w);
    n->pieces_done = 0;
    for (size_t i = spans + 1; i-- > 0 && !network_stopped(n);) {
        w->begin = i;
        w->end = i < spans ? i + 1 : spans;
        if (by_layers) {
            w->end = i > 0 ? i : spans;
        }
        n->round++;
        thread_pool_run(n->pool, backward_task, w);
    }
    if (by_layers && !network_stopped(n)) {
        tell_layers(w);
    }
}

double network_train(struct network *n, const int32_t *x, const int32_t *y, size_t steps,
                     const struct dropout *dropout, float scale) {
    assert(n->plan.trainable && scale != 0.0F);
    for (enum dropout_kind kind = 0; kind < CHARNN_DROPOUTS; kind++) {
        assert(!dropout_drops(dropout, kind) || n->plan.dropout[kind]);
    }
    size_t count = steps * n->plan.batch;
    struct window w = {
        .network = n,
        .x = x,
        .y = y,
        .dropout = dropout,
        .scale = scale / (float)count,
        .scoring = true,
        .watch = n->watch,
    };
    for (size_t l = 0; l < n->layer_count; l++) {
        n->layers[l].penalties = penalties_of_layer(&n->penalties, &n->layers[l],
                                                    l + 1 == n->layer_count, steps, w.scale);
    }
    run_forward(&w, steps);
    run_backward(&w);
    double sum = network_stopped(n) ? NAN : 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)n->loss[i];
    }
    return sum / (double)count;
}

void network_score(struct network *n, const int32_t *x, const int32_t *y, size_t steps,
                   float *nats) {
    struct window w = {.network = n, .x = x, .y = y, .scoring = true, .watch = n->watch};
    run_forward(&w, steps);
    memcpy(nats, n->loss, steps * n->plan.batch * sizeof *nats);
}

void network_forward(struct network *n, const int32_t *x, size_t steps) {
    struct window w = {.network = n, .x = x};
    run_forward(&w, steps);
}

const float *network_logits(const struct network *n, size_t b) {
    return rows_at(&n->logits, n->state_slot - 1, b);
}

size_t network_look(const struct network *n, size_t b, float *weight) {
    *weight = 0;
    return n->attention.reach > 0 ? attention_strongest(&n->attention, n->state_slot - 1, b, weight)
                                  : 0;
}
