#include "infer/generator.h"

#include "base/memory.h"
#include "infer/prefill.h"
#include "infer/prime.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/*
 * Each thread has a share of the streams. If a network fits the cache of a core, each share
 * has its own network, so threads do not meet between two symbols: waiting would take longer
 * than computing. A larger network is common to all threads, to save memory, and so is one whose
 * columns they share.
 */
enum { OWN_NETWORK_BYTES = 4 << 20 };

enum stage {
    STAGE_START,     /* nothing has been read */
    STAGE_PREFILLED, /* the prefill has the logits of the next symbol, the same for all streams */
    STAGE_DRAWN      /* `unread` is still to be read */
};

struct share {
    struct network *own;     /* NULL if it uses the common or the prefill network */
    struct network *network; /* the one it uses */
    struct sampler *sampler; /* its text i is in stream begin + i */
    size_t begin, end;       /* streams */
    size_t row;              /* of stream `begin` in the network */
    size_t failed_step;      /* the first in which a draw failed; SIZE_MAX: none */
    struct error error;      /* of that draw */
};

/* What a stream with its own prime still has to read. */
struct reading {
    int32_t start; /* first; -1: none */
    const int32_t *ids;
    size_t count;
};

struct generator {
    const struct model *model;
    const struct vocab *vocab;
    struct thread_pool *pool;
    struct network *prefill;  /* reads the prime, which all texts share */
    struct network *common;   /* of all streams; NULL if the shares do not use it */
    int32_t *unread;          /* [streams], the last symbols drawn */
    struct reading *readings; /* [streams] */
    bool own_primes;          /* the streams read by themselves; there is no prefill */
    int32_t *ids;             /* [steps][texts], the next output */
    double *nats;             /* likewise, or NULL */
    size_t steps;             /* of one run of the threads */
    enum stage stage;
    size_t texts; /* in the first streams; the others run idle */
    size_t stream_count;
    size_t share_count;
    struct share *shares;
};

/* Whether the shares use one network of all streams, because the threads share its columns or one
 * of this plan for each share is too large. */
static bool needs_common_network(const struct model *model, const struct network_plan *plan,
                                 size_t streams, size_t shares) {
    return shares > 1 && (network_shares_columns(model, streams) ||
                          network_memory(model, plan, 1) > OWN_NETWORK_BYTES);
}

static struct network_plan plan_of_share(size_t streams, size_t shares) {
    return (struct network_plan){.batch = (streams - 1) / shares + 1, .steps = 1};
}

static size_t count_shares(size_t streams, size_t threads) {
    return threads < streams ? threads : streams;
}

static size_t networks_memory(const struct model *model, size_t streams, size_t threads) {
    size_t shares = count_shares(streams, threads);
    struct network_plan plan = plan_of_share(streams, shares);
    size_t bytes;
    if (streams == 1) { /* which uses the prefill */
        return 0;
    }
    if (needs_common_network(model, &plan, streams, shares)) {
        plan.batch = streams;
        return network_memory(model, &plan, threads);
    }
    return size_multiply(shares, network_memory(model, &plan, 1), &bytes) ? bytes : SIZE_MAX;
}

size_t generator_memory(const struct model *model, size_t streams, size_t threads) {
    const size_t needs[] = {
        prefill_memory(model, threads), networks_memory(model, streams, threads),
        count_shares(streams, threads) * model->shape.vocab * sizeof(float), /* samplers */
    };
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

/* One network of all streams, or a network for each share. */
static enum status create_networks(struct generator *g, struct model *model, struct error *error) {
    struct network_plan plan = plan_of_share(g->stream_count, g->share_count);
    if (needs_common_network(model, &plan, g->stream_count, g->share_count)) {
        plan.batch = g->stream_count;
        if (network_create(model, g->pool, &plan, &g->common, error) != CHARNN_OK) {
            return error->status;
        }
    }
    for (size_t i = 0; i < g->share_count; i++) {
        struct share *share = &g->shares[i];
        plan.batch = share->end - share->begin;
        if (g->common == NULL &&
            network_create(model, NULL, &plan, &share->own, error) != CHARNN_OK) {
            return error->status;
        }
        share->network = g->common != NULL ? g->common : share->own;
        share->row = g->common != NULL ? share->begin : 0;
    }
    return CHARNN_OK;
}

static void restart_samplers(struct generator *g, uint64_t seed, uint32_t first) {
    for (size_t i = 0; i < g->share_count; i++) {
        struct share *share = &g->shares[i];
        sampler_restart(share->sampler, seed, first + (uint32_t)share->begin);
    }
}

enum status generator_set_sampling(struct generator *generator,
                                   const struct sampler_settings *settings, uint32_t first,
                                   struct error *error) {
    struct generator *g = generator;
    struct sampler **made;
    enum status status = MEMORY_NEW(&made, g->share_count, "the samplers", error);
    for (size_t i = 0; status == CHARNN_OK && i < g->share_count; i++) {
        status = sampler_create(settings, g->model->shape.vocab,
                                g->shares[i].end - g->shares[i].begin, &made[i], error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < g->share_count; i++) {
        struct sampler *old = g->shares[i].sampler;
        g->shares[i].sampler = made[i];
        made[i] = old;
    }
    for (size_t i = 0; made != NULL && i < g->share_count; i++) {
        sampler_destroy(made[i]);
    }
    memory_free(made);
    if (status == CHARNN_OK) {
        restart_samplers(g, settings->seed, first);
    }
    return status;
}

static void forget_readings(struct generator *g) {
    for (size_t i = 0; i < g->stream_count; i++) {
        g->readings[i] = (struct reading){.start = -1};
    }
    g->own_primes = false;
}

static enum status create_parts(struct generator *g, struct model *model,
                                const struct sampler_settings *settings, struct error *error) {
    if (MEMORY_NEW(&g->unread, g->stream_count, "the texts", error) != CHARNN_OK ||
        MEMORY_NEW(&g->readings, g->stream_count, "the texts", error) != CHARNN_OK ||
        MEMORY_NEW(&g->shares, g->share_count, "the texts", error) != CHARNN_OK) {
        return error->status;
    }
    forget_readings(g);
    for (size_t i = 0; i < g->share_count; i++) {
        struct share *share = &g->shares[i];
        thread_pool_share(g->stream_count, 1, i, g->share_count, &share->begin, &share->end);
    }
    if (generator_set_sampling(g, settings, 0, error) != CHARNN_OK ||
        prefill_create(model, g->pool, &g->prefill, error) != CHARNN_OK) {
        return error->status;
    }
    if (g->stream_count == 1) {
        g->shares[0].network = g->prefill;
        return CHARNN_OK;
    }
    return create_networks(g, model, error);
}

enum status generator_create(struct model *model, const struct vocab *vocab,
                             struct thread_pool *pool, const struct sampler_settings *settings,
                             size_t streams, struct generator **generator, struct error *error) {
    assert(model->shape.vocab == vocab_size(vocab) && streams >= 1);
    struct generator *g;
    *generator = NULL;
    if (MEMORY_NEW(&g, 1, "the generator", error) != CHARNN_OK) {
        return error->status;
    }
    *g = (struct generator){.model = model,
                            .vocab = vocab,
                            .pool = pool,
                            .texts = streams,
                            .stream_count = streams,
                            .share_count = count_shares(streams, thread_pool_size(pool))};
    if (create_parts(g, model, settings, error) != CHARNN_OK) {
        generator_destroy(g);
        return error->status;
    }
    *generator = g;
    return CHARNN_OK;
}

void generator_destroy(struct generator *generator) {
    struct generator *g = generator;
    if (g == NULL) {
        return;
    }
    for (size_t i = 0; g->shares != NULL && i < g->share_count; i++) {
        network_destroy(g->shares[i].own);
        sampler_destroy(g->shares[i].sampler);
    }
    network_destroy(g->common);
    network_destroy(g->prefill);
    memory_free(g->shares);
    memory_free(g->readings);
    memory_free(g->unread);
    memory_free(g);
}

static void restart_network(struct network *network) {
    if (network != NULL) {
        network_update_weights(network);
        network_reset_state(network);
    }
}

void generator_restart(struct generator *generator, uint64_t seed, uint32_t first, size_t count) {
    struct generator *g = generator;
    assert(count >= 1 && count <= g->stream_count && count - 1 <= UINT32_MAX - first);
    restart_network(g->prefill);
    restart_network(g->common);
    for (size_t i = 0; i < g->share_count; i++) {
        restart_network(g->shares[i].own);
    }
    restart_samplers(g, seed, first);
    memset(g->unread, 0, g->stream_count * sizeof *g->unread); /* idle streams read them, too */
    forget_readings(g);
    g->texts = count;
    g->stage = STAGE_START;
}

/* The share that has a stream. */
static struct share *share_of(struct generator *g, size_t stream) {
    struct share *share = g->shares;
    while (stream >= share->end) {
        share++;
    }
    return share;
}

void generator_start_text(struct generator *generator, size_t stream, uint32_t number,
                          const int32_t *ids, size_t count) {
    struct generator *g = generator;
    assert(g->stage == STAGE_START && stream < g->texts);
    const struct share *share = share_of(g, stream);
    bool started = vocab_end(g->vocab) >= 0 || count == 0;
    sampler_restart_text(share->sampler, stream - share->begin, number);
    g->readings[stream] =
        (struct reading){.start = started ? prime_start(g->vocab) : -1, .ids = ids, .count = count};
    g->own_primes = true;
}

/* Lets the prefill read symbols, which need not be part of the texts. */
static void read_ids(struct generator *g, const int32_t *ids, size_t count) {
    assert(g->stream_count == 1 || g->stage != STAGE_DRAWN);
    if (g->stage == STAGE_DRAWN && count > 0) {
        prefill_read(g->prefill, g->unread, 1);
    }
    if (count > 0) {
        prefill_read(g->prefill, ids, count);
        g->stage = STAGE_PREFILLED;
    }
}

/* Reads the symbol that texts start after, if there is one. */
static void read_start(struct generator *g) {
    const int32_t start = prime_start(g->vocab);
    if (start >= 0) {
        read_ids(g, &start, 1);
    }
}

void generator_prime(struct generator *generator, const int32_t *ids, size_t count) {
    struct generator *g = generator;
    if (g->stage == STAGE_START && vocab_end(g->vocab) >= 0) {
        read_start(g);
    }
    read_ids(g, ids, count);
    for (size_t i = 0; i < g->share_count; i++) {
        sampler_note(g->shares[i].sampler, ids, count);
    }
}

static void copy_prefilled_state(struct generator *g) {
    if (g->common != NULL) {
        network_spread_state(g->prefill, g->common);
    }
    for (size_t i = 0; i < g->share_count; i++) {
        if (g->shares[i].own != NULL) {
            network_spread_state(g->prefill, g->shares[i].own);
        }
    }
}

/* If the stream still has to read, moves its next symbol to `unread`; else returns false. */
static bool read_next(struct generator *g, const struct share *share, size_t stream) {
    struct reading *reading = &g->readings[stream];
    if (reading->start >= 0) {
        g->unread[stream] = reading->start;
        reading->start = -1;
        return true;
    }
    if (reading->count == 0) {
        return false;
    }
    g->unread[stream] = *reading->ids++;
    reading->count--;
    sampler_note_text(share->sampler, stream - share->begin, g->unread[stream]);
    return true;
}

/* Draws the next symbol of a stream to `unread`. */
static enum status draw(struct generator *g, struct share *share, size_t stream, double *nats) {
    size_t text = stream - share->begin;
    int32_t *id = &g->unread[stream];
    if (g->stage == STAGE_START) {
        *id = sampler_draw_uniform(share->sampler, text);
        return CHARNN_OK;
    }
    const float *logits = g->stage == STAGE_PREFILLED
                              ? network_logits(g->prefill, 0)
                              : network_logits(share->network, share->row + text);
    enum status status = sampler_draw(share->sampler, text, logits, id, &share->error);
    if (status == CHARNN_OK && g->nats != NULL) {
        *nats = sampler_nats(share->sampler, logits, *id);
    }
    return status;
}

/* Reads or draws the next symbol of a stream, which is output number `at`. */
static enum status advance(struct generator *g, struct share *share, size_t stream, size_t at) {
    double nats = 0;
    bool reads = read_next(g, share, stream);
    if (!reads && draw(g, share, stream, &nats) != CHARNN_OK) {
        return share->error.status;
    }
    g->ids[at] = reads ? -1 : g->unread[stream];
    if (g->nats != NULL) {
        g->nats[at] = nats;
    }
    return CHARNN_OK;
}

/* Whether shares can read what they have drawn without meeting. */
static bool are_independent(const struct generator *g) {
    return g->stage == STAGE_DRAWN && g->common == NULL;
}

static void write_task(void *context, size_t index, size_t count) {
    (void)count;
    struct generator *g = context;
    if (index >= g->share_count) {
        return;
    }
    struct share *share = &g->shares[index];
    for (size_t t = 0; t < g->steps; t++) {
        if (are_independent(g)) {
            network_forward(share->network, g->unread + share->begin, 1);
        }
        for (size_t i = share->begin; i < share->end && i < g->texts; i++) {
            if (advance(g, share, i, t * g->texts + i) != CHARNN_OK) {
                share->failed_step = t;
                return;
            }
        }
    }
}

/* The failure of the earliest step, so it does not depend on the threads. */
static enum status get_failure(const struct generator *g, struct error *error) {
    const struct share *first = &g->shares[0];
    for (size_t i = 1; i < g->share_count; i++) {
        if (g->shares[i].failed_step < first->failed_step) {
            first = &g->shares[i];
        }
    }
    if (first->failed_step == SIZE_MAX) {
        return CHARNN_OK;
    }
    *error = first->error;
    return error->status;
}

/* Writes as many of the steps as threads can take without meeting; returns their number. */
static size_t write_some(struct generator *g, size_t steps) {
    if (g->stage == STAGE_START && !g->own_primes) {
        read_start(g);
    }
    if (g->stage == STAGE_DRAWN && g->common != NULL) {
        network_forward(g->common, g->unread, 1);
    }
    g->steps = are_independent(g) ? steps : 1;
    thread_pool_run(g->share_count > 1 ? g->pool : NULL, write_task, g);
    if (g->stage == STAGE_PREFILLED) {
        copy_prefilled_state(g);
    }
    g->stage = STAGE_DRAWN;
    return g->steps;
}

enum status generator_write(struct generator *generator, size_t steps, int32_t *ids,
                            struct error *error) {
    return generator_write_scored(generator, steps, ids, NULL, error);
}

enum status generator_write_scored(struct generator *generator, size_t steps, int32_t *ids,
                                   double *nats, struct error *error) {
    struct generator *g = generator;
    for (size_t i = 0; i < g->share_count; i++) {
        g->shares[i].failed_step = SIZE_MAX;
    }
    g->ids = ids;
    g->nats = nats;
    while (steps > 0) {
        size_t written = write_some(g, steps);
        if (get_failure(g, error) != CHARNN_OK) {
            return error->status;
        }
        g->ids += written * g->texts;
        if (nats != NULL) {
            g->nats += written * g->texts;
        }
        steps -= written;
    }
    return CHARNN_OK;
}
