/*
 * Beam search for the most probable continuations of a prime. Each step extends every live text by
 * each symbol and keeps the `width` most probable results. A text that ends with a stop text or the
 * end symbol is finished. The search stops at the length limit, or when `width` texts are finished
 * that are more probable than all live ones. Texts are ranked by their probability, stop texts
 * included, so among texts that end by themselves, short ones tend to come first.
 *
 * Nothing is random. If results are equally probable, the extension of the better text comes first,
 * then the lower id. Results do not depend on the number of threads, bit for bit.
 */
#ifndef CHARNN_INFER_BEAM_H
#define CHARNN_INFER_BEAM_H

#include "base/machine/thread_pool.h"
#include "infer/stops.h"
#include "nn/model.h"
#include "text/vocab.h"

struct beam;

/* Everything is borrowed. */
struct beam_plan {
    struct model *model;
    const struct vocab *vocab;
    struct thread_pool *pool;
    const struct stops *stops;
    const bool *allowed; /* [V] or NULL: all */
    size_t width;        /* N >= 1 */
};

/* Bytes that beam_create() allocates; SIZE_MAX if that overflows. */
size_t beam_memory(const struct beam_plan *plan);

CHARNN_MUST_CHECK enum status beam_create(const struct beam_plan *plan, struct beam **beam,
                                          struct error *error);
void beam_destroy(struct beam *beam);

/* Searches for continuations of ids[count] of up to `length` >= 1 symbols. Texts start as in a
 * generator (infer/generator.h). Call it once. Errors: CHARNN_ERROR_DATA if there is neither a
 * prime nor a symbol to start after, or a logit is not finite. */
CHARNN_MUST_CHECK enum status beam_run(struct beam *beam, const int32_t *ids, size_t count,
                                       size_t length, struct error *error);

struct beam_text {
    const int32_t *ids; /* includes the stop text; valid until the next call */
    size_t count;
    size_t stop; /* bytes of the stop text, 1 for the end symbol, 0 for neither */
    double nats; /* -ln of the probability */
};

/* The number of texts found, 1 to N. */
size_t beam_count(const struct beam *beam);

/* The text of a rank, from 0. */
CHARNN_MUST_CHECK enum status beam_get(struct beam *beam, size_t rank, struct beam_text *text,
                                       struct error *error);

#endif
