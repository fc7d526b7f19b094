#include "infer/generator.h"

#include "base/memory.h"
#include "nn/network.h"

#include <assert.h>

enum { PRIME_STEPS = 64 };

/* What must happen before logits are there for the next symbol. */
enum stage {
    AT_THE_BEGINNING, /* a first symbol must be found */
    HAS_UNREAD,       /* `unread` must go through the network */
    HAS_LOGITS        /* nothing */
};

struct generator {
    const struct vocab *vocab;
    struct network *network;
    struct sampler *sampler;
    enum stage stage;
    int32_t unread; /* written last, and not read yet: perhaps nothing more is wanted */
};

enum status generator_create(struct model *model, const struct vocab *vocab,
                             struct thread_pool *pool, const struct sampler_settings *settings,
                             struct generator **generator, struct error *error) {
    assert(model->shape.vocab == vocab_size(vocab));
    static const struct network_plan plan = {.batch = 1, .steps = PRIME_STEPS};
    *generator = NULL;
    void *memory;
    if (memory_allocate(1, sizeof(struct generator), "the generator", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    struct generator *g = memory;
    g->vocab = vocab;
    if (network_create(model, pool, &plan, &g->network, error) != CHARNN_OK ||
        sampler_create(settings, model->shape.vocab, &g->sampler, error) != CHARNN_OK) {
        generator_destroy(g);
        return error->status;
    }
    *generator = g;
    return CHARNN_OK;
}

void generator_destroy(struct generator *generator) {
    if (generator == NULL) {
        return;
    }
    sampler_destroy(generator->sampler);
    network_destroy(generator->network);
    memory_free(generator);
}

void generator_restart(struct generator *generator, uint64_t seed) {
    network_update_weights(generator->network);
    network_reset_state(generator->network);
    sampler_restart(generator->sampler, seed);
    generator->stage = AT_THE_BEGINNING;
}

static void read_unread(struct generator *g) {
    if (g->stage == HAS_UNREAD) {
        network_forward(g->network, &g->unread, 1);
        g->stage = HAS_LOGITS;
    }
}

void generator_prime(struct generator *generator, const int32_t *ids, size_t count) {
    read_unread(generator);
    for (size_t i = 0; i < count; i += PRIME_STEPS) {
        size_t steps = count - i < PRIME_STEPS ? count - i : PRIME_STEPS;
        network_forward(generator->network, ids + i, steps);
        generator->stage = HAS_LOGITS;
    }
}

enum status generator_next(struct generator *generator, int32_t *id, struct error *error) {
    struct generator *g = generator;
    if (g->stage == AT_THE_BEGINNING) {
        g->unread = vocab_find(g->vocab, '\n');
        if (g->unread < 0) {
            g->unread = sampler_draw_uniform(g->sampler);
            g->stage = HAS_UNREAD;
            *id = g->unread;
            return CHARNN_OK;
        }
        g->stage = HAS_UNREAD;
    }
    read_unread(g);
    if (sampler_draw(g->sampler, network_logits(g->network, 0), &g->unread, error) != CHARNN_OK) {
        return error->status;
    }
    g->stage = HAS_UNREAD;
    *id = g->unread;
    return CHARNN_OK;
}
