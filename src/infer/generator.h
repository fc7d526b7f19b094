/*
 * A generator: reads symbols and writes the ones that a model thinks may follow, in one stream or
 * in many side by side, each of which is a text of its own. All read the same prime and take their
 * random numbers from one seed, by the numbers of the texts; nothing else tells the texts apart, so
 * that text i of a seed is the same in any stream of any generator, with any number of threads.
 *
 * What may be written is the caller's to say, by the sampler's `allowed`; that of allowed_create()
 * leaves out the unknown symbol of a vocabulary.
 *
 * A text of a model of records is one: before it, and its prime, the model reads the end symbol,
 * and where that is drawn the text is over. Else a text without a prime begins as if a line had
 * just ended: the model reads a newline that is not part of the text. Where the vocabulary has no
 * newline, the first symbol is drawn with equal probability for all, as in char-rnn.
 */
#ifndef CHARNN_INFER_GENERATOR_H
#define CHARNN_INFER_GENERATOR_H

#include "base/thread_pool.h"
#include "infer/sampler.h"
#include "nn/model.h"
#include "text/vocab.h"

struct generator;

/*
 * A generator of `streams` >= 1, at the beginning of the texts 0, 1, 2, ... of the settings' seed.
 * Model, vocabulary (of the model's size) and pool are borrowed; the settings are copied. Threads
 * share the streams: more threads than streams do not make it faster. Errors: CHARNN_ERROR_MEMORY.
 * Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status generator_create(struct model *model, const struct vocab *vocab,
                                               struct thread_pool *pool,
                                               const struct sampler_settings *settings,
                                               size_t streams, struct generator **generator,
                                               struct error *error);

/* Bytes that generator_create() allocates for one stream, in the main; SIZE_MAX if beyond counting.
 */
size_t generator_memory(const struct model *model);

/*
 * Draws by other settings from now on, at the beginning of the texts first, first + 1, ... of their
 * seed as far as random numbers go; what the model has read stays. Errors: CHARNN_ERROR_MEMORY,
 * after which all is as before.
 */
CHARNN_MUST_CHECK enum status generator_set_sampling(struct generator *generator,
                                                     const struct sampler_settings *settings,
                                                     uint32_t first, struct error *error);

/* NULL is fine. */
void generator_destroy(struct generator *generator);

/*
 * Begins the texts first, first + 1, ..., first + count - 1 of this seed, with the weights that the
 * model has now; 1 <= count <= streams. Allocates nothing.
 */
void generator_restart(struct generator *generator, uint64_t seed, uint32_t first, size_t count);

/*
 * Lets the model read ids[count], each 0 <= id < V, in every stream after what it has read and
 * written so far; in pieces is the same as all at once. Only a generator of one stream may be given
 * more to read after it has written.
 */
void generator_prime(struct generator *generator, const int32_t *ids, size_t count);

/*
 * The next symbols of each text, ids[steps][count], which the model has then also read. Many
 * streams are faster in several steps at once, where threads meet less often. Allocates nothing.
 * Errors: those of sampler_draw(), the first one; the generator must then be restarted.
 */
CHARNN_MUST_CHECK enum status generator_write(struct generator *generator, size_t steps,
                                              int32_t *ids, struct error *error);

#endif
