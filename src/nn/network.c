#include "nn/network.h"

#include "nn/network_internal.h"

#include <assert.h>

/* The memory of a network, from the arena: called once to count and once to place. */
bool network_prefers_unpacked(const struct model *model) {
    const size_t cache_floats = (4 << 20) / sizeof(float);
    return model->parameters.size > cache_floats;
}

/* Bytes of weights per thread from which on the columns are shared, measured with caches of 2 MB
 * for each core: two threads are as fast as one with 1.2 MB of weights, 1.4 times with 1.7 MB,
 * twice with 2 MB. Streams: up to which sharing them is slower, for weights of 3 to 13 MB. */
enum { COLUMN_BYTES = 768 << 10, COLUMN_STREAMS = 16 };

static size_t column_threads(const struct model *model) {
    return model->parameters.size / (COLUMN_BYTES / sizeof(float));
}

bool network_shares_columns(const struct model *model, size_t batch) {
    return batch <= COLUMN_STREAMS && column_threads(model) > 1;
}

size_t network_useful_threads(const struct model *model, size_t batch, size_t threads) {
    size_t useful = batch;
    if (network_shares_columns(model, batch)) {
        size_t processors = thread_pool_default_size();
        useful = column_threads(model) < processors ? column_threads(model) : processors;
    }
    return threads < useful ? threads : useful;
}

/* As wide as an outer product packs at a time. */
static size_t widest_piece(const struct network_plan *plan) {
    return plan->rounded ? CHARNN_PAIR_COLUMNS : CHARNN_OUTER_COLUMNS;
}

static struct network *lay_out(const struct model *m, const struct network_plan *plan,
                               size_t threads, struct arena *arena) {
    struct network counted = {0};
    struct network *placed = arena_take(arena, 1, sizeof *placed);
    struct network *n = placed != NULL ? placed : &counted;
    n->plan = *plan;
    n->shares_columns = threads > 1 && !plan->trainable && network_shares_columns(m, plan->batch);
    n->plan.sharers = n->shares_columns ? threads : 1;
    n->layer_count = m->shape.layers;
    n->spans = spans_for(m, plan);
    n->layers = arena_take(arena, n->layer_count, sizeof *n->layers);
    size_t slots = plan->trainable || plan->observed ? plan->steps : n->spans.most;
    for (size_t l = 0; l < n->layer_count; l++) {
        struct layer counting;
        layer_init(n->layers != NULL ? &n->layers[l] : &counting, m, l, &n->plan, slots, arena);
    }
    if (m->shape.attention > 0) {
        attention_init(&n->attention, m, &n->plan, slots, arena);
    }
    n->logits = rows_take(arena, slots, plan->batch, m->vocab_stride);
    n->loss = arena_take_floats(arena, plan->steps, plan->batch, 1);
    linear_init(&n->decoder, m, model_decoder_weight(m), m->vocab_stride, &n->plan, arena);
    if (plan->trainable) {
        n->dy = rows_take(arena, n->spans.most, plan->batch, m->hidden_stride);
        n->scratch_floats = plan->rounded ? CHARNN_PAIR_SCRATCH : CHARNN_OUTER_SCRATCH;
        n->scratch = arena_take_floats(arena, threads, n->scratch_floats, 1);
        n->piece_count = pieces_split(m, threads, widest_piece(plan), NULL);
        n->pieces = arena_take(arena, n->piece_count, sizeof *n->pieces);
    }
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
    for (size_t kind = 0; kind < CHARNN_DROPOUTS; kind++) {
        assert(!plan->dropout[kind] || plan->trainable);
    }
    assert(!plan->dropout[CHARNN_DROPOUT_CANDIDATE] || model->shape.cell->has_candidate);
    assert(!plan->observed || !plan->trainable);
    assert(!plan->rounded || plan->trainable);
    assert(!plan->flow ||
           (plan->trainable && model->shape.cell->gates == 1 && !model->shape.cell->has_c));
    assert(!plan->unpacked || (plan->batch == 1 && !plan->trainable));
    size_t threads = thread_pool_size(pool);
    struct arena arena = {0};
    (void)lay_out(model, plan, threads, &arena);
    if (arena_allocate(&arena, "the network", error) != CHARNN_OK) {
        *network = NULL;
        return error->status;
    }
    struct network *n = lay_out(model, plan, threads, &arena);
    n->model = model;
    n->pool = pool;
    if (plan->trainable) {
        (void)pieces_split(model, threads, widest_piece(plan), n->pieces);
    }
    network_update_weights(n);
    *network = n;
    return CHARNN_OK;
}

void network_destroy(struct network *network) {
    memory_free(network); /* the first object in its own arena */
}

static void pack_task(void *context, size_t index, size_t count) {
    struct network *n = context;
    for (size_t l = index; l <= n->layer_count; l += count) {
        if (l == n->layer_count) {
            linear_pack(&n->decoder);
            if (n->attention.reach > 0) {
                attention_pack(&n->attention);
            }
        } else {
            layer_pack(&n->layers[l]);
        }
    }
}

void network_update_weights(struct network *network) {
    thread_pool_run(network->pool, pack_task, network);
}
