#include "nn/span.h"

/*
 * Rows (steps times streams) per span. The gates of a span should stay in the L2 cache from one
 * pass to the next, which asks for few rows. The outer products of each span load and store the
 * weight gradients, which asks for about as many rows as units: then the gradients are no larger
 * than the gates. An attention head reads the memory of a stream once for several steps.
 */
static size_t span_rows(const struct model *m, size_t batch) {
    enum { LEAST = 128, MOST = 512, FLOATS = 64 * 1024 };
    size_t fitting = FLOATS / (cell_gate_blocks(m->shape.cell) * m->hidden_stride);
    size_t rows = fitting > m->hidden_stride ? fitting : m->hidden_stride;
    rows = rows > LEAST ? rows : LEAST;
    rows = rows < MOST ? rows : MOST;
    size_t looking = m->shape.attention > 0 ? CHARNN_ATTENTION_STEPS * batch : 0;
    return rows > looking ? rows : looking;
}

/* Rows whose products take a fraction of a second. The rows of a single step of so large a model
 * already fill the caches, so longer spans would not be faster. */
static size_t quick_rows(const struct model *m) {
    const uint64_t multiplications = UINT64_C(1) << 32;
    return (size_t)(multiplications / (m->parameters.elements + 1));
}

struct spans spans_for(const struct model *model, const struct network_plan *plan) {
    size_t rows = span_rows(model, plan->batch);
    if (!plan->trainable && quick_rows(model) < rows) {
        rows = quick_rows(model);
    }
    size_t most = rows > plan->batch ? rows / plan->batch : 1;
    return (struct spans){.steps = plan->steps,
                          .batch = plan->batch,
                          .most = most < plan->steps ? most : plan->steps};
}

size_t span_count(struct spans spans) {
    return (spans.steps + spans.most - 1) / spans.most;
}

struct span span_at(struct spans spans, size_t i, size_t index, size_t count) {
    struct span span = {.t_begin = i * spans.most};
    span.t_end = spans.steps - span.t_begin < spans.most ? spans.steps : span.t_begin + spans.most;
    thread_pool_share(spans.batch, 1, index, count, &span.b_begin, &span.b_end);
    return span;
}
