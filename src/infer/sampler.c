#include "infer/sampler.h"

#include "base/arena.h"
#include "base/math.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum {
    LANES = 16,  /* chains that find the greatest logit side by side */
    BLOCK = 512, /* weights that are summed up before the one to draw is looked for among them */
};

/* What a draw works with; nothing of it but what is allowed outlasts the draw. */
struct work {
    float *weights; /* [padded]: logits first, then weights */
    struct candidates candidates;
    double *sums;        /* of each block of weights */
    bool *allowed;       /* [vocab]; NULL: all is */
    uint32_t *forbidden; /* [vocab], the ids of the others */
    size_t forbidden_count;
    uint64_t *stamps; /* [vocab]: the pass that has penalized the symbol already */
    uint64_t passes;
};

struct sampler {
    const struct kernels *kernels;
    struct sampler_settings settings;
    size_t vocab;
    size_t padded; /* vocab, for the kernel */
    uint64_t seed;
    uint32_t text;
    uint64_t draws; /* since the text began */
    float inverse_temperature;
    bool argmax;
    int32_t *recent; /* [repetition_window], the last symbols, in a ring; NULL without penalty */
    size_t noted;    /* symbols, since the text began */
    struct work *work;
};

/* ---- making -----------------------------------------------------------------------------------
 */

static bool has_penalty(const struct sampler_settings *s) {
    return s->repetition_penalty > 0 && s->repetition_penalty != 1 && s->repetition_window > 0;
}

static size_t block_count(size_t vocab) {
    return (vocab - 1) / BLOCK + 1;
}

/* Memory to work with; run once to count and once to place. */
static struct work *lay_out_work(const struct sampler_settings *settings, size_t vocab,
                                 size_t padded, struct arena *arena) {
    struct work *w = arena_take(arena, 1, sizeof *w);
    struct work made = {.weights = arena_take_floats(arena, padded, 1, 1)};
    made.sums = arena_take(arena, block_count(vocab), sizeof *made.sums);
    made.candidates.scratch = arena_take(arena, vocab, sizeof *made.candidates.scratch);
    if (settings->allowed != NULL) {
        made.allowed = arena_take(arena, vocab, sizeof *made.allowed);
        made.forbidden = arena_take(arena, vocab, sizeof *made.forbidden);
    }
    if (has_penalty(settings)) {
        made.stamps = arena_take(arena, vocab, sizeof *made.stamps);
    }
    if (w != NULL) {
        *w = made;
    }
    return w;
}

/* The sampler's own memory, which has some to work with unless that is given. */
static struct sampler *lay_out(const struct sampler_settings *settings, size_t vocab, size_t padded,
                               struct work *work, struct arena *arena) {
    struct sampler made = {.vocab = vocab, .padded = padded, .settings = *settings};
    struct sampler *s = arena_take(arena, 1, sizeof *s);
    if (has_penalty(settings)) {
        made.recent = arena_take(arena, settings->repetition_window, sizeof *made.recent);
    }
    made.work = work != NULL ? work : lay_out_work(settings, vocab, padded, arena);
    if (s != NULL) {
        *s = made;
    }
    return s;
}

static enum status create(const struct sampler_settings *settings, size_t vocab, struct work *work,
                          struct sampler **sampler, struct error *error) {
    assert(vocab >= 1 && settings->temperatures.count >= 1);
    *sampler = NULL;
    size_t padded = size_round_up(vocab, CHARNN_LANES);
    if (padded < vocab) {
        return error_set(error, CHARNN_ERROR_MEMORY, "a vocabulary of %zu symbols is too large",
                         vocab);
    }
    struct arena arena = {0};
    (void)lay_out(settings, vocab, padded, work, &arena);
    void *block;
    if (memory_allocate(arena.used, 1, "the probabilities", &block, error) != CHARNN_OK) {
        return error->status;
    }
    arena = (struct arena){.block = block};
    *sampler = lay_out(settings, vocab, padded, work, &arena);
    (*sampler)->kernels = kernels_current();
    sampler_restart(*sampler, settings->seed, 0);
    return CHARNN_OK;
}

enum status sampler_create(const struct sampler_settings *settings, size_t vocab,
                           struct sampler **sampler, struct error *error) {
    if (create(settings, vocab, NULL, sampler, error) != CHARNN_OK) {
        return error->status;
    }
    struct work *work = (*sampler)->work;
    for (size_t i = 0; work->allowed != NULL && i < vocab; i++) {
        work->allowed[i] = settings->allowed[i];
        work->forbidden[work->forbidden_count] = (uint32_t)i;
        work->forbidden_count += !settings->allowed[i];
    }
    return CHARNN_OK;
}

enum status sampler_create_beside(const struct sampler *other, struct sampler **sampler,
                                  struct error *error) {
    return create(&other->settings, other->vocab, other->work, sampler, error);
}

void sampler_destroy(struct sampler *sampler) {
    memory_free(sampler); /* the first thing in its own arena */
}

void sampler_restart(struct sampler *sampler, uint64_t seed, uint32_t text) {
    struct sampler *s = sampler;
    const struct number_list *temperatures = &s->settings.temperatures;
    double inverse = 1 / temperatures->values[text % temperatures->count];
    s->argmax = s->settings.argmax || inverse > (double)FLT_MAX;
    s->inverse_temperature = s->argmax ? 1.0F : (float)inverse;
    s->seed = seed;
    s->text = text;
    s->draws = 0;
    s->noted = 0;
}

void sampler_note(struct sampler *sampler, int32_t id) {
    if (sampler->recent != NULL) {
        sampler->recent[sampler->noted++ % sampler->settings.repetition_window] = id;
    }
}

/* ---- logits -----------------------------------------------------------------------------------
 */

enum status sampler_refuse_logits(const float *logits, size_t vocab, struct error *error) {
    size_t i = 0;
    while (i + 1 < vocab && isfinite(logits[i])) {
        i++;
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "the model gives no probabilities (the logit of symbol %zu is %f); its "
                     "weights are unusable",
                     i, (double)logits[i]);
}

static bool are_finite(const float *logits, size_t count) {
    float lanes[LANES] = {0};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] += logits[i + j] * 0.0F; /* NaN from what is not finite, and it stays */
        }
    }
    for (size_t i = whole; i < count; i++) {
        lanes[i - whole] += logits[i] * 0.0F;
    }
    float sum = 0;
    for (size_t j = 0; j < LANES; j++) {
        sum += lanes[j];
    }
    return sum == 0.0F;
}

static float find_greatest(const float *values, size_t count) {
    float lanes[LANES];
    for (size_t j = 0; j < LANES; j++) {
        lanes[j] = values[0];
    }
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            lanes[j] = values[i + j] > lanes[j] ? values[i + j] : lanes[j];
        }
    }
    float greatest = lanes[0];
    for (size_t i = whole; i < count; i++) {
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    for (size_t j = 1; j < LANES; j++) {
        greatest = lanes[j] > greatest ? lanes[j] : greatest;
    }
    return greatest;
}

static bool is_allowed(const struct sampler *s, size_t i) {
    return s->work->allowed == NULL || s->work->allowed[i];
}

static void set_forbidden(struct sampler *s, float value) {
    for (size_t i = 0; i < s->work->forbidden_count; i++) {
        s->work->weights[s->work->forbidden[i]] = value;
    }
}

/* Steps 1 and 2, in the weights' place; those not allowed are only made least, and cleared later.
 */
static void change_logits(struct sampler *s) {
    set_forbidden(s, -FLT_MAX);
    if (s->recent == NULL) {
        return;
    }
    float penalty = (float)math_log(s->settings.repetition_penalty);
    size_t window = s->settings.repetition_window;
    size_t count = s->noted < window ? s->noted : window;
    s->work->passes++;
    for (size_t i = 0; i < count; i++) {
        size_t id = (size_t)s->recent[i];
        if (s->work->stamps[id] != s->work->passes && is_allowed(s, id)) {
            s->work->stamps[id] = s->work->passes;
            s->work->weights[id] = fmaxf(s->work->weights[id] - penalty, -FLT_MAX);
        }
    }
}

/* Copies the logits to where the weights will be, and changes them there. */
static enum status take_logits(struct sampler *s, const float *logits, float *greatest,
                               struct error *error) {
    if (!are_finite(logits, s->vocab)) {
        return sampler_refuse_logits(logits, s->vocab, error);
    }
    memcpy(s->work->weights, logits, s->vocab * sizeof *s->work->weights);
    change_logits(s);
    *greatest = find_greatest(s->work->weights, s->vocab);
    for (size_t i = s->vocab; i < s->padded; i++) {
        s->work->weights[i] = *greatest;
    }
    return CHARNN_OK;
}

/* Steps 3 to 6: weights in proportion to the probabilities, the greatest of them 1. */
static void set_weights(struct sampler *s, float greatest) {
    const struct sampler_settings *settings = &s->settings;
    s->kernels->exponentials(s->work->weights, s->padded, greatest, s->inverse_temperature,
                             s->work->weights);
    set_forbidden(s, 0);
    struct candidates *candidates = &s->work->candidates;
    candidates->kernels = s->kernels;
    candidates->weights = s->work->weights;
    candidates->count = s->vocab;
    if (settings->top_k > 0) {
        filter_top_k(candidates, settings->top_k);
    }
    if (settings->top_p > 0) {
        filter_top_p(candidates, settings->top_p);
    }
    if (settings->min_p > 0) {
        filter_min_p(candidates, settings->min_p);
    }
}

enum status sampler_weigh(struct sampler *sampler, const float *logits,
                          const struct candidates **candidates, struct error *error) {
    float greatest = 0;
    if (take_logits(sampler, logits, &greatest, error) != CHARNN_OK) {
        return error->status;
    }
    set_weights(sampler, greatest);
    *candidates = &sampler->work->candidates;
    return CHARNN_OK;
}

/* ---- drawing ----------------------------------------------------------------------------------
 */

/* The next random number in [0, 1). */
static double next_uniform(struct sampler *s) {
    uint32_t words[4];
    random_words(s->seed, CHARNN_RANDOM_SAMPLE, (uint32_t)s->draws, (uint32_t)(s->draws >> 32),
                 s->text, words);
    s->draws++;
    return random_to_unit_double(words[0], words[1]);
}

static size_t block_size(const struct candidates *c, size_t block) {
    size_t left = c->count - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* The inverse of the cumulative distribution that the weights stand for; not all are 0. */
static size_t draw_by_weights(struct sampler *s) {
    const struct candidates *c = &s->work->candidates;
    size_t blocks = block_count(c->count);
    double total = 0;
    for (size_t block = 0; block < blocks; block++) {
        s->work->sums[block] =
            c->kernels->sum_at_least(c->weights + block * BLOCK, block_size(c, block), 0);
        total += s->work->sums[block];
    }
    double wanted = next_uniform(s) * total;
    double sum = 0;
    size_t block = 0;
    size_t last_block = 0; /* the last that is not empty, where rounding leads beyond all */
    for (; block < blocks && sum + s->work->sums[block] <= wanted; block++) {
        last_block = s->work->sums[block] > 0 ? block : last_block;
        sum += s->work->sums[block];
    }
    block = block < blocks ? block : last_block;
    const float *weights = c->weights + block * BLOCK;
    size_t last = 0;
    for (size_t i = 0; i < block_size(c, block) && sum <= wanted; i++) {
        if (weights[i] > 0) {
            sum += (double)weights[i];
            last = i;
        }
    }
    return block * BLOCK + last;
}

static size_t find_first(const struct sampler *s, float greatest) {
    size_t i = 0;
    while (s->work->weights[i] != greatest || !is_allowed(s, i)) {
        i++;
    }
    return i;
}

enum status sampler_draw(struct sampler *sampler, const float *logits, int32_t *id,
                         struct error *error) {
    float greatest = 0;
    if (take_logits(sampler, logits, &greatest, error) != CHARNN_OK) {
        return error->status;
    }
    if (sampler->argmax) {
        *id = (int32_t)find_first(sampler, greatest);
    } else {
        set_weights(sampler, greatest);
        *id = (int32_t)draw_by_weights(sampler);
    }
    sampler_note(sampler, *id);
    return CHARNN_OK;
}

int32_t sampler_draw_uniform(struct sampler *sampler) {
    struct sampler *s = sampler;
    size_t count = 0;
    for (size_t i = 0; i < s->vocab; i++) {
        count += is_allowed(s, i);
    }
    size_t left = (size_t)(next_uniform(s) * (double)count);
    size_t id = 0;
    while (!is_allowed(s, id) || left-- > 0) {
        id++;
    }
    sampler_note(s, (int32_t)id);
    return (int32_t)id;
}
