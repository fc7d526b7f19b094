/*
 * A sampler: draws one symbol after another from logits. It is made of steps, always in this order,
 * each of which sees what the one before it left:
 *
 *   1. symbols that are not allowed have the probability 0
 *   2. repetition penalty: probabilities of the symbols among the last ones are divided by it
 *   3. temperature: probabilities to the power of its inverse
 *   4. top-k    5. top-p    6. min-p, see filters.h
 *
 * Then one symbol is drawn by the probabilities that are left; argmax takes the greatest after 2.
 *
 * The penalty is that of Keskar et al. 2019 (CTRL) but for one thing: they divide a logit, or
 * multiply it where it is negative, which depends on a constant that all logits may have in common.
 *
 * One seed has many streams of random numbers, one for each text. A draw is a pure function of the
 * seed, the text's number, the number of draws before it, the symbols noted and the logits, the
 * same on every kernel set with fused multiply-adds.
 */
#ifndef CHARNN_INFER_SAMPLER_H
#define CHARNN_INFER_SAMPLER_H

#include "base/error.h"
#include "base/list.h"
#include "infer/filters.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is 0 or false is not done. */
struct sampler_settings {
    struct number_list temperatures; /* each > 0; text i has number i modulo their count */
    bool argmax;                     /* always the likeliest, of equal ones the lowest id */
    size_t top_k;
    double top_p;
    double min_p;
    double repetition_penalty; /* at least 1 */
    size_t repetition_window;  /* symbols */
    const bool *allowed;       /* [V], at least one true; NULL: all; copied */
    uint64_t seed;
};

struct sampler;

/*
 * A sampler for logits of `vocab` >= 1 symbols, at the beginning of text 0 of the settings' seed;
 * the settings are copied. A temperature whose inverse is beyond float counts as argmax. Errors:
 * CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status sampler_create(const struct sampler_settings *settings, size_t vocab,
                                             struct sampler **sampler, struct error *error);

/*
 * A sampler with the settings of another, at the beginning of text 0, which works in the memory of
 * that one: not at the same time, nor after its end. So texts that one thread writes in turns leave
 * room in the processor's cache. Errors and ownership as above.
 */
CHARNN_MUST_CHECK enum status sampler_create_beside(const struct sampler *other,
                                                    struct sampler **sampler, struct error *error);

/* NULL is fine. */
void sampler_destroy(struct sampler *sampler);

/* Begins text number `text` of this seed. */
void sampler_restart(struct sampler *sampler, uint64_t seed, uint32_t text);

/* Notes that the text goes on with a symbol, for the repetition penalty. Draws are noted already.
 */
void sampler_note(struct sampler *sampler, int32_t id);

/*
 * Draws an id from logits[vocab]. Allocates nothing. Errors: CHARNN_ERROR_DATA where a logit is NaN
 * or infinite; *id is then not set.
 */
CHARNN_MUST_CHECK enum status sampler_draw(struct sampler *sampler, const float *logits,
                                           int32_t *id, struct error *error);

/* Draws an id, each that is allowed as likely as any other. */
int32_t sampler_draw_uniform(struct sampler *sampler);

/*
 * The candidates by whose weights sampler_draw() would draw; for argmax those after step 6 at
 * temperature 1. Those of weight 0 are never drawn. Borrowed, until the next call. Errors as
 * sampler_draw().
 */
CHARNN_MUST_CHECK enum status sampler_weigh(struct sampler *sampler, const float *logits,
                                            const struct candidates **candidates,
                                            struct error *error);

/* CHARNN_ERROR_DATA, with a sentence about the first of logits[vocab] that is not finite. */
CHARNN_MUST_CHECK enum status sampler_refuse_logits(const float *logits, size_t vocab,
                                                    struct error *error);

#endif
