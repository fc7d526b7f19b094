#include "infer/beam.h"

#include "base/arena.h"
#include "base/memory.h"
#include "infer/logits.h"
#include "infer/prefill.h"
#include "infer/prime.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <string.h>

/* A symbol of a text; texts with a common beginning share its nodes. */
struct node {
    size_t parent; /* SIZE_MAX: none */
    int32_t id;
};

struct path {
    size_t node;  /* of its last symbol; for a candidate, its parent's */
    size_t row;   /* of the network that has its state; for a candidate, its parent's */
    size_t count; /* symbols */
    size_t stop;  /* as in struct beam_text */
    int32_t id;   /* its last symbol */
    double nats;
    struct stop_watch watch;
};

/* The N paths of fewest nats, in ascending order. */
struct path_list {
    struct path *paths; /* [N] */
    size_t count;
};

struct beam {
    struct beam_plan plan;
    size_t vocab;
    struct network *prefill;
    struct network *network; /* N streams */
    float *weights;          /* [V], padded */
    float *scratch;          /* [N][H] */
    size_t *sources;         /* [N], the rows that live texts continue */
    int32_t *x;              /* [N] */
    struct path *live;       /* [N] */
    size_t live_count;
    struct path_list candidates;
    struct path_list finished;
    struct node *nodes;
    size_t node_count, node_capacity;
    int32_t *ids; /* of beam_get() */
};

/* Runs once to count and once to place; see base/arena.h. */
static struct beam *lay_out(const struct beam_plan *plan, struct arena *arena) {
    size_t width = plan->width;
    size_t vocab = plan->model->shape.vocab;
    size_t padded = size_round_up(vocab, CHARNN_LANES);
    struct beam made = {.plan = *plan, .vocab = vocab};
    struct beam *beam = arena_take(arena, 1, sizeof *beam);
    made.weights = arena_take_floats(arena, padded, 1, 1);
    made.scratch = arena_take_floats(arena, width, plan->model->shape.hidden, 1);
    made.sources = arena_take(arena, width, sizeof *made.sources);
    made.x = arena_take(arena, width, sizeof *made.x);
    made.live = arena_take(arena, width, sizeof *made.live);
    made.candidates.paths = arena_take(arena, width, sizeof *made.candidates.paths);
    made.finished.paths = arena_take(arena, width, sizeof *made.finished.paths);
    if (beam != NULL) {
        *beam = made;
    }
    return beam;
}

static struct network_plan plan_network(const struct beam_plan *plan) {
    return (struct network_plan){.batch = plan->width, .steps = 1};
}

size_t beam_memory(const struct beam_plan *plan) {
    const struct network_plan network = plan_network(plan);
    struct arena arena = {0};
    (void)lay_out(plan, &arena);
    const size_t needs[] = {
        arena.used,
        prefill_memory(plan->model, thread_pool_size(plan->pool)),
        network_memory(plan->model, &network, thread_pool_size(plan->pool)),
    };
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

enum status beam_create(const struct beam_plan *plan, struct beam **beam, struct error *error) {
    assert(plan->width >= 1);
    *beam = NULL;
    struct arena arena = {0};
    (void)lay_out(plan, &arena);
    if (arena_allocate(&arena, "the beam", error) != CHARNN_OK) {
        return error->status;
    }
    struct beam *b = lay_out(plan, &arena);
    const struct network_plan network = plan_network(plan);
    if (prefill_create(plan->model, plan->pool, &b->prefill, error) != CHARNN_OK ||
        network_create(plan->model, plan->pool, &network, &b->network, error) != CHARNN_OK) {
        beam_destroy(b);
        return error->status;
    }
    *beam = b;
    return CHARNN_OK;
}

void beam_destroy(struct beam *beam) {
    if (beam != NULL) {
        network_destroy(beam->network);
        network_destroy(beam->prefill);
        memory_free(beam->nodes);
        memory_free(beam->ids);
        memory_free(beam); /* the first object of its arena */
    }
}

/* ln of the sum of e^logit over all symbols, allowed or not. */
static enum status log_sum(struct beam *b, const float *logits, double *sum, struct error *error) {
    if (logits_copy(logits, b->vocab, b->weights, error) != CHARNN_OK) {
        return error->status;
    }
    *sum = logits_log_sum(b->weights, b->vocab);
    return CHARNN_OK;
}

/* Inserts a path after paths of equal nats, if it is among the N best. */
static void insert_path(const struct beam *b, struct path_list *list, const struct path *path) {
    size_t at = list->count;
    while (at > 0 && path->nats < list->paths[at - 1].nats) {
        at--;
    }
    if (at == b->plan.width) {
        return;
    }
    list->count += list->count < b->plan.width;
    memmove(&list->paths[at + 1], &list->paths[at], (list->count - 1 - at) * sizeof *list->paths);
    list->paths[at] = *path;
}

static enum status add_candidates(struct beam *b, const struct path *from, const float *logits,
                                  struct error *error) {
    double sum = 0;
    if (log_sum(b, logits, &sum, error) != CHARNN_OK) {
        return error->status;
    }
    struct path path = *from;
    path.count++;
    for (size_t i = 0; i < b->vocab; i++) {
        if (b->plan.allowed == NULL || b->plan.allowed[i]) {
            path.id = (int32_t)i;
            path.nats = from->nats + (sum - (double)logits[i]);
            insert_path(b, &b->candidates, &path);
        }
    }
    return CHARNN_OK;
}

static enum status add_node(struct beam *b, struct path *path, struct error *error) {
    enum status status = MEMORY_GROW(&b->nodes, &b->node_capacity, b->node_count, b->node_count + 1,
                                     "the texts of the beam", error);
    if (status == CHARNN_OK) {
        b->nodes[b->node_count] = (struct node){.parent = path->node, .id = path->id};
        path->node = b->node_count++;
    }
    return status;
}

/* Makes each candidate a live or a finished text. */
static enum status take_candidates(struct beam *b, struct error *error) {
    b->live_count = 0;
    for (size_t i = 0; i < b->candidates.count; i++) {
        struct path *path = &b->candidates.paths[i];
        if (add_node(b, path, error) != CHARNN_OK) {
            return error->status;
        }
        bool end = path->id == vocab_end(b->plan.vocab); /* a newline when encoded: one byte */
        path->stop = end ? 1 : stops_advance(b->plan.stops, &path->watch, path->id, SIZE_MAX);
        if (path->stop > 0) {
            insert_path(b, &b->finished, path);
        } else {
            b->live[b->live_count++] = *path;
        }
    }
    b->candidates.count = 0;
    return CHARNN_OK;
}

/* Gives each live text its own row, with the state of its parent. */
static void move_states(struct beam *b) {
    for (size_t r = 0; r < b->live_count; r++) {
        b->sources[r] = b->live[r].row;
        b->live[r].row = r;
        b->x[r] = b->live[r].id;
    }
    network_move_states(b->network, b->sources, b->live_count, b->scratch);
}

/* Reads the prime and takes the first step. */
static enum status start(struct beam *b, const int32_t *ids, size_t count, struct error *error) {
    const int32_t begin = prime_start(b->plan.vocab);
    if (count == 0 && begin < 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "beam search needs a prime text, because the model's vocabulary has no "
                         "newline to start after");
    }
    if (count == 0 || vocab_end(b->plan.vocab) >= 0) {
        prefill_read(b->prefill, &begin, 1);
    }
    prefill_read(b->prefill, ids, count);
    const struct path empty = {.node = SIZE_MAX};
    if (add_candidates(b, &empty, network_logits(b->prefill, 0), error) != CHARNN_OK) {
        return error->status;
    }
    network_spread_state(b->prefill, b->network);
    return take_candidates(b, error);
}

static enum status step(struct beam *b, struct error *error) {
    move_states(b);
    network_forward(b->network, b->x, 1);
    for (size_t r = 0; r < b->live_count; r++) {
        if (add_candidates(b, &b->live[r], network_logits(b->network, r), error) != CHARNN_OK) {
            return error->status;
        }
    }
    return take_candidates(b, error);
}

/* Whether a live text may become one of the N best: nats only grow. */
static bool is_open(const struct beam *b) {
    size_t width = b->plan.width;
    return b->live_count > 0 &&
           (b->finished.count < width || b->live[0].nats < b->finished.paths[width - 1].nats);
}

enum status beam_run(struct beam *beam, const int32_t *ids, size_t count, size_t length,
                     struct error *error) {
    struct beam *b = beam;
    enum status status = start(b, ids, count, error);
    for (size_t t = 1; status == CHARNN_OK && t < length && is_open(b); t++) {
        status = step(b, error);
    }
    for (size_t r = 0; status == CHARNN_OK && r < b->live_count; r++) {
        insert_path(b, &b->finished, &b->live[r]); /* at the limit, or not good enough */
    }
    return status;
}

size_t beam_count(const struct beam *beam) {
    return beam->finished.count;
}

enum status beam_get(struct beam *beam, size_t rank, struct beam_text *text, struct error *error) {
    const struct path *path = &beam->finished.paths[rank];
    memory_free(beam->ids);
    if (MEMORY_NEW(&beam->ids, path->count, "a text of the beam", error) != CHARNN_OK) {
        return error->status;
    }
    size_t node = path->node;
    for (size_t i = path->count; i-- > 0; node = beam->nodes[node].parent) {
        beam->ids[i] = beam->nodes[node].id;
    }
    *text = (struct beam_text){
        .ids = beam->ids, .count = path->count, .stop = path->stop, .nats = path->nats};
    return CHARNN_OK;
}
