/*
 * A generator: reads symbols and writes the ones that a model thinks may follow, one stream.
 *
 * Without a prime it begins as if a line had just ended: the model reads a newline that is not
 * part of the text. Where the vocabulary has no newline, the first symbol is drawn with equal
 * probability for all, as in char-rnn.
 */
#ifndef CHARNN_INFER_GENERATOR_H
#define CHARNN_INFER_GENERATOR_H

#include "base/thread_pool.h"
#include "infer/sampler.h"
#include "nn/model.h"
#include "text/vocab.h"

struct generator;

/*
 * A generator at the beginning of a text. Model, vocabulary (of the model's size) and pool are
 * borrowed; the settings are copied. One stream is work for one thread: more in the pool do not
 * make it faster. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status generator_create(struct model *model, const struct vocab *vocab,
                                               struct thread_pool *pool,
                                               const struct sampler_settings *settings,
                                               struct generator **generator, struct error *error);

/* NULL is fine. */
void generator_destroy(struct generator *generator);

/* Begins a new text with this seed and the weights that the model has now. Allocates nothing. */
void generator_restart(struct generator *generator, uint64_t seed);

/*
 * Lets the model read ids[count], each 0 <= id < V, after what it has read and written so far; in
 * pieces is the same as all at once.
 */
void generator_prime(struct generator *generator, const int32_t *ids, size_t count);

/*
 * The next symbol, which the model has then also read. Allocates nothing. Errors: those of
 * sampler_draw().
 */
CHARNN_MUST_CHECK enum status generator_next(struct generator *generator, int32_t *id,
                                             struct error *error);

#endif
