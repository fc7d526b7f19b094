/*
 * Beam search: a look for the likeliest texts. Of all continuations of the texts so far, by one
 * symbol each, the `width` most probable are kept, step by step. A text whose stop text came, or
 * the end symbol of records, is set aside; the search ends at the length, or when `width` texts are
 * set aside. They are then ranked by their nats per symbol, stop texts included, the fewest first.
 *
 * Nothing is random. Of equally probable ones that of the better text so far, then of the lower id,
 * comes first. Results do not depend on the number of threads, bit for bit.
 */
#ifndef CHARNN_INFER_BEAM_H
#define CHARNN_INFER_BEAM_H

#include "base/thread_pool.h"
#include "infer/stops.h"
#include "nn/model.h"
#include "text/vocab.h"

struct beam;

/* All is borrowed. */
struct beam_plan {
    struct model *model;
    const struct vocab *vocab;
    struct thread_pool *pool;
    const struct stops *stops;
    const bool *allowed; /* [V] or NULL: all */
    size_t width;        /* N >= 1 */
};

/* Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status beam_create(const struct beam_plan *plan, struct beam **beam,
                                          struct error *error);

/* NULL is fine. */
void beam_destroy(struct beam *beam);

/*
 * Searches for what follows ids[count], of `length` >= 1 symbols; it begins as a generator does
 * (infer/generator.h). Call it once. Errors: CHARNN_ERROR_DATA where there is neither prime nor a
 * symbol to begin after, or the
 * model gives no probabilities; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status beam_run(struct beam *beam, const int32_t *ids, size_t count,
                                       size_t length, struct error *error);

/* One of the texts found. */
struct beam_text {
    const int32_t *ids; /* until the next call; with the stop text at the end */
    size_t count;
    size_t stop; /* bytes of the stop text, 1 for the end symbol; 0: without */
    double nats; /* -ln of the probability */
};

/* How many texts were found, 1 to N. */
size_t beam_count(const struct beam *beam);

/* That of a rank from 0. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status beam_get(struct beam *beam, size_t rank, struct beam_text *text,
                                       struct error *error);

#endif
