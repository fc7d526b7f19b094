#include "infer/beam.h"

#include "base/arena.h"
#include "base/math.h"
#include "base/memory.h"
#include "infer/prefill.h"
#include "infer/prime.h"
#include "infer/sampler.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

/* A symbol of a text, and the node of the one before it. */
struct node {
    size_t parent; /* SIZE_MAX: none */
    int32_t id;
};

/* A text, live or set aside. */
struct path {
    size_t node;  /* its last symbol */
    size_t row;   /* of the network, for a candidate that of the text it continues */
    size_t count; /* symbols */
    size_t stop;  /* bytes of its stop text */
    int32_t id;   /* the last symbol */
    double nats;
    struct stop_watch watch;
};

struct beam {
    struct beam_plan plan;
    const struct kernels *kernels;
    size_t vocab, padded;
    struct prefill *prefill;
    struct network *network;                /* of N streams */
    float *weights;                         /* [padded] */
    float *scratch;                         /* [N][H] */
    size_t *sources;                        /* [N], rows that the live texts go on from */
    int32_t *x;                             /* [N] */
    struct path *live, *candidates, *ended; /* [N] each */
    size_t live_count, candidate_count, ended_count;
    struct node *nodes;
    size_t node_count, node_capacity;
    int32_t *ids; /* of the text last asked for */
};

/* The beam's own memory; run once to count and once to place. */
static struct beam *lay_out(const struct beam_plan *plan, struct arena *arena) {
    size_t width = plan->width;
    size_t hidden = plan->model->shape.hidden;
    size_t vocab = plan->model->shape.vocab;
    size_t padded = size_round_up(vocab, CHARNN_LANES);
    struct beam made = {.plan = *plan, .vocab = vocab, .padded = padded};
    struct beam *beam = arena_take(arena, 1, sizeof *beam);
    made.weights = arena_take_floats(arena, padded, 1, 1);
    made.scratch = arena_take_floats(arena, width, hidden, 1);
    made.sources = arena_take(arena, width, sizeof *made.sources);
    made.x = arena_take(arena, width, sizeof *made.x);
    made.live = arena_take(arena, width, sizeof *made.live);
    made.candidates = arena_take(arena, width, sizeof *made.candidates);
    made.ended = arena_take(arena, width, sizeof *made.ended);
    if (beam != NULL) {
        *beam = made;
    }
    return beam;
}

enum status beam_create(const struct beam_plan *plan, struct beam **beam, struct error *error) {
    assert(plan->width >= 1);
    *beam = NULL;
    struct arena arena = {0};
    (void)lay_out(plan, &arena);
    void *block;
    if (memory_allocate(arena.used, 1, "the beam", &block, error) != CHARNN_OK) {
        return error->status;
    }
    arena = (struct arena){.block = block};
    struct beam *b = lay_out(plan, &arena);
    b->kernels = kernels_current();
    struct network_plan network = {.batch = plan->width, .steps = 1};
    if (prefill_create(plan->model, &b->prefill, error) != CHARNN_OK ||
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
        prefill_destroy(beam->prefill);
        memory_free(beam->nodes);
        memory_free(beam->ids);
        memory_free(beam); /* the first thing in its own arena */
    }
}

/* ---- candidates -------------------------------------------------------------------------------
 */

static bool is_allowed(const struct beam *b, size_t i) {
    return b->plan.allowed == NULL || b->plan.allowed[i];
}

/* ln of the sum over all symbols, allowed or not, of e^logit. */
static enum status log_sum(struct beam *b, const float *logits, double *sum, struct error *error) {
    float greatest = -FLT_MAX;
    for (size_t i = 0; i < b->vocab; i++) {
        if (!isfinite(logits[i])) {
            return sampler_refuse_logits(logits, b->vocab, error);
        }
        greatest = logits[i] > greatest ? logits[i] : greatest;
    }
    memcpy(b->weights, logits, b->vocab * sizeof *b->weights);
    for (size_t i = b->vocab; i < b->padded; i++) {
        b->weights[i] = greatest;
    }
    b->kernels->exponentials(b->weights, b->padded, greatest, 1, b->weights);
    *sum = (double)greatest + math_log(b->kernels->sum_at_least(b->weights, b->vocab, 0));
    return CHARNN_OK;
}

/* Puts a text at its place among the sorted ones, of which there are at most N. */
static void insert_path(struct path *sorted, size_t *count, size_t width, const struct path *path,
                        double (*cost)(const struct path *)) {
    size_t at = *count;
    while (at > 0 && cost(path) < cost(&sorted[at - 1])) {
        at--;
    }
    if (at == width) {
        return;
    }
    *count += *count < width;
    memmove(&sorted[at + 1], &sorted[at], (*count - 1 - at) * sizeof *sorted);
    sorted[at] = *path;
}

static double total_nats(const struct path *path) {
    return path->nats;
}

static double nats_per_symbol(const struct path *path) {
    return path->nats / (double)path->count;
}

/* All continuations of one text, as far as they are among the best. */
static enum status add_candidates(struct beam *b, const struct path *from, const float *logits,
                                  struct error *error) {
    double sum = 0;
    if (log_sum(b, logits, &sum, error) != CHARNN_OK) {
        return error->status;
    }
    struct path path = *from;
    path.count++;
    for (size_t i = 0; i < b->vocab; i++) {
        path.nats = from->nats + (sum - (double)logits[i]);
        bool full = b->candidate_count == b->plan.width;
        if (is_allowed(b, i) && (!full || path.nats < b->candidates[b->candidate_count - 1].nats)) {
            path.id = (int32_t)i;
            insert_path(b->candidates, &b->candidate_count, b->plan.width, &path, total_nats);
        }
    }
    return CHARNN_OK;
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static enum status add_node(struct beam *b, struct path *path, struct error *error) {
    enum status status = MEMORY_GROW(&b->nodes, &b->node_capacity, b->node_count, b->node_count + 1,
                                     "the texts of the beam", error);
    if (status == CHARNN_OK) {
        b->nodes[b->node_count] = (struct node){.parent = path->node, .id = path->id};
        path->node = b->node_count++;
    }
    return status;
}

/* The candidates become the live texts, but for those that end. */
static enum status take_candidates(struct beam *b, struct error *error) {
    b->live_count = 0;
    for (size_t i = 0; i < b->candidate_count; i++) {
        struct path *path = &b->candidates[i];
        if (add_node(b, path, error) != CHARNN_OK) {
            return error->status;
        }
        bool end = path->id == vocab_end(b->plan.vocab); /* a newline, when it is encoded */
        path->stop = end ? 1 : stops_advance(b->plan.stops, &path->watch, path->id);
        if (path->stop > 0) {
            insert_path(b->ended, &b->ended_count, b->plan.width, path, nats_per_symbol);
        } else {
            b->live[b->live_count++] = *path;
        }
    }
    b->candidate_count = 0;
    return CHARNN_OK;
}

/* Gives each live text a row of the network, with the state of the text that it continues. */
static void move_states(struct beam *b) {
    for (size_t r = 0; r < b->live_count; r++) {
        b->sources[r] = b->live[r].row;
        b->live[r].row = r;
        b->x[r] = b->live[r].id;
    }
    network_move_states(b->network, b->sources, b->live_count, b->scratch);
}

/* The texts of one symbol. */
static enum status start(struct beam *b, const int32_t *ids, size_t count, struct error *error) {
    const int32_t begin = prime_start(b->plan.vocab);
    if (count == 0 && begin < 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the model knows no newline to begin after, so a beam search needs a "
                         "prime text");
    }
    if (count == 0 || vocab_end(b->plan.vocab) >= 0) {
        prefill_read(b->prefill, &begin, 1);
    }
    prefill_read(b->prefill, ids, count);
    const struct path nothing = {.node = SIZE_MAX};
    if (add_candidates(b, &nothing, network_logits(prefill_network(b->prefill), 0), error) !=
        CHARNN_OK) {
        return error->status;
    }
    network_spread_state(prefill_network(b->prefill), b->network);
    return take_candidates(b, error);
}

enum status beam_run(struct beam *beam, const int32_t *ids, size_t count, size_t length,
                     struct error *error) {
    struct beam *b = beam;
    if (start(b, ids, count, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t t = 1; t < length && b->live_count > 0 && b->ended_count < b->plan.width; t++) {
        move_states(b);
        network_forward(b->network, b->x, 1);
        for (size_t r = 0; r < b->live_count; r++) {
            if (add_candidates(b, &b->live[r], network_logits(b->network, r), error) != CHARNN_OK) {
                return error->status;
            }
        }
        if (take_candidates(b, error) != CHARNN_OK) {
            return error->status;
        }
    }
    bool at_length = b->ended_count < b->plan.width;
    for (size_t r = 0; at_length && r < b->live_count; r++) {
        insert_path(b->ended, &b->ended_count, b->plan.width, &b->live[r], nats_per_symbol);
    }
    return CHARNN_OK;
}

/* ---- results ----------------------------------------------------------------------------------
 */

size_t beam_count(const struct beam *beam) {
    return beam->ended_count;
}

enum status beam_get(struct beam *beam, size_t rank, struct beam_text *text, struct error *error) {
    const struct path *path = &beam->ended[rank];
    void *memory;
    if (memory_allocate(path->count, sizeof *beam->ids, "a text of the beam", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    memory_free(beam->ids);
    beam->ids = memory;
    size_t node = path->node;
    for (size_t i = path->count; i-- > 0; node = beam->nodes[node].parent) {
        beam->ids[i] = beam->nodes[node].id;
    }
    *text = (struct beam_text){
        .ids = beam->ids, .count = path->count, .stop = path->stop, .nats = path->nats};
    return CHARNN_OK;
}
