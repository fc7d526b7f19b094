/*
 * A generator: reads a prime and writes the symbols that follow, for one text or for many side by
 * side, one in each stream. All texts read the same prime, or each its own; text number n of a seed
 * and a prime is the same in any stream of any generator, with any number of threads.
 *
 * The sampler's `allowed` says which symbols may be written; see infer/allowed.h.
 *
 * If the model learned records, it reads the end symbol before the prime; a text is over when the
 * end symbol is drawn. Otherwise a text without a prime starts after a newline, which the model
 * reads but which is not part of the text. If the vocabulary has no newline, the first symbol is
 * drawn uniformly, as in char-rnn.
 */
#ifndef CHARNN_INFER_GENERATOR_H
#define CHARNN_INFER_GENERATOR_H

#include "base/machine/thread_pool.h"
#include "infer/sampler.h"
#include "nn/model.h"
#include "text/vocab.h"

struct generator;

/* A generator of `streams` >= 1, at the start of texts 0, 1, 2, ... of the settings' seed. Model,
 * vocabulary (of the model's size) and pool are borrowed; settings are copied. The streams are
 * divided among the threads, so more threads than streams do not help. */
CHARNN_MUST_CHECK enum status generator_create(struct model *model, const struct vocab *vocab,
                                               struct thread_pool *pool,
                                               const struct sampler_settings *settings,
                                               size_t streams, struct generator **generator,
                                               struct error *error);

/* Approximate bytes that generator_create() allocates with a pool of `threads`; SIZE_MAX if that
 * overflows. The model needs only its parameter table. */
size_t generator_memory(const struct model *model, size_t streams, size_t threads);

/* Changes the settings. The streams go on with the random numbers of texts first, first + 1, ... of
 * the new seed, from the first number on, and no symbol counts as recent. The model keeps what it
 * has read. Errors: CHARNN_ERROR_MEMORY; then nothing has changed. */
CHARNN_MUST_CHECK enum status generator_set_sampling(struct generator *generator,
                                                     const struct sampler_settings *settings,
                                                     uint32_t first, struct error *error);
void generator_destroy(struct generator *generator);

/* Starts texts first, ..., first + count - 1 of this seed, with the weights that the model has now;
 * 1 <= count <= streams. Allocates nothing. */
void generator_restart(struct generator *generator, uint64_t seed, uint32_t first, size_t count);

/* Lets the model read ids[count], each 0 <= id < V, in every stream, in any number of calls. After
 * generator_write() only a generator of one stream may read more. */
void generator_prime(struct generator *generator, const int32_t *ids, size_t count);

/* After generator_restart() and instead of generator_prime(), for each of the `count` streams: the
 * stream starts text `number` and reads ids[count] of its own, which are borrowed until
 * generator_write() has read them. */
void generator_start_text(struct generator *generator, size_t stream, uint32_t number,
                          const int32_t *ids, size_t count);

/* Writes the next symbols of each text to ids[steps][count], `count` as in generator_restart();
 * before its first call, `streams`. With many streams, several steps at once are faster, because
 * threads meet less often. In a step in which a stream of generator_start_text() still reads, its
 * id is -1. Allocates nothing. Errors: the first of sampler_draw(); then restart the generator. */
CHARNN_MUST_CHECK enum status generator_write(struct generator *generator, size_t steps,
                                              int32_t *ids, struct error *error);

/*
 * generator_write() that also gives nats[steps][count]: -ln of the model's probability of each
 * symbol, without the sampler's settings; 0 for a symbol that is read or drawn uniformly.
 */
CHARNN_MUST_CHECK enum status generator_write_scored(struct generator *generator, size_t steps,
                                                     int32_t *ids, double *nats,
                                                     struct error *error);

#endif
