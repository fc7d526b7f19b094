#include "infer/scorer.h"

#include "base/memory.h"
#include "kernels/dispatch.h"
#include "nn/network.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { STEPS = CHARNN_SCORER_CHUNK };

struct scorer {
    struct scorer_plan plan;
    struct vocab *text_vocab; /* of the corpus: it also has what the model's vocabulary lacks */
    struct network *network;  /* one stream */
    size_t padded;
    float *scratch; /* [padded] */
    struct corpus_cursor cursor;
    size_t left;  /* symbols of the part */
    int32_t last; /* the last known symbol; -1: none yet */
};

static struct network_plan plan_network(const struct scorer_plan *plan) {
    return (struct network_plan){
        .batch = 1,
        .steps = plan->details ? 1 : STEPS,
        .unpacked = plan->details && network_prefers_unpacked(plan->model),
    };
}

size_t scorer_memory(const struct scorer_plan *plan) {
    const struct network_plan network = plan_network(plan);
    return network_memory(plan->model, &network, thread_pool_size(plan->pool));
}

enum status scorer_create(const struct scorer_plan *plan, struct scorer **scorer,
                          struct error *error) {
    assert(plan->part.begin <= plan->part.end && plan->part.end <= corpus_length(plan->corpus));
    struct scorer *s;
    *scorer = NULL;
    if (MEMORY_NEW(&s, 1, "the scorer", error) != CHARNN_OK) {
        return error->status;
    }
    *s = (struct scorer){.plan = *plan,
                         .padded = size_round_up(plan->model->shape.vocab, CHARNN_LANES),
                         .left = plan->part.end - plan->part.begin,
                         .last = -1};
    corpus_seek(plan->corpus, plan->part.begin, &s->cursor);
    const struct network_plan network = plan_network(plan);
    if (MEMORY_NEW(&s->scratch, s->padded, "logits", error) != CHARNN_OK ||
        corpus_build_vocab(plan->corpus, &s->text_vocab, error) != CHARNN_OK ||
        network_create(plan->model, plan->pool, &network, &s->network, error) != CHARNN_OK) {
        scorer_destroy(s);
        return error->status;
    }
    *scorer = s;
    return CHARNN_OK;
}

void scorer_destroy(struct scorer *scorer) {
    if (scorer != NULL) {
        network_destroy(scorer->network);
        vocab_destroy(scorer->text_vocab);
        memory_free(scorer->scratch);
        memory_free(scorer);
    }
}

/* Whether symbol a ranks before b: equal logits are ranked by id. */
static bool ranks_before(const float *logits, size_t a, size_t b) {
    return logits[a] > logits[b] || (a < b && logits[a] == logits[b]);
}

static void add_details(const float *logits, size_t vocab, size_t target,
                        struct symbol_score *score) {
    size_t best[CHARNN_ALTERNATIVES + 1];
    size_t count = 0;
    score->rank = 1;
    for (size_t i = 0; i < vocab; i++) {
        score->rank += ranks_before(logits, i, target);
        size_t at = count;
        for (; at > 0 && ranks_before(logits, i, best[at - 1]); at--) {
            best[at] = best[at - 1];
        }
        if (at < CHARNN_ALTERNATIVES) {
            best[at] = i;
            count += count < CHARNN_ALTERNATIVES;
        }
    }
    double log_sum = score->nats + (double)logits[target]; /* ln of the sum of e^logit */
    score->alternative_count = count;
    for (size_t i = 0; i < count; i++) {
        score->alternatives[i] = (struct alternative){
            .id = (int32_t)best[i], .probability = exp((double)logits[best[i]] - log_sum)};
    }
}

/* Step by step, with the logits of each. */
static void score_steps(struct scorer *s, const int32_t *x, const int32_t *y, size_t steps,
                        struct symbol_score *const *scores) {
    size_t vocab = s->plan.model->shape.vocab;
    for (size_t t = 0; t < steps; t++) {
        float nats;
        float weight;
        network_forward(s->network, &x[t], 1);
        if (!scores[t]->scored) {
            continue;
        }
        const float *logits = network_logits(s->network, 0);
        memcpy(s->scratch, logits, vocab * sizeof *logits);
        kernels_current()->cross_entropy(s->scratch, s->padded, 1, vocab, &y[t], 0, &nats);
        scores[t]->nats = (double)nats;
        add_details(logits, vocab, (size_t)y[t], scores[t]);
        scores[t]->look = network_look(s->network, 0, &weight);
        scores[t]->look_weight = (double)weight;
    }
}

static void score_window(struct scorer *s, const int32_t *x, const int32_t *y, size_t steps,
                         struct symbol_score *const *scores) {
    float nats[STEPS];
    if (steps > 0) {
        network_score(s->network, x, y, steps, nats);
    }
    for (size_t t = 0; t < steps; t++) {
        scores[t]->nats = (double)nats[t];
    }
}

/* Reads the next symbols as ids of text_vocab; returns their number. */
static size_t read_symbols(struct scorer *s, int32_t ids[STEPS], bool learned[STEPS]) {
    size_t wanted = s->left < STEPS ? s->left : STEPS;
    size_t read =
        corpus_read_learned(s->plan.corpus, &s->cursor, s->text_vocab, wanted, ids, learned);
    size_t count = 0;
    while (count < read && ids[count] >= 0) {
        count++;
    }
    s->left = count == wanted ? s->left - count : 0; /* else the text has changed */
    return count;
}

size_t scorer_next(struct scorer *scorer, struct symbol_score scores[CHARNN_SCORER_CHUNK]) {
    struct scorer *s = scorer;
    int32_t ids[STEPS];
    bool learned[STEPS];
    int32_t x[STEPS];
    int32_t y[STEPS];
    struct symbol_score *read[STEPS];
    size_t steps = 0;
    size_t count = read_symbols(s, ids, learned);
    for (size_t i = 0; i < count; i++) {
        uint32_t code = vocab_code(s->text_vocab, ids[i]);
        int32_t id = vocab_find(s->plan.vocab, code);
        scores[i] = (struct symbol_score){
            .code = code, .known = id >= 0, .scored = id >= 0 && s->last >= 0 && learned[i]};
        if (id >= 0 && s->last >= 0) {
            x[steps] = s->last;
            y[steps] = learned[i] ? id : -1;
            read[steps++] = &scores[i];
        }
        s->last = id >= 0 ? id : s->last;
    }
    if (s->plan.details) {
        score_steps(s, x, y, steps, read);
    } else {
        score_window(s, x, y, steps, read);
    }
    return count;
}
