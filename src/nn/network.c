#include "nn/network.h"

#include "base/arena.h"
#include "kernels/kernels.h"
#include "nn/layer.h"
#include "nn/output.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/*
 * The work between the passes over the streams: packing a layer, or the gradients of a few columns
 * of weights. Threads take pieces from a shared counter; each result is computed by one thread in
 * one order, so it does not matter which.
 */
struct piece {
    size_t layer; /* the number of layers stands for the output */
    size_t n_begin, n_end;
    bool peephole;
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
    float *dy;         /* [T][B][state stride]; gradient between the layers */
    float *scratch;    /* per thread, for outer products */
    size_t state_slot; /* where the carried state is: 0, or the steps of the last window */
    size_t final_step; /* steps of the last window; its logits are at final_step - 1 */
    float scale;       /* of the last gradients */
    _Alignas(CHARNN_ALIGNMENT) atomic_size_t next_piece;
};

enum { SCRATCH_FLOATS = CHARNN_K_BLOCK * CHARNN_OUTER_COLUMNS };

/* What one call works on, for the threads. */
struct window {
    struct network *network;
    const int32_t *x, *y;
    size_t steps;
    const struct dropout *dropout;
    float scale;  /* 0: no gradients */
    bool scoring; /* logits and losses of every step, not only the last step's logits */
};

static size_t gate_columns(const struct model *m) {
    return m->shape.cell->gates * m->hidden_stride;
}

static size_t count_panels(size_t columns) {
    return (columns + CHARNN_PANEL - 1) / CHARNN_PANEL;
}

/* Pieces wide enough to share their input, and so many that the threads come out even. */
static size_t piece_width(const struct network *n, size_t columns) {
    size_t width = size_round_up(columns / (4 * thread_pool_size(n->pool)) + 1, CHARNN_PANEL);
    return width < CHARNN_OUTER_COLUMNS ? width : CHARNN_OUTER_COLUMNS;
}

static void add_pieces(struct network *n, size_t layer, size_t columns) {
    size_t width = piece_width(n, columns);
    for (size_t j = 0; j < columns; j += width) {
        size_t end = columns - j < width ? columns : j + width;
        n->pieces[n->piece_count++] = (struct piece){.layer = layer, .n_begin = j, .n_end = end};
    }
}

/* Large pieces first, so that the last ones to be taken even the threads out. */
static void list_pieces(struct network *n) {
    const struct model *m = n->model;
    for (size_t l = n->layer_count; l-- > 0;) {
        add_pieces(n, l, gate_columns(m));
    }
    add_pieces(n, n->layer_count, m->vocab_stride);
    for (size_t l = 0; m->shape.peephole && l < n->layer_count; l++) {
        n->pieces[n->piece_count++] = (struct piece){.layer = l, .peephole = true};
    }
}

/* The network's memory, from the arena; run once to count and once to place. */
static struct network *lay_out(const struct model *m, const struct network_plan *plan,
                               size_t threads, struct arena *arena) {
    struct network counted = {0};
    struct network *placed = arena_take(arena, 1, sizeof *placed);
    struct network *n = placed != NULL ? placed : &counted;
    size_t layers = m->shape.layers;
    struct layer *list = arena_take(arena, layers, sizeof *list);
    for (size_t l = 0; l < layers; l++) {
        struct layer counting;
        layer_init(list != NULL ? &list[l] : &counting, m, l, plan, kernels_current(), arena);
    }
    output_init(&n->output, m, plan, kernels_current(), arena);
    if (plan->trainable) {
        size_t pieces =
            layers * (count_panels(gate_columns(m)) + 1) + count_panels(m->vocab_stride);
        n->dy =
            arena_take_floats(arena, plan->steps, plan->batch, layer_row_stride(m->hidden_stride));
        n->scratch = arena_take_floats(arena, threads, SCRATCH_FLOATS, 1);
        n->pieces = arena_take(arena, pieces, sizeof *n->pieces);
    }
    n->plan = *plan;
    n->layers = list;
    n->layer_count = layers;
    return placed;
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
        size_t l = atomic_fetch_add_explicit(&n->next_piece, 1, memory_order_relaxed);
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
    atomic_store_explicit(&network->next_piece, 0, memory_order_relaxed);
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

static void backward(const struct window *w, size_t b_begin, size_t b_end) {
    struct network *n = w->network;
    size_t stride = n->layers[0].state_stride;
    output_backward(&n->output, n->dy, stride, w->steps, b_begin, b_end);
    for (size_t l = n->layer_count; l-- > 0;) {
        layer_backward(&n->layers[l], n->dy, stride, w->steps, w->dropout != NULL, b_begin, b_end);
    }
}

/* Everything that a thread can do for its own streams, without meeting another. */
static void streams_task(void *context, size_t index, size_t count) {
    const struct window *w = context;
    struct network *n = w->network;
    size_t b_begin;
    size_t b_end;
    thread_pool_share(n->plan.batch, 1, index, count, &b_begin, &b_end);
    if (b_begin == b_end) {
        return;
    }
    bool dropout = w->dropout != NULL;
    size_t stride = n->layers[0].state_stride;
    for (size_t l = 0; l < n->layer_count; l++) {
        layer_carry(&n->layers[l], n->state_slot, b_begin, b_end);
        layer_forward(&n->layers[l], w->x, input_of(n, l, dropout), stride, w->steps, w->dropout,
                      b_begin, b_end);
    }
    const float *top = input_of(n, n->layer_count, dropout);
    output_forward(&n->output, top, stride, w->scoring ? 0 : w->steps - 1, w->steps, b_begin,
                   b_end);
    if (w->scoring) {
        output_loss(&n->output, w->y, w->steps, w->scale, b_begin, b_end);
    }
    if (w->scale != 0.0F) {
        backward(w, b_begin, b_end);
    }
}

static void gradients_task(void *context, size_t index, size_t count) {
    (void)count;
    const struct window *w = context;
    struct network *n = w->network;
    bool dropout = w->dropout != NULL;
    float *scratch = n->scratch + index * SCRATCH_FLOATS;
    size_t stride = n->layers[0].state_stride;
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&n->next_piece, 1, memory_order_relaxed);
        if (i >= n->piece_count) {
            return;
        }
        const struct piece *p = &n->pieces[i];
        if (p->peephole) {
            layer_peephole_gradients(&n->layers[p->layer], w->steps);
        } else if (p->layer == n->layer_count) {
            output_gradients(&n->output, input_of(n, p->layer, dropout), stride, w->steps,
                             p->n_begin, p->n_end, scratch);
        } else {
            layer_gradients(&n->layers[p->layer], w->x, input_of(n, p->layer, dropout), stride,
                            w->steps, p->n_begin, p->n_end, scratch);
        }
    }
}

static void run_streams(struct window *w) {
    struct network *n = w->network;
    assert(w->steps >= 1 && w->steps <= n->plan.steps);
    thread_pool_run(n->pool, streams_task, w);
    n->state_slot = w->steps;
    n->final_step = w->steps - 1;
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
    run_streams(&w);
    n->scale = scale;
    atomic_store_explicit(&n->next_piece, 0, memory_order_relaxed);
    thread_pool_run(n->pool, gradients_task, &w);
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
    run_streams(&w);
    memcpy(nats, n->output.loss, steps * n->plan.batch * sizeof *nats);
}

void network_forward(struct network *n, const int32_t *x, size_t steps) {
    struct window w = {.network = n, .x = x, .steps = steps};
    run_streams(&w);
}

const float *network_logits(const struct network *n, size_t b) {
    return n->output.logits + (n->final_step * n->plan.batch + b) * n->output.logits_stride;
}
