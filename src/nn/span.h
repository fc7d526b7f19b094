/*
 * A span: a few consecutive steps of a window, and the streams that one thread handles.
 *
 * All layers work on one span before the next begins, so that each pass still finds in the cache
 * what the previous pass wrote.
 */
#ifndef CHARNN_NN_SPAN_H
#define CHARNN_NN_SPAN_H

#include "nn/model.h"

/* The steps [t_begin, t_end) of the streams [b_begin, b_end). */
struct span {
    size_t t_begin, t_end;
    size_t b_begin, b_end;
};

/* The most steps per span for a window of `steps` steps and `batch` streams. It decides the order
 * in which gradients are summed, so it does not depend on the number of threads. */
size_t span_most_steps(const struct model *model, size_t batch, size_t steps);

/* The number of spans of at most `most` steps in a window of `steps` steps. */
size_t span_count(size_t steps, size_t most);

/* Span i of that window, with the share of `batch` streams that thread `index` of `count` handles.
 */
struct span span_at(size_t i, size_t steps, size_t most, size_t batch, size_t index, size_t count);

#endif
