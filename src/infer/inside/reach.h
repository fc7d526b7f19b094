/*
 * Reach: how far back a model looks. The loss of a symbol as a function of k, the number of symbols
 * before it that the model reads, from the zero state.
 *
 * Streams start from the zero state at even distances, and each is compared, symbol by symbol, with
 * one stream that reads the whole text: more(k) is the mean of nats(k symbols) - nats(all before)
 * over the symbols at which a stream has read k. As the two losses are of the same symbol, the
 * differences vary far less than the losses, and a few streams do for a large k. A point is the
 * mean over a range of k.
 *
 * Neighbouring differences depend on each other, so the standard error of a point comes from the
 * sums of CHARNN_REACH_PIECES equal pieces of the text (the error of a ratio of cluster totals:
 * Cochran, Sampling Techniques, section 9A).
 */
#ifndef CHARNN_INFER_INSIDE_REACH_H
#define CHARNN_INFER_INSIDE_REACH_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"

enum { CHARNN_REACH_POINTS = 20, CHARNN_REACH_MOST = 2000, CHARNN_REACH_PIECES = 20 };

struct reach_point {
    size_t from, to; /* k */
    double more;     /* nats per symbol */
    double error;    /* standard error of `more`; NaN if the samples are in one piece of the text */
};

struct reach {
    double nats;  /* per symbol, with the whole past */
    size_t count; /* points, in the order of k: those that the text is long enough for */
    struct reach_point points[CHARNN_REACH_POINTS];
};

/* Everything is borrowed. */
struct reach_plan {
    struct model *model;
    struct thread_pool *pool;
    const int32_t *ids;                                     /* [length] of the text, 0 <= id < V */
    size_t length;                                          /* N >= 2 */
    void (*tell)(void *context, size_t done, size_t whole); /* steps of streams; NULL: none */
    void *context;
};

/* Bytes that reach_measure() allocates at the most; SIZE_MAX if that overflows. */
size_t reach_memory(const struct reach_plan *plan);

/* Reads about 31 N symbols. Does not depend on the number of threads. Errors:
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status reach_measure(const struct reach_plan *plan, struct reach *reach,
                                            struct error *error);

#endif
