#include "infer/sampler.h"

#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

struct sampler {
    const struct kernels *kernels;
    uint64_t seed;
    uint64_t draws; /* since the seed was set */
    size_t vocab;
    size_t padded; /* vocab, for the kernel */
    float inverse_temperature;
    bool argmax;
    float weights[]; /* [padded] */
};

enum status sampler_create(const struct sampler_settings *settings, size_t vocab,
                           struct sampler **sampler, struct error *error) {
    assert(vocab >= 1 && settings->temperature > 0);
    *sampler = NULL;
    size_t padded = size_round_up(vocab, CHARNN_KERNEL_LANES);
    size_t size;
    void *memory;
    if (padded < vocab || !size_multiply(padded, sizeof(float), &size) ||
        !size_add(size, sizeof(struct sampler), &size)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "a vocabulary of %zu symbols is too large",
                         vocab);
    }
    if (memory_allocate(size, 1, "the probabilities", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct sampler *s = memory;
    double inverse = 1 / settings->temperature;
    s->kernels = kernels_current();
    s->vocab = vocab;
    s->padded = padded;
    s->argmax = settings->argmax || inverse > (double)FLT_MAX;
    s->inverse_temperature = s->argmax ? 1.0F : (float)inverse;
    sampler_restart(s, settings->seed);
    *sampler = s;
    return CHARNN_OK;
}

void sampler_destroy(struct sampler *sampler) {
    memory_free(sampler);
}

void sampler_restart(struct sampler *sampler, uint64_t seed) {
    sampler->seed = seed;
    sampler->draws = 0;
}

/* The next random number in [0, 1). */
static double next_uniform(struct sampler *s) {
    uint32_t words[4];
    random_words(s->seed, CHARNN_RANDOM_SAMPLE, (uint32_t)s->draws, (uint32_t)(s->draws >> 32), 0,
                 words);
    s->draws++;
    return random_to_unit_double(words[0], words[1]);
}

/* The id of the greatest logit, the lowest of equal ones. */
static enum status find_greatest(const float *logits, size_t vocab, size_t *greatest,
                                 struct error *error) {
    *greatest = 0;
    for (size_t i = 0; i < vocab; i++) {
        if (!isfinite(logits[i])) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "the model gives no probabilities (the logit of symbol %zu is %f); "
                             "its weights are unusable",
                             i, (double)logits[i]);
        }
        if (logits[i] > logits[*greatest]) {
            *greatest = i;
        }
    }
    return CHARNN_OK;
}

/* Weights in proportion to the probabilities at the temperature, the greatest of them 1. */
static void set_weights(struct sampler *s, const float *logits, float greatest) {
    memcpy(s->weights, logits, s->vocab * sizeof *s->weights);
    for (size_t i = s->vocab; i < s->padded; i++) {
        s->weights[i] = greatest;
    }
    s->kernels->exponentials(s->weights, s->padded, greatest, s->inverse_temperature, s->weights);
}

/* The inverse of the cumulative distribution that the weights stand for; not all are 0. */
static size_t draw_by_weights(struct sampler *s) {
    double total = 0;
    for (size_t i = 0; i < s->vocab; i++) {
        total += (double)s->weights[i];
    }
    double wanted = next_uniform(s) * total;
    double sum = 0;
    size_t last = 0;
    for (size_t i = 0; i < s->vocab && sum <= wanted; i++) {
        if (s->weights[i] > 0) {
            sum += (double)s->weights[i];
            last = i;
        }
    }
    return last;
}

enum status sampler_draw(struct sampler *sampler, const float *logits, int32_t *id,
                         struct error *error) {
    size_t drawn;
    if (find_greatest(logits, sampler->vocab, &drawn, error) != CHARNN_OK) {
        return error->status;
    }
    if (!sampler->argmax) {
        set_weights(sampler, logits, logits[drawn]);
        drawn = draw_by_weights(sampler);
    }
    *id = (int32_t)drawn;
    return CHARNN_OK;
}

int32_t sampler_draw_uniform(struct sampler *sampler) {
    return (int32_t)(next_uniform(sampler) * (double)sampler->vocab);
}
