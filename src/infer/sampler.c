#include "infer/sampler.h"

#include "base/arena.h"
#include "base/math.h"
#include "base/memory.h"
#include "base/random.h"
#include "infer/filters.h"
#include "infer/logits.h"
#include "kernels/dispatch.h"

#include <assert.h>
#include <float.h>
#include <math.h>

enum { BLOCK = 512 }; /* weights per partial sum in the search for the drawn symbol */

struct text {
    uint32_t number;
    uint64_t draws;  /* of random numbers */
    size_t written;  /* symbols drawn */
    size_t noted;    /* symbols appended to `recent` since the text began */
    int32_t *recent; /* [repetition_window], a ring; NULL without penalty */
    float inverse_temperature;
    bool argmax;
};

struct sampler {
    const struct kernels *kernels;
    struct sampler_settings settings;
    uint64_t seed;
    size_t text_count;
    struct text *texts;
    size_t vocab, padded;
    float *weights;               /* [padded]: logits, then weights */
    double *block_sums;           /* [blocks] */
    struct candidates candidates; /* keys: NULL without filters */
    uint32_t *forbidden;          /* ids in ascending order */
    size_t forbidden_count;
};

static bool has_penalty(const struct sampler_settings *s) {
    return s->repetition_penalty > 0 && s->repetition_penalty != 1 && s->repetition_window > 0;
}

static bool has_filters(const struct sampler_settings *s) {
    return s->top_k > 0 || s->top_p > 0 || s->min_p > 0;
}

static size_t block_count(size_t vocab) {
    return (vocab - 1) / BLOCK + 1;
}

/* Runs once to count and once to place; see base/arena.h. */
static struct sampler *lay_out(const struct sampler_settings *settings, size_t vocab, size_t texts,
                               struct arena *arena) {
    size_t padded = size_round_up(vocab, CHARNN_LANES);
    struct sampler made = {
        .settings = *settings, .text_count = texts, .vocab = vocab, .padded = padded};
    struct sampler *s = arena_take(arena, 1, sizeof *s);
    made.texts = arena_take(arena, texts, sizeof *made.texts);
    made.weights = arena_take_floats(arena, padded, 1, 1);
    made.block_sums = arena_take(arena, block_count(vocab), sizeof *made.block_sums);
    if (has_filters(settings)) {
        made.candidates.keys = arena_take(arena, vocab, sizeof *made.candidates.keys);
    }
    if (settings->allowed != NULL) {
        made.forbidden = arena_take(arena, vocab, sizeof *made.forbidden);
    }
    int32_t *recent = NULL;
    if (has_penalty(settings)) {
        recent = arena_take(arena, texts, settings->repetition_window * sizeof *recent);
    }
    if (s != NULL) {
        *s = made;
        for (size_t i = 0; recent != NULL && i < texts; i++) {
            s->texts[i].recent = recent + i * settings->repetition_window;
        }
    }
    return s;
}

enum status sampler_create(const struct sampler_settings *settings, size_t vocab, size_t texts,
                           struct sampler **sampler, struct error *error) {
    assert(vocab >= 1 && texts >= 1 && settings->temperatures.count >= 1);
    *sampler = NULL;
    struct arena arena = {0};
    (void)lay_out(settings, vocab, texts, &arena);
    if (arena_allocate(&arena, "the sampler", error) != CHARNN_OK) {
        return error->status;
    }
    struct sampler *s = lay_out(settings, vocab, texts, &arena);
    s->kernels = kernels_current();
    for (size_t i = 0; settings->allowed != NULL && i < vocab; i++) {
        s->forbidden[s->forbidden_count] = (uint32_t)i;
        s->forbidden_count += !settings->allowed[i];
    }
    s->settings.allowed = NULL; /* not needed any more, and borrowed */
    sampler_restart(s, settings->seed, 0);
    *sampler = s;
    return CHARNN_OK;
}

void sampler_destroy(struct sampler *sampler) {
    memory_free(sampler); /* the first object of its arena */
}

void sampler_restart_text(struct sampler *sampler, size_t text, uint32_t number) {
    const struct number_list *temperatures = &sampler->settings.temperatures;
    struct text *t = &sampler->texts[text];
    double inverse = 1 / temperatures->values[number % temperatures->count];
    bool argmax = sampler->settings.argmax || inverse > (double)FLT_MAX;
    *t = (struct text){.number = number,
                       .recent = t->recent,
                       .argmax = argmax,
                       .inverse_temperature = argmax ? 1.0F : (float)inverse};
}

void sampler_restart(struct sampler *sampler, uint64_t seed, uint32_t first) {
    sampler->seed = seed;
    for (size_t i = 0; i < sampler->text_count; i++) {
        sampler_restart_text(sampler, i, first + (uint32_t)i);
    }
}

static void note(const struct sampler *s, struct text *text, int32_t id) {
    if (text->recent != NULL) {
        text->recent[text->noted++ % s->settings.repetition_window] = id;
    }
}

void sampler_note_text(struct sampler *sampler, size_t text, int32_t id) {
    note(sampler, &sampler->texts[text], id);
}

void sampler_note(struct sampler *sampler, const int32_t *ids, size_t count) {
    for (size_t i = 0; i < sampler->text_count; i++) {
        for (size_t j = 0; j < count; j++) {
            note(sampler, &sampler->texts[i], ids[j]);
        }
    }
}

static void set_forbidden(struct sampler *s, const struct text *text, float value) {
    for (size_t i = 0; i < s->forbidden_count; i++) {
        s->weights[s->forbidden[i]] = value;
    }
    if (text->written < s->settings.min_length && s->settings.end >= 0) {
        s->weights[s->settings.end] = value;
    }
}

static void apply_penalty(struct sampler *s, const struct text *text, const float *logits) {
    if (text->recent == NULL) {
        return;
    }
    float penalty = (float)math_log(s->settings.repetition_penalty);
    size_t window = s->settings.repetition_window;
    size_t count = text->noted < window ? text->noted : window;
    for (size_t i = 0; i < count; i++) { /* from the logits: a repeated symbol is penalized once */
        int32_t id = text->recent[i];
        s->weights[id] = fmaxf(logits[id] - penalty, -FLT_MAX);
    }
}

/* Steps 1 and 2. */
static enum status set_logits(struct sampler *s, const struct text *text, const float *logits,
                              float *greatest, struct error *error) {
    if (logits_copy(logits, s->vocab, s->weights, error) != CHARNN_OK) {
        return error->status;
    }
    apply_penalty(s, text, logits);
    set_forbidden(s, text, -INFINITY);
    *greatest = logits_greatest(s->weights, s->padded);
    return CHARNN_OK;
}

/* Step 4. */
static void apply_filters(struct sampler *s) {
    const struct sampler_settings *settings = &s->settings;
    if (!has_filters(settings)) {
        return;
    }
    candidates_list(&s->candidates, s->weights, s->vocab);
    if (settings->top_k > 0) {
        filter_top_k(&s->candidates, settings->top_k);
    }
    if (settings->top_p > 0) {
        filter_top_p(&s->candidates, settings->top_p);
    }
    if (settings->min_p > 0) {
        filter_min_p(&s->candidates, settings->min_p);
    }
    candidates_apply(&s->candidates, s->weights, s->vocab);
}

/* Steps 3 and 4; the greatest weight becomes 1. */
static void set_weights(struct sampler *s, const struct text *text, float greatest) {
    s->kernels->exponentials(s->weights, s->padded, greatest, text->inverse_temperature,
                             s->weights);
    set_forbidden(s, text, 0); /* exponentials() never gives 0 */
    apply_filters(s);
}

enum status sampler_weigh(struct sampler *sampler, size_t text, const float *logits,
                          const float **weights, struct error *error) {
    const struct text *t = &sampler->texts[text];
    float greatest = 0;
    if (set_logits(sampler, t, logits, &greatest, error) != CHARNN_OK) {
        return error->status;
    }
    set_weights(sampler, t, greatest);
    *weights = sampler->weights;
    return CHARNN_OK;
}

/* The text's next random number in [0, 1). */
static double next_uniform(const struct sampler *s, struct text *text) {
    uint32_t words[4];
    random_words(s->seed, CHARNN_RANDOM_SAMPLE, (uint32_t)text->draws,
                 (uint32_t)(text->draws >> 32), text->number, words);
    text->draws++;
    return random_to_unit_double(words[0], words[1]);
}

static size_t block_size(const struct sampler *s, size_t block) {
    size_t left = s->vocab - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

/* Inverts the cumulative distribution at `uniform`, first over blocks, then within one. If rounding
 * leads beyond the end of the block, its last symbol with a weight is drawn. */
static size_t draw_by_weights(struct sampler *s, double uniform) {
    size_t blocks = block_count(s->vocab);
    double total = 0;
    for (size_t block = 0; block < blocks; block++) {
        s->block_sums[block] = s->kernels->sum(s->weights + block * BLOCK, block_size(s, block));
        total += s->block_sums[block];
    }
    double wanted = fmin(uniform * total, nextafter(total, 0));
    double sum = 0;
    size_t block = 0;
    while (sum + s->block_sums[block] <= wanted) {
        sum += s->block_sums[block++];
    }
    const float *weights = s->weights + block * BLOCK;
    size_t last = 0;
    for (size_t i = 0; i < block_size(s, block) && sum <= wanted; i++) {
        if (weights[i] > 0) {
            sum += (double)weights[i];
            last = i;
        }
    }
    return block * BLOCK + last;
}

static size_t find_first(const float *values, float value) {
    size_t i = 0;
    while (values[i] != value) {
        i++;
    }
    return i;
}

enum status sampler_draw(struct sampler *sampler, size_t text, const float *logits, int32_t *id,
                         struct error *error) {
    struct text *t = &sampler->texts[text];
    float greatest = 0;
    if (set_logits(sampler, t, logits, &greatest, error) != CHARNN_OK) {
        return error->status;
    }
    if (t->argmax) {
        *id = (int32_t)find_first(sampler->weights, greatest);
    } else {
        set_weights(sampler, t, greatest);
        *id = (int32_t)draw_by_weights(sampler, next_uniform(sampler, t));
    }
    t->written++;
    note(sampler, t, *id);
    return CHARNN_OK;
}

int32_t sampler_draw_uniform(struct sampler *sampler, size_t text) {
    struct text *t = &sampler->texts[text];
    size_t allowed = sampler->vocab - sampler->forbidden_count;
    size_t id = (size_t)(next_uniform(sampler, t) * (double)allowed);
    for (size_t i = 0; i < sampler->forbidden_count && sampler->forbidden[i] <= id; i++) {
        id++;
    }
    t->written++;
    note(sampler, t, (int32_t)id);
    return (int32_t)id;
}

double sampler_nats(struct sampler *sampler, const float *logits, int32_t id) {
    struct error error;
    enum status status = logits_copy(logits, sampler->vocab, sampler->weights, &error);
    assert(status == CHARNN_OK);
    (void)status;
    return logits_log_sum(sampler->weights, sampler->vocab) - (double)logits[id];
}
