/*
 * A sampler: draws one symbol after another from logits. It is made of steps: logits become
 * weights in proportion to the probabilities; the weights may be changed; one symbol is drawn by
 * them.
 *
 * A draw is a pure function of the seed, the number of draws before it and the logits, the same on
 * every kernel set with fused multiply-adds.
 */
#ifndef CHARNN_INFER_SAMPLER_H
#define CHARNN_INFER_SAMPLER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler_settings {
    double temperature; /* > 0: logits are divided by it */
    bool argmax;        /* always the greatest logit, of equal ones the lowest id */
    uint64_t seed;
};

struct sampler;

/*
 * A sampler for logits of `vocab` >= 1 symbols; the settings are copied. A temperature whose
 * inverse is beyond float counts as argmax. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status sampler_create(const struct sampler_settings *settings, size_t vocab,
                                             struct sampler **sampler, struct error *error);

/* NULL is fine. */
void sampler_destroy(struct sampler *sampler);

/* Begins anew, with this seed. */
void sampler_restart(struct sampler *sampler, uint64_t seed);

/*
 * Draws an id by the softmax of logits[vocab] / temperature. Allocates nothing. Errors:
 * CHARNN_ERROR_DATA where a logit is NaN or infinite; *id is then not set.
 */
CHARNN_MUST_CHECK enum status sampler_draw(struct sampler *sampler, const float *logits,
                                           int32_t *id, struct error *error);

/* Draws an id, each as likely as any other. */
int32_t sampler_draw_uniform(struct sampler *sampler);

#endif
