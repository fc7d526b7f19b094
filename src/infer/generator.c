#include "infer/generator.h"

#include "base/memory.h"
#include "infer/prefill.h"
#include "infer/prime.h"
#include "nn/network.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/*
 * Each thread has a share of the streams. Where the weights fit the processor's own cache it has a
 * network of its own as well and meets no other thread between two symbols, for it would wait there
 * longer than it takes to compute them. A larger network is one for all threads, to save memory.
 */
enum { OWN_NETWORK_BYTES = 4 << 20 };

enum stage {
    AT_THE_BEGINNING, /* a first symbol must be found */
    HAS_PRIME,        /* the reader has the logits of the next symbols, for all streams the same */
    HAS_UNREAD        /* `unread` must go through the network */
};

struct share {
    struct thread_pool *alone; /* one thread, for the own network; NULL where that is the prefill */
    struct network *network;   /* the own one, or that of all shares */
    size_t begin, end;         /* streams */
    size_t row;                /* of stream `begin` in the network */
    size_t failed_step;        /* the first in which a draw failed; SIZE_MAX: none did */
    struct error error;        /* of the first stream for which it did */
};

struct generator {
    const struct model *model;
    const struct vocab *vocab;
    struct thread_pool *pool;
    struct prefill *prefill;   /* for what all texts begin with */
    struct network *common;    /* for all streams; NULL where each share has a network */
    int32_t *unread;           /* [streams], written last, and not read yet: that may be all */
    struct sampler **samplers; /* [streams] */
    int32_t *ids;              /* [steps][texts], where generator_write() puts the symbols */
    size_t steps;
    enum stage stage;
    size_t texts; /* in the first so many streams; the others run idle */
    size_t stream_count;
    size_t share_count;
    struct share shares[];
};

/* ---- making -----------------------------------------------------------------------------------
 */

size_t generator_memory(const struct model *model) {
    size_t sampler = model->shape.vocab * sizeof(float);
    size_t sum;
    return size_add(prefill_memory(model), sampler, &sum) ? sum : SIZE_MAX;
}

static enum status create_networks(struct generator *g, struct model *model, struct error *error) {
    if (prefill_create(model, &g->prefill, error) != CHARNN_OK) {
        return error->status;
    }
    if (g->stream_count == 1) {
        g->shares[0].network = prefill_network(g->prefill);
        return CHARNN_OK;
    }
    struct network_plan plan = {.batch = (g->stream_count - 1) / g->share_count + 1, .steps = 1};
    bool common = g->share_count > 1 && network_memory(model, &plan, 1) > OWN_NETWORK_BYTES;
    if (common) {
        plan.batch = g->stream_count;
        if (network_create(model, g->pool, &plan, &g->common, error) != CHARNN_OK) {
            return error->status;
        }
    }
    for (size_t i = 0; i < g->share_count; i++) {
        struct share *share = &g->shares[i];
        plan.batch = share->end - share->begin;
        share->network = g->common;
        share->row = common ? share->begin : 0;
        if (!common &&
            (thread_pool_create(1, &share->alone, error) != CHARNN_OK ||
             network_create(model, share->alone, &plan, &share->network, error) != CHARNN_OK)) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static void destroy_samplers(struct sampler **samplers, size_t count) {
    for (size_t i = 0; samplers != NULL && i < count; i++) {
        sampler_destroy(samplers[i]);
    }
    memory_free(samplers);
}

/* Those of a share, of which one draws at a time. */
static enum status create_share_samplers(const struct generator *g, const struct share *share,
                                         const struct sampler_settings *settings,
                                         struct sampler **samplers, struct error *error) {
    struct sampler **first = &samplers[share->begin];
    enum status status = sampler_create(settings, g->model->shape.vocab, first, error);
    for (size_t i = share->begin + 1; status == CHARNN_OK && i < share->end; i++) {
        status = sampler_create_beside(*first, &samplers[i], error);
    }
    return status;
}

/* A sampler for each stream, at the beginning of its text; `first` is that of stream 0. */
static enum status create_samplers(const struct generator *g,
                                   const struct sampler_settings *settings, uint32_t first,
                                   struct sampler ***samplers, struct error *error) {
    void *memory;
    if (memory_allocate(g->stream_count, sizeof **samplers, "the texts", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    struct sampler **made = memory;
    for (size_t i = 0; i < g->share_count; i++) {
        if (create_share_samplers(g, &g->shares[i], settings, made, error) != CHARNN_OK) {
            destroy_samplers(made, g->stream_count);
            return error->status;
        }
    }
    for (size_t i = 0; i < g->stream_count; i++) {
        sampler_restart(made[i], settings->seed, first + (uint32_t)i);
    }
    *samplers = made;
    return CHARNN_OK;
}

enum status generator_set_sampling(struct generator *generator,
                                   const struct sampler_settings *settings, uint32_t first,
                                   struct error *error) {
    struct sampler **samplers;
    if (create_samplers(generator, settings, first, &samplers, error) != CHARNN_OK) {
        return error->status;
    }
    destroy_samplers(generator->samplers, generator->stream_count);
    generator->samplers = samplers;
    return CHARNN_OK;
}

static enum status create_streams(struct generator *g, const struct sampler_settings *settings,
                                  struct error *error) {
    void *memory;
    if (memory_allocate(g->stream_count, sizeof *g->unread, "the texts", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    g->unread = memory;
    return create_samplers(g, settings, 0, &g->samplers, error);
}

enum status generator_create(struct model *model, const struct vocab *vocab,
                             struct thread_pool *pool, const struct sampler_settings *settings,
                             size_t streams, struct generator **generator, struct error *error) {
    assert(model->shape.vocab == vocab_size(vocab) && streams >= 1);
    *generator = NULL;
    size_t threads = thread_pool_size(pool);
    size_t shares = threads < streams ? threads : streams;
    size_t size;
    void *memory;
    if (!size_multiply(shares, sizeof(struct share), &size) ||
        !size_add(size, sizeof(struct generator), &size)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%zu threads are too many", shares);
    }
    if (memory_allocate(size, 1, "the generator", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct generator *g = memory;
    g->model = model;
    g->vocab = vocab;
    g->pool = pool;
    g->stream_count = streams;
    g->share_count = shares;
    g->texts = streams;
    for (size_t i = 0; i < shares; i++) {
        thread_pool_share(streams, 1, i, shares, &g->shares[i].begin, &g->shares[i].end);
    }
    if (create_streams(g, settings, error) != CHARNN_OK ||
        create_networks(g, model, error) != CHARNN_OK) {
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
    for (size_t i = 0; i < g->share_count; i++) {
        if (g->shares[i].alone != NULL) {
            network_destroy(g->shares[i].network);
            thread_pool_destroy(g->shares[i].alone);
        }
    }
    network_destroy(g->common);
    prefill_destroy(g->prefill);
    destroy_samplers(g->samplers, g->stream_count);
    memory_free(g->unread);
    memory_free(g);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

/* Each share by a thread. */
static void run_shares(struct generator *g, thread_task *task) {
    if (g->share_count == 1) {
        task(g, 0, 1);
    } else {
        thread_pool_run(g->pool, task, g);
    }
}

static void restart_network(struct network *network) {
    network_update_weights(network);
    network_reset_state(network);
}

static void restart_task(void *context, size_t index, size_t count) {
    (void)count;
    struct generator *g = context;
    if (index < g->share_count && g->shares[index].alone != NULL) {
        restart_network(g->shares[index].network);
    }
}

void generator_restart(struct generator *generator, uint64_t seed, uint32_t first, size_t count) {
    struct generator *g = generator;
    assert(count >= 1 && count <= g->stream_count && count - 1 <= UINT32_MAX - first);
    prefill_restart(g->prefill);
    if (g->common != NULL) {
        restart_network(g->common);
    }
    run_shares(g, restart_task);
    for (size_t i = 0; i < count; i++) {
        sampler_restart(g->samplers[i], seed, first + (uint32_t)i);
    }
    memset(g->unread, 0, g->stream_count * sizeof *g->unread); /* idle streams read them, too */
    g->texts = count;
    g->stage = AT_THE_BEGINNING;
}

/* Lets the reader read; what it reads need not be part of the texts. */
static void read_ids(struct generator *g, const int32_t *ids, size_t count) {
    assert(g->stream_count == 1 || g->stage != HAS_UNREAD);
    if (g->stage == HAS_UNREAD && count > 0) {
        prefill_read(g->prefill, g->unread, 1);
    }
    if (count > 0) {
        prefill_read(g->prefill, ids, count);
        g->stage = HAS_PRIME;
    }
}

/* Lets the model read what texts begin after; false where there is no symbol for that. */
static bool begin_texts(struct generator *g) {
    const int32_t start = prime_start(g->vocab);
    if (start >= 0) {
        read_ids(g, &start, 1);
    }
    return start >= 0;
}

void generator_prime(struct generator *generator, const int32_t *ids, size_t count) {
    if (generator->stage == AT_THE_BEGINNING && vocab_end(generator->vocab) >= 0) {
        (void)begin_texts(generator);
    }
    read_ids(generator, ids, count);
    for (size_t i = 0; i < generator->texts; i++) {
        for (size_t j = 0; j < count; j++) {
            sampler_note(generator->samplers[i], ids[j]);
        }
    }
}

/* Every stream goes on from where the reader is. */
static void copy_state_to_streams(struct generator *g) {
    if (g->common != NULL) {
        network_spread_state(prefill_network(g->prefill), g->common);
    }
    for (size_t i = 0; i < g->share_count; i++) {
        if (g->shares[i].alone != NULL) {
            network_spread_state(prefill_network(g->prefill), g->shares[i].network);
        }
    }
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Draws a symbol for each text of the share; false where that fails. */
static bool draw(struct generator *g, struct share *share, size_t step) {
    for (size_t i = share->begin; i < share->end && i < g->texts; i++) {
        const float *logits = g->stage == HAS_PRIME
                                  ? network_logits(prefill_network(g->prefill), 0)
                                  : network_logits(share->network, share->row + i - share->begin);
        if (sampler_draw(g->samplers[i], logits, &g->unread[i], &share->error) != CHARNN_OK) {
            share->failed_step = step;
            return false;
        }
        g->ids[step * g->texts + i] = g->unread[i];
    }
    return true;
}

/* Draws for one step: step 0. */
static void draw_task(void *context, size_t index, size_t count) {
    (void)count;
    struct generator *g = context;
    if (index < g->share_count) {
        (void)draw(g, &g->shares[index], 0);
    }
}

/* All steps, with the share's own network. */
static void write_task(void *context, size_t index, size_t count) {
    (void)count;
    struct generator *g = context;
    if (index >= g->share_count) {
        return;
    }
    struct share *share = &g->shares[index];
    for (size_t t = 0; t < g->steps; t++) {
        network_forward(share->network, g->unread + share->begin, 1);
        if (!draw(g, share, t)) {
            return;
        }
    }
}

/* The first failure, whichever thread met it. */
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

/* As many of the steps as can be made at once, and their number. */
static size_t write_some(struct generator *g) {
    size_t steps = 1;
    if (g->stage == AT_THE_BEGINNING && !begin_texts(g)) {
        for (size_t i = 0; i < g->texts; i++) {
            g->ids[i] = g->unread[i] = sampler_draw_uniform(g->samplers[i]);
        }
    } else if (g->stage == HAS_PRIME) {
        run_shares(g, draw_task);
        copy_state_to_streams(g);
    } else if (g->common != NULL) {
        network_forward(g->common, g->unread, 1);
        run_shares(g, draw_task);
    } else {
        steps = g->steps;
        run_shares(g, write_task);
    }
    g->stage = HAS_UNREAD;
    return steps;
}

enum status generator_write(struct generator *generator, size_t steps, int32_t *ids,
                            struct error *error) {
    struct generator *g = generator;
    for (size_t i = 0; i < g->share_count; i++) {
        g->shares[i].failed_step = SIZE_MAX;
    }
    g->ids = ids;
    g->steps = steps;
    while (g->steps > 0) {
        size_t written = write_some(g);
        if (get_failure(g, error) != CHARNN_OK) {
            return error->status;
        }
        g->ids += written * g->texts;
        g->steps -= written;
    }
    return CHARNN_OK;
}
