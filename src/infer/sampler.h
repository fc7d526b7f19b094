/*
 * A sampler: draws the next symbols of one or more texts from a model's logits, in this order:
 *
 *   1. symbols that are not allowed get probability 0; so does the end symbol, up to min_length
 *   2. repetition penalty: the probabilities of recent symbols are divided by it
 *   3. temperature: probabilities are raised to the power 1 / temperature
 *   4. filters: top-k, then top-p, then min-p (infer/filters.h), each on what the last one kept
 *   5. a symbol is drawn in proportion to what remains
 *
 * With argmax the most probable symbol after step 2 is taken.
 *
 * The penalty is that of Keskar et al. 2019 (CTRL) with one difference. They divide positive logits
 * and multiply negative ones, so the result depends on a constant that softmax ignores; here the
 * probability is divided.
 *
 * Every text has a number, which selects its stream of random numbers. A draw is a pure function of
 * the seed, the text's number, its draws so far, its recent symbols and the logits. All kernel sets
 * with fused multiply-adds give the same draws.
 */
#ifndef CHARNN_INFER_SAMPLER_H
#define CHARNN_INFER_SAMPLER_H

#include "base/error.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 and false turn a step off. */
struct sampler_settings {
    struct number_list temperatures; /* each > 0; text number n uses entry n modulo their count */
    bool argmax;                     /* if symbols are equally probable, the lowest id */
    size_t top_k;
    double top_p;
    double min_p;
    double repetition_penalty; /* >= 1 */
    size_t repetition_window;  /* recent symbols that are penalized */
    const bool *allowed;       /* [V], at least one true, copied; NULL: all */
    size_t min_length;         /* symbols that a text draws before it may draw `end` */
    int32_t end;               /* the end symbol; used if min_length > 0; -1: none */
    uint64_t seed;
};

struct sampler;

/* A sampler for `texts` >= 1 texts, numbers 0, 1, ..., over `vocab` >= 1 symbols. The texts share
 * its memory, so one thread at a time may use it. Settings are copied. A temperature whose
 * inverse overflows float counts as argmax. */
CHARNN_MUST_CHECK enum status sampler_create(const struct sampler_settings *settings, size_t vocab,
                                             size_t texts, struct sampler **sampler,
                                             struct error *error);
void sampler_destroy(struct sampler *sampler);

/* Starts new texts, numbers first, first + 1, ..., of this seed. */
void sampler_restart(struct sampler *sampler, uint64_t seed, uint32_t first);

/* Starts another text of the same seed in place of text `text` (an index from 0). */
void sampler_restart_text(struct sampler *sampler, size_t text, uint32_t number);

/* Appends a symbol to the recent ones of a text. */
void sampler_note_text(struct sampler *sampler, size_t text, int32_t id);

/* Appends ids[count] to the recent symbols of every text; draws append themselves. */
void sampler_note(struct sampler *sampler, const int32_t *ids, size_t count);

/* Draws the next symbol of a text (an index from 0) from logits[V]. Allocates nothing. Errors:
 * CHARNN_ERROR_DATA if a logit is not finite; then *id is not set. */
CHARNN_MUST_CHECK enum status sampler_draw(struct sampler *sampler, size_t text,
                                           const float *logits, int32_t *id, struct error *error);

/* Draws an allowed symbol, all with equal probability. */
int32_t sampler_draw_uniform(struct sampler *sampler, size_t text);

/* -ln of the probability that logits[V], which are finite, give to a symbol, without steps 1 to 4.
 */
double sampler_nats(struct sampler *sampler, const float *logits, int32_t id);

/* weights[V] in proportion to the probabilities of step 5; with argmax, at temperature 1. Borrowed
 * until the next call. Errors: as sampler_draw(). */
CHARNN_MUST_CHECK enum status sampler_weigh(struct sampler *sampler, size_t text,
                                            const float *logits, const float **weights,
                                            struct error *error);

#endif
