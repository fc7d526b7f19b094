#include "nn/network.h"

#include "base/arena.h"
#include "kernels/dispatch.h"
#include "nn/layer.h"
#include "nn/output.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/*
 * The gradients of a few columns of weights. Each result is computed by one thread in one order, so
 * it does not matter by which. A thread first takes the pieces that it had the last time, because
 * their gradients are in its cache, and then what others have not begun.
 */
struct piece {
    size_t layer; /* the number of layers stands for the output */
    size_t n_begin, n_end;
    bool peephole;
    /* The number of the run that somebody took it in; each in a cache line of its own. */
    _Alignas(CHARNN_ALIGNMENT) atomic_size_t taken;
};

struct network {
    struct model *model;
    struct thread_pool *pool;
    struct network_plan plan;
    size_t layer_count;
    struct layer *layers;
    struct output output;
    struct piece *pieces;
    size_t piece_count;
    size_t span_steps; /* the most steps of a span */
    float *dy;         /* [span_steps][B][state stride]; gradient between the layers */
    float *scratch;    /* per thread, for outer products */
    size_t state_slot; /* where the carried state is: 0, or the steps of the last window */
    size_t final_step; /* the last step of the last window, where its logits are */
    float scale;       /* of the last gradients */
    size_t run;        /* counts the runs in which pieces are taken */
    _Alignas(CHARNN_ALIGNMENT) atomic_size_t next_layer; /* to be packed */
};

/* What one call works on, for the threads: in spans of a few steps, each by all layers in turn. */
struct window {
    struct network *network;
    const int32_t *x, *y;
    size_t steps;
    const struct dropout *dropout;
    float scale;  /* 0: no gradients */
    bool scoring; /* logits and losses of every step, not only the last step's logits */
    size_t span;  /* the gradients of this one are taken, and the one before it goes backward */
};

static size_t gate_columns(const struct model *m) {
    return m->shape.cell->gates * m->hidden_stride;
}

static size_t window_spans(const struct window *w) {
    return span_count(w->steps, w->network->span_steps);
}

static struct span window_span(const struct window *w, size_t i, size_t index, size_t count) {
    const struct network *n = w->network;
    return span_at(i, w->steps, n->span_steps, n->plan.batch, index, count);
}

static size_t count_panels(size_t columns) {
    return (columns + CHARNN_PANEL - 1) / CHARNN_PANEL;
}

/* Pieces wide enough to share their input, and as many for each thread. */
static size_t piece_width(const struct network *n, size_t columns) {
    size_t threads = thread_pool_size(n->pool);
    size_t rounds =
        (columns + threads * CHARNN_OUTER_COLUMNS - 1) / (threads * CHARNN_OUTER_COLUMNS);
    return size_round_up((columns + rounds * threads - 1) / (rounds * threads), CHARNN_PANEL);
}

static void add_pieces(struct network *n, size_t layer, size_t begin, size_t end) {
    size_t width = begin < end ? piece_width(n, end - begin) : 1;
    for (size_t j = begin; j < end; j += width) {
        struct piece *p = &n->pieces[n->piece_count++];
        p->layer = layer;
        p->n_begin = j;
        p->n_end = end - j < width ? end : j + width;
    }
}

/* Large pieces first, so that the last ones to be taken even the threads out. */
static void list_pieces(struct network *n) {
    const struct model *m = n->model;
    for (size_t l = n->layer_count; l-- > 0;) {
        add_pieces(n, l, 0, n->layers[l].merged);
        add_pieces(n, l, n->layers[l].merged, n->layers[l].columns);
    }
    add_pieces(n, n->layer_count, 0, m->vocab_stride);
    for (size_t l = 0; m->shape.peephole && l < n->layer_count; l++) {
        struct piece *p = &n->pieces[n->piece_count++];
        p->layer = l;
        p->peephole = true;
    }
}

/* The network's memory, from the arena; run once to count and once to place. */
static struct network *lay_out(const struct model *m, const struct network_plan *plan,
                               size_t threads, struct arena *arena) {
    struct network counted = {0};
    struct network *placed = arena_take(arena, 1, sizeof *placed);
    struct network *n = placed != NULL ? placed : &counted;
    size_t layers = m->shape.layers;
    size_t span_steps = span_most_steps(m, plan->batch, plan->steps);
    struct layer *list = arena_take(arena, layers, sizeof *list);
    for (size_t l = 0; l < layers; l++) {
        struct layer counting;
        layer_init(list != NULL ? &list[l] : &counting, m, l, plan, span_steps, kernels_current(),
                   arena);
    }
    output_init(&n->output, m, plan, span_steps, kernels_current(), arena);
    if (plan->trainable) {
        size_t pieces =
            layers * (count_panels(gate_columns(m)) + 2) + count_panels(m->vocab_stride);
        n->dy =
            arena_take_floats(arena, span_steps, plan->batch, layer_row_stride(m->hidden_stride));
        n->scratch = arena_take_floats(arena, threads, CHARNN_OUTER_SCRATCH, 1);
        n->pieces = arena_take(arena, pieces, sizeof *n->pieces);
    }
    n->plan = *plan;
    n->layers = list;
    n->layer_count = layers;
    n->span_steps = span_steps;
    return placed;
}

bool network_better_plain(const struct model *model) {
    const size_t cache_floats = (4 << 20) / sizeof(float);
    return model->parameters.size > cache_floats;
}

size_t network_memory(const struct model *model, const struct network_plan *plan, size_t threads) {
    struct arena arena = {0};
    (void)lay_out(model, plan, threads, &arena);
    return arena.used;
}

enum status network_create(struct model *model, struct thread_pool *pool,
                           const struct network_plan *plan, struct network **network,
                           struct error *error) {
    assert(plan->batch >= 1 && plan->steps >= 1);
    assert(!plan->trainable || model->parameters.gradients != NULL);
    assert(!plan->plain || (plan->batch == 1 && !plan->trainable));
    *network = NULL;
    size_t threads = thread_pool_size(pool);
    size_t size = network_memory(model, plan, threads);
    void *block;
    if (memory_allocate(size, 1, "the network's activations", &block, error) != CHARNN_OK) {
        return error->status;
    }
    struct arena arena = {.block = block};
    struct network *n = lay_out(model, plan, threads, &arena);
    assert((void *)n == block);
    n->model = model;
    n->pool = pool;
    if (plan->trainable) {
        list_pieces(n);
    }
    network_update_weights(n);
    *network = n;
    return CHARNN_OK;
}

void network_destroy(struct network *network) {
    memory_free(network); /* the first thing in its own arena */
}

static void pack_task(void *context, size_t index, size_t count) {
    (void)index;
    (void)count;
    struct network *n = context;
    for (;;) {
        size_t l = atomic_fetch_add_explicit(&n->next_layer, 1, memory_order_relaxed);
        if (l > n->layer_count) {
            return;
        }
        if (l == n->layer_count) {
            output_pack(&n->output);
        } else {
            layer_pack(&n->layers[l]);
        }
    }
}

void network_update_weights(struct network *network) {
    atomic_store_explicit(&network->next_layer, 0, memory_order_relaxed);
    thread_pool_run(network->pool, pack_task, network);
}

void network_reset_state(struct network *n) {
    for (size_t l = 0; l < n->layer_count; l++) {
        struct layer *layer = &n->layers[l];
        size_t bytes = n->plan.batch * layer->state_stride * sizeof(float);
        memset(layer->h, 0, bytes);
        if (layer->c != NULL) {
            memset(layer->c, 0, bytes);
        }
    }
    n->state_slot = 0;
}

/* Row b of the carried state. */
static float *state_row(const struct network *n, size_t layer, int kind, size_t b) {
    const struct layer *l = &n->layers[layer];
    float *array = kind == CHARNN_STATE_C ? l->c : l->h;
    return array + (n->state_slot * n->plan.batch + b) * l->state_stride;
}

size_t network_state_kinds(const struct network *n) {
    return n->model->shape.cell->has_c ? CHARNN_STATE_C + 1 : CHARNN_STATE_H + 1;
}

void network_spread_state(const struct network *from, struct network *to) {
    size_t units = from->model->shape.hidden;
    size_t kinds = network_state_kinds(from);
    for (size_t i = 0; i < from->layer_count * kinds; i++) {
        const float *state = state_row(from, i / kinds, (int)(i % kinds), 0);
        for (size_t b = 0; b < to->plan.batch; b++) {
            memcpy(state_row(to, i / kinds, (int)(i % kinds), b), state, units * sizeof *state);
        }
    }
}

void network_move_states(struct network *n, const size_t *sources, size_t count, float *scratch) {
    size_t units = n->model->shape.hidden;
    size_t kinds = network_state_kinds(n);
    for (size_t i = 0; i < n->layer_count * kinds; i++) {
        size_t layer = i / kinds;
        int kind = (int)(i % kinds);
        for (size_t b = 0; b < count; b++) {
            memcpy(scratch + b * units, state_row(n, layer, kind, sources[b]),
                   units * sizeof *scratch);
        }
        for (size_t b = 0; b < count; b++) {
            memcpy(state_row(n, layer, kind, b), scratch + b * units, units * sizeof *scratch);
        }
    }
}

void network_get_state(const struct network *n, size_t layer, int kind, float *state) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        memcpy(state + b * units, state_row(n, layer, kind, b), units * sizeof *state);
    }
}

void network_set_state(struct network *n, size_t layer, int kind, const float *state) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        memcpy(state_row(n, layer, kind, b), state + b * units, units * sizeof *state);
    }
}

/* What a layer reads: the output of the one below. */
static const float *input_of(const struct network *n, size_t layer, bool dropout) {
    return layer > 0 ? layer_output(&n->layers[layer - 1], dropout) : NULL;
}

/* Everything that a thread can do for its own streams, without meeting another. */
static void forward_task(void *context, size_t index, size_t count) {
    const struct window *w = context;
    struct network *n = w->network;
    bool dropout = w->dropout != NULL;
    size_t stride = n->layers[0].state_stride;
    const float *top = input_of(n, n->layer_count, dropout);
    for (size_t i = 0; i < window_spans(w); i++) {
        struct span span = window_span(w, i, index, count);
        if (span.b_begin == span.b_end) {
            return;
        }
        for (size_t l = 0; l < n->layer_count; l++) {
            if (i == 0) {
                layer_carry(&n->layers[l], n->state_slot, span.b_begin, span.b_end);
            }
            layer_forward(&n->layers[l], w->x, input_of(n, l, dropout), stride, span, w->dropout);
        }
        if (w->scoring) {
            output_forward(&n->output, top, stride, span);
            output_loss(&n->output, w->y, w->scale, span);
        } else if (span.t_end == w->steps) {
            span.t_begin = span.t_end - 1;
            output_forward(&n->output, top, stride, span);
        }
    }
}

static void piece_gradients(const struct window *w, const struct piece *p, struct span span,
                            float *scratch) {
    struct network *n = w->network;
    size_t stride = n->layers[0].state_stride;
    const float *input = input_of(n, p->layer, w->dropout != NULL);
    if (p->peephole) {
        layer_peephole_gradients(&n->layers[p->layer], span);
    } else if (p->layer == n->layer_count) {
        output_gradients(&n->output, input, stride, span, p->n_begin, p->n_end, scratch);
    } else {
        layer_gradients(&n->layers[p->layer], w->x, input, stride, span, p->n_begin, p->n_end,
                        scratch);
    }
}

/* Every count-th piece from `first` on that nobody has taken in this run. */
static void take_pieces(const struct window *w, size_t first, size_t count, struct span span,
                        float *scratch) {
    struct network *n = w->network;
    for (size_t i = first; i < n->piece_count; i += count) {
        struct piece *p = &n->pieces[i];
        if (atomic_load_explicit(&p->taken, memory_order_relaxed) != n->run &&
            atomic_exchange_explicit(&p->taken, n->run, memory_order_relaxed) != n->run) {
            piece_gradients(w, p, span, scratch);
        }
    }
}

static void backward(const struct window *w, struct span span) {
    struct network *n = w->network;
    size_t stride = n->layers[0].state_stride;
    output_backward(&n->output, n->dy, stride, span);
    for (size_t l = n->layer_count; l-- > 0;) {
        if (span.t_end == w->steps) {
            layer_backward_begin(&n->layers[l], span.b_begin, span.b_end);
        }
        layer_backward(&n->layers[l], w->x, n->dy, stride, w->dropout != NULL, span);
    }
}

/*
 * First what all have to do for the span after this one, which has gone backward everywhere; then a
 * thread's own streams of this one. So threads meet once per span. Before the first span there is
 * nothing but gradients left.
 */
static void backward_task(void *context, size_t index, size_t count) {
    const struct window *w = context;
    struct network *n = w->network;
    if (w->span < window_spans(w)) {
        struct span span = window_span(w, w->span, index, count);
        float *scratch = n->scratch + index * CHARNN_OUTER_SCRATCH;
        take_pieces(w, index, count, span, scratch);
        take_pieces(w, 0, 1, span, scratch);
    }
    if (w->span > 0) {
        struct span span = window_span(w, w->span - 1, index, count);
        if (span.b_begin < span.b_end) {
            backward(w, span);
        }
    }
}

static void run_forward(struct window *w) {
    struct network *n = w->network;
    assert(w->steps >= 1 && w->steps <= n->plan.steps);
    thread_pool_run(n->pool, forward_task, w);
    n->state_slot = w->steps;
    n->final_step = w->steps - 1;
}

static void run_backward(struct window *w) {
    struct network *n = w->network;
    for (size_t i = window_spans(w) + 1; i-- > 0;) {
        w->span = i;
        n->run++;
        thread_pool_run(n->pool, backward_task, w);
    }
}

double network_train(struct network *n, const int32_t *x, const int32_t *y, size_t steps,
                     const struct dropout *dropout, float scale) {
    assert(n->plan.trainable && scale != 0.0F);
    assert(dropout == NULL || dropout->rate == 0 || n->plan.dropout);
    size_t count = steps * n->plan.batch;
    struct window w = {
        .network = n,
        .x = x,
        .y = y,
        .steps = steps,
        .dropout = dropout != NULL && dropout->rate > 0 ? dropout : NULL,
        .scale = scale / (float)count,
        .scoring = true,
    };
    run_forward(&w);
    run_backward(&w);
    n->scale = scale;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)n->output.loss[i];
    }
    return sum / (double)count;
}

void network_get_state_gradient(const struct network *n, size_t layer, int kind, float *gradient) {
    const struct layer *l = &n->layers[layer];
    const float *array = kind == CHARNN_STATE_C ? l->dc : l->dh;
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        for (size_t j = 0; j < units; j++) {
            gradient[b * units + j] = array[b * l->hidden + j] / n->scale;
        }
    }
}

void network_score(struct network *n, const int32_t *x, const int32_t *y, size_t steps,
                   float *nats) {
    struct window w = {.network = n, .x = x, .y = y, .steps = steps, .scoring = true};
    run_forward(&w);
    memcpy(nats, n->output.loss, steps * n->plan.batch * sizeof *nats);
}

void network_forward(struct network *n, const int32_t *x, size_t steps) {
    struct window w = {.network = n, .x = x, .steps = steps};
    run_forward(&w);
}

const float *network_logits(const struct network *n, size_t b) {
    return output_logits(&n->output, n->final_step, b);
}
