#include "infer/answerer.h"

#include "base/memory.h"
#include "infer/beam.h"
#include "infer/generator.h"
#include "infer/prefill.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { STEPS = 16 }; /* of one call of the generator or of the network of choices */

struct answerer {
    struct answerer_plan plan;
    int32_t *written; /* [CHARNN_QUESTIONS][most] */
    /* without choices */
    struct stops *stops;         /* none */
    struct generator *generator; /* if the width is 1 */
    int32_t *drawn;              /* [STEPS][CHARNN_QUESTIONS] */
    /* with choices */
    struct network *prefill; /* reads the question */
    struct network *network; /* [B] choices side by side */
    size_t batch;            /* B */
    int32_t *x, *y;          /* [STEPS][B] */
    float *nats;             /* [STEPS][B] */
};

static struct network_plan plan_choices(const struct answerer_plan *plan) {
    size_t batch = plan->choices->count;
    return (struct network_plan){.batch = batch < CHARNN_QUESTIONS ? batch : CHARNN_QUESTIONS,
                                 .steps = STEPS};
}

static struct beam_plan plan_beam(const struct answerer *a) {
    const struct answerer_plan *p = &a->plan;
    return (struct beam_plan){.model = p->model,
                              .vocab = p->vocab,
                              .pool = p->pool,
                              .stops = a->stops,
                              .width = p->width};
}

size_t answerer_memory(const struct answerer_plan *plan) {
    size_t threads = thread_pool_size(plan->pool);
    if (plan->choices != NULL) {
        const struct network_plan network = plan_choices(plan);
        const size_t needs[] = {prefill_memory(plan->model, threads),
                                network_memory(plan->model, &network, threads)};
        return size_sum(needs, sizeof needs / sizeof needs[0]);
    }
    const struct answerer answerer = {.plan = *plan};
    const struct beam_plan beam = plan_beam(&answerer);
    return plan->width > 1 ? beam_memory(&beam)
                           : generator_memory(plan->model, CHARNN_QUESTIONS, threads);
}

static enum status create_choices(struct answerer *a, struct error *error) {
    const struct answerer_plan *p = &a->plan;
    const struct network_plan plan = plan_choices(p);
    a->batch = plan.batch;
    if (prefill_create(p->model, p->pool, &a->prefill, error) != CHARNN_OK ||
        network_create(p->model, p->pool, &plan, &a->network, error) != CHARNN_OK ||
        MEMORY_NEW(&a->x, STEPS * a->batch, "the answers", error) != CHARNN_OK ||
        MEMORY_NEW(&a->y, STEPS * a->batch, "the answers", error) != CHARNN_OK ||
        MEMORY_NEW(&a->nats, STEPS * a->batch, "the answers", error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

static enum status create_writer(struct answerer *a, struct error *error) {
    const struct answerer_plan *p = &a->plan;
    const struct text_list none = {0};
    const struct sampler_settings settings = {
        .temperatures = {1, {1}}, .argmax = true, .repetition_penalty = 1, .end = -1};
    if (stops_create(&none, p->vocab, false, NULL, &a->stops, error) != CHARNN_OK ||
        MEMORY_NEW(&a->written, CHARNN_QUESTIONS * p->most, "the answers", error) != CHARNN_OK ||
        MEMORY_NEW(&a->drawn, (size_t)STEPS * CHARNN_QUESTIONS, "the answers", error) !=
            CHARNN_OK) {
        return error->status;
    }
    return p->width > 1 ? CHARNN_OK
                        : generator_create(p->model, p->vocab, p->pool, &settings, CHARNN_QUESTIONS,
                                           &a->generator, error);
}

enum status answerer_create(const struct answerer_plan *plan, struct answerer **answerer,
                            struct error *error) {
    assert(plan->most >= 1 && plan->width >= 1 && vocab_end(plan->vocab) >= 0);
    struct answerer *a;
    *answerer = NULL;
    if (MEMORY_NEW(&a, 1, "the answerer", error) != CHARNN_OK) {
        return error->status;
    }
    a->plan = *plan;
    enum status status = plan->choices != NULL ? create_choices(a, error) : create_writer(a, error);
    if (status != CHARNN_OK) {
        answerer_destroy(a);
        return status;
    }
    *answerer = a;
    return CHARNN_OK;
}

void answerer_destroy(struct answerer *answerer) {
    if (answerer == NULL) {
        return;
    }
    memory_free(answerer->nats);
    memory_free(answerer->y);
    memory_free(answerer->x);
    network_destroy(answerer->network);
    network_destroy(answerer->prefill);
    memory_free(answerer->drawn);
    generator_destroy(answerer->generator);
    memory_free(answerer->written);
    stops_destroy(answerer->stops);
    memory_free(answerer);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Adds what a step drew. Returns how many answers it completed. */
static size_t add_step(struct answerer *a, const int32_t *drawn, size_t count, bool *complete,
                       struct sequence *answers) {
    size_t completed = 0;
    for (size_t i = 0; i < count; i++) {
        if (complete[i] || drawn[i] < 0) { /* below 0: the question is still read */
            continue;
        }
        bool end = drawn[i] == vocab_end(a->plan.vocab);
        if (!end) {
            a->written[i * a->plan.most + answers[i].count++] = drawn[i];
        }
        complete[i] = end || answers[i].count == a->plan.most;
        completed += complete[i];
    }
    return completed;
}

static enum status write_answers(struct answerer *a, const struct question *questions, size_t count,
                                 struct sequence *answers, struct error *error) {
    bool complete[CHARNN_QUESTIONS] = {0};
    generator_restart(a->generator, 0, 0, count);
    for (size_t i = 0; i < count; i++) {
        answers[i] = (struct sequence){.ids = a->written + i * a->plan.most};
        generator_start_text(a->generator, i, (uint32_t)i, questions[i].ids, questions[i].count);
    }
    for (size_t completed = 0; completed < count;) {
        if (generator_write(a->generator, STEPS, a->drawn, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t t = 0; t < STEPS; t++) {
            completed += add_step(a, a->drawn + t * count, count, complete, answers);
        }
    }
    return CHARNN_OK;
}

/* The best answer of a beam search to question i. */
static enum status search_answer(struct answerer *a, const struct question *question, size_t i,
                                 struct sequence *answer, struct error *error) {
    const struct beam_plan plan = plan_beam(a);
    int32_t *written = a->written + i * a->plan.most;
    struct beam *beam;
    struct beam_text found;
    if (beam_create(&plan, &beam, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = beam_run(beam, question->ids, question->count, a->plan.most, error);
    if (status == CHARNN_OK) {
        status = beam_get(beam, 0, &found, error);
    }
    if (status == CHARNN_OK) {
        size_t count = found.count - (found.stop > 0);
        memcpy(written, found.ids, count * sizeof *written);
        *answer = (struct sequence){written, count};
    }
    beam_destroy(beam);
    return status;
}

/* ---- choosing -------------------------------------------------------------------------------- */

/* What a model reads before symbol t of an answer. */
static int32_t symbol_before(const struct answerer *a, const struct question *question,
                             struct sequence answer, size_t t) {
    if (t > 0) {
        return answer.ids[t - 1];
    }
    return question->count > 0 ? question->ids[question->count - 1] : vocab_end(a->plan.vocab);
}

/* Symbol t of an answer with its end. */
static int32_t symbol_at(const struct answerer *a, struct sequence answer, size_t t) {
    return t < answer.count ? answer.ids[t] : vocab_end(a->plan.vocab);
}

/* Scores the choices of `count` <= B from `choices` on after a question: sums[i] = -ln p. */
static void score_choices(struct answerer *a, const struct question *question,
                          const struct sequence *choices, size_t count, double *sums) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        longest = choices[i].count > longest ? choices[i].count : longest;
        sums[i] = 0;
    }
    network_spread_state(a->prefill, a->network);
    for (size_t begin = 0; begin <= longest; begin += STEPS) {
        for (size_t j = 0; j < STEPS * a->batch; j++) {
            size_t i = j % a->batch;
            size_t t = begin + j / a->batch;
            bool inside = i < count && t <= choices[i].count;
            a->x[j] = inside ? symbol_before(a, question, choices[i], t) : 0;
            a->y[j] = inside ? symbol_at(a, choices[i], t) : -1;
        }
        network_score(a->network, a->x, a->y, STEPS, a->nats);
        for (size_t t = 0; t < STEPS; t++) {
            for (size_t i = 0; i < count; i++) {
                sums[i] += (double)a->nats[t * a->batch + i];
            }
        }
    }
}

static struct sequence choose_answer(struct answerer *a, const struct question *question) {
    const struct sequences *choices = a->plan.choices;
    const int32_t end = vocab_end(a->plan.vocab);
    double least = INFINITY;
    size_t best = 0;
    network_reset_state(a->prefill);
    if (question->count > 0) {
        prefill_read(a->prefill, &end, 1);
        prefill_read(a->prefill, question->ids, question->count - 1);
    }
    for (size_t begin = 0; begin < choices->count; begin += a->batch) {
        double sums[CHARNN_QUESTIONS];
        size_t left = choices->count - begin;
        size_t count = left < a->batch ? left : a->batch;
        score_choices(a, question, choices->items + begin, count, sums);
        for (size_t i = 0; i < count; i++) {
            if (sums[i] < least) {
                least = sums[i];
                best = begin + i;
            }
        }
    }
    return choices->items[best];
}

enum status answerer_answer(struct answerer *answerer, const struct question *questions,
                            size_t count, struct sequence *answers, struct error *error) {
    struct answerer *a = answerer;
    assert(count <= CHARNN_QUESTIONS);
    if (a->generator != NULL) {
        return write_answers(a, questions, count, answers, error);
    }
    for (size_t i = 0; i < count; i++) {
        if (a->plan.choices != NULL) {
            answers[i] = choose_answer(a, &questions[i]);
        } else if (search_answer(a, &questions[i], i, &answers[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
