#include "infer/inside/reach.h"

#include "base/memory.h"
#include "nn/network.h"

#include <math.h>

enum { STEPS = 32, STREAMS_MOST = 64, PIECES = CHARNN_REACH_PIECES };

/* The last k of each point. */
static const size_t ends[CHARNN_REACH_POINTS] = {
    1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000};

/* Streams of one length. The few symbols of a small k are compared at every place, those of a large
 * k at few, for the same work. */
struct pass {
    size_t stride; /* between the starts of two streams */
    size_t length; /* most symbols that a stream reads */
    size_t after;  /* the streams count for k > after */
};

static const struct pass passes[] = {{1, 10, 0}, {10, 100, 10}, {200, CHARNN_REACH_MOST, 100}};
enum { PASSES = sizeof passes / sizeof passes[0] };

/* Differences of a point in a piece of the text. */
struct sample {
    double sum;
    size_t count;
};

struct window {
    size_t first, stride, batch; /* streams */
    size_t before, steps;
};

struct measurement {
    const struct reach_plan *plan;
    const struct pass *pass; /* NULL: the stream that reads the whole text */
    float *whole;            /* [N] nats with the whole past, from symbol 1 on */
    struct sample samples[CHARNN_REACH_POINTS][PIECES];
    size_t done, steps;                                       /* of all passes */
    int32_t x[STEPS * STREAMS_MOST], y[STEPS * STREAMS_MOST]; /* [steps][batch] */
    float nats[STEPS * STREAMS_MOST];
};

/* Symbols that the stream reads from `start` on, to predict one each. */
static size_t stream_length(size_t length, struct pass pass, size_t start) {
    size_t left = length - 1 - start;
    return left < pass.length ? left : pass.length;
}

static size_t stream_count(size_t length, struct pass pass) {
    return (length - 2) / pass.stride + 1;
}

static size_t batch_of(size_t length, struct pass pass) {
    size_t streams = stream_count(length, pass);
    return streams < STREAMS_MOST ? streams : STREAMS_MOST;
}

static void take(struct measurement *m, size_t target, size_t k, float nats) {
    size_t piece = target * PIECES / m->plan->length;
    size_t point = 0;
    if (m->pass == NULL) {
        m->whole[target] = nats;
        return;
    }
    if (k <= m->pass->after) {
        return;
    }
    while (ends[point] < k) {
        point++;
    }
    m->samples[point][piece].sum += (double)nats - (double)m->whole[target];
    m->samples[point][piece].count++;
}

/* A window of streams that begin at first, first + stride, ... and have read `before` symbols. */
static void read_window(struct measurement *m, struct network *network, struct window w) {
    const struct reach_plan *plan = m->plan;
    for (size_t i = 0; i < w.steps * w.batch; i++) {
        size_t at = w.first + i % w.batch * w.stride + w.before + i / w.batch;
        bool reads = at + 1 < plan->length;
        m->x[i] = reads ? plan->ids[at] : 0;
        m->y[i] = reads ? plan->ids[at + 1] : -1;
    }
    network_score(network, m->x, m->y, w.steps, m->nats);
    for (size_t i = 0; i < w.steps * w.batch; i++) {
        size_t k = w.before + i / w.batch + 1;
        size_t target = w.first + i % w.batch * w.stride + k;
        if (target < plan->length) {
            take(m, target, k, m->nats[i]);
        }
    }
    m->done += w.steps * w.batch;
    if (plan->tell != NULL) {
        plan->tell(plan->context, m->done, m->steps);
    }
}

static enum status read_streams(struct measurement *m, struct pass pass, struct error *error) {
    const struct reach_plan *plan = m->plan;
    struct window w = {.stride = pass.stride, .batch = batch_of(plan->length, pass)};
    const struct network_plan network_plan = {.batch = w.batch, .steps = STEPS};
    struct network *network;
    if (network_create(plan->model, plan->pool, &network_plan, &network, error) != CHARNN_OK) {
        return error->status;
    }
    for (; w.first + 1 < plan->length; w.first += w.batch * w.stride) {
        size_t length = stream_length(plan->length, pass, w.first); /* no other is longer */
        network_reset_state(network);
        for (w.before = 0; w.before < length; w.before += w.steps) {
            w.steps = length - w.before < STEPS ? length - w.before : STEPS;
            read_window(m, network, w);
        }
    }
    network_destroy(network);
    return CHARNN_OK;
}

static struct pass whole_text(size_t length) {
    return (struct pass){.stride = length, .length = length};
}

static size_t count_steps(size_t length) {
    size_t steps = length - 1;
    for (size_t i = 0; i < PASSES; i++) {
        size_t batch = batch_of(length, passes[i]);
        for (size_t first = 0; first + 1 < length; first += batch * passes[i].stride) {
            steps += batch * stream_length(length, passes[i], first);
        }
    }
    return steps;
}

/* `more` and its error, from at least one sample. */
static struct reach_point point_of(const struct sample pieces[PIECES]) {
    struct reach_point point = {.error = NAN};
    double sum = 0;
    double count = 0;
    double used = 0;
    double squares = 0; /* of what the pieces exceed the mean by */
    for (size_t i = 0; i < PIECES; i++) {
        sum += pieces[i].sum;
        count += (double)pieces[i].count;
        used += pieces[i].count > 0;
    }
    point.more = sum / count;
    for (size_t i = 0; i < PIECES; i++) {
        double excess = pieces[i].sum - point.more * (double)pieces[i].count;
        squares += excess * excess;
    }
    if (used > 1) {
        point.error = sqrt(squares * used / (used - 1)) / count;
    }
    return point;
}

static void sum_up(const struct measurement *m, struct reach *reach) {
    double nats = 0;
    for (size_t t = 1; t < m->plan->length; t++) {
        nats += (double)m->whole[t];
    }
    *reach = (struct reach){.nats = nats / (double)(m->plan->length - 1)};
    for (size_t i = 0; i < CHARNN_REACH_POINTS && ends[i] < m->plan->length; i++) {
        struct reach_point *point = &reach->points[reach->count++];
        *point = point_of(m->samples[i]);
        point->from = i > 0 ? ends[i - 1] + 1 : 1;
        point->to = ends[i];
    }
}

size_t reach_memory(const struct reach_plan *plan) {
    const struct network_plan network = {.batch = STREAMS_MOST, .steps = STEPS};
    const size_t needs[] = {sizeof(struct measurement), plan->length * sizeof(float),
                            network_memory(plan->model, &network, thread_pool_size(plan->pool))};
    return size_sum(needs, 3);
}

enum status reach_measure(const struct reach_plan *plan, struct reach *reach, struct error *error) {
    struct measurement *m;
    if (MEMORY_NEW(&m, 1, "the reach", error) != CHARNN_OK) {
        return error->status;
    }
    *m = (struct measurement){.plan = plan, .steps = count_steps(plan->length)};
    enum status status = MEMORY_NEW(&m->whole, plan->length, "losses", error);
    status = status == CHARNN_OK ? read_streams(m, whole_text(plan->length), error) : status;
    for (size_t i = 0; status == CHARNN_OK && i < PASSES; i++) {
        m->pass = &passes[i];
        status = read_streams(m, passes[i], error);
    }
    if (status == CHARNN_OK) {
        sum_up(m, reach);
    }
    memory_free(m->whole);
    memory_free(m);
    return status;
}
