/*
 * A span: a few consecutive steps of a window, and the streams that one thread handles.
 *
 * All layers work on one span before the next begins, so that each pass still finds in the cache
 * what the previous pass wrote.
 */
#ifndef CHARNN_NN_SPAN_H
#define CHARNN_NN_SPAN_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"
#include "nn/plan.h"

/* The steps [t_begin, t_end) of the streams [b_begin, b_end). */
struct span {
    size_t t_begin, t_end;
    size_t b_begin, b_end;
    struct thread_pool *pool; /* shares the columns of each forward product, or NULL */
};

/* How a window of `steps` steps and `batch` streams is split: `most` steps per span. */
struct spans {
    size_t steps, batch, most;
};

/* The steps of a span, at least, if there is an attention head: it multiplies what so many steps of
 * a stream ask for in one product. */
enum { CHARNN_ATTENTION_STEPS = 12 };

/* The split of the longest window; shorter windows have the same `most`. It decides the order in
 * which gradients are summed, so it does not depend on the number of threads. Without gradients the
 * spans of a large model are shorter, so that a watch soon ends a call. */
struct spans spans_for(const struct model *model, const struct network_plan *plan);

size_t span_count(struct spans spans);

/* Span i, with the share of the streams that thread `index` of `count` handles. */
struct span span_at(struct spans spans, size_t i, size_t index, size_t count);

#endif
