#include "infer/inside/flow.h"

#include "base/memory.h"
#include "nn/network.h"

#include <assert.h>
#include <math.h>

const size_t flow_distances[CHARNN_FLOW_POINTS] = {1,  2,  3,  5,  7,   10,  15,
                                                   20, 30, 50, 70, 100, 150, 200};

enum {
    STREAMS = 16,
    WARM_UP = 200,
    LONGEST = 200, /* distance */
    ROUND = 663,   /* the sum of all distances */
    ROUNDS_MOST = 16
};

struct measurement {
    struct flow *flow;
    struct network *network;
    const int32_t *ids;
    const bool *learned;
    size_t places[STREAMS]; /* of the next input */
    size_t units;           /* H */
    float *gradient;        /* [STREAMS][H] */
    int32_t x[LONGEST * STREAMS], y[LONGEST * STREAMS];
};

static const struct network_plan plan = {.batch = STREAMS, .steps = LONGEST, .trainable = true};

size_t flow_memory(const struct model *model, size_t threads) {
    const size_t needs[] = {network_memory(model, &plan, threads),
                            STREAMS * model->shape.hidden * sizeof(float),
                            sizeof(struct measurement)};
    return size_sum(needs, sizeof needs / sizeof needs[0]);
}

/* The next `steps` inputs of all streams; only the last symbol is to be predicted, if it is to be
 * learned. Returns how many are. */
static size_t fill_window(struct measurement *m, size_t steps) {
    size_t predicted = 0;
    for (size_t b = 0; b < STREAMS; b++) {
        for (size_t t = 0; t < steps; t++) {
            m->x[t * STREAMS + b] = m->ids[m->places[b]++];
            bool last = t + 1 == steps && m->learned[m->places[b]];
            m->y[t * STREAMS + b] = last ? m->ids[m->places[b]] : -1;
            predicted += last;
        }
    }
    return predicted;
}

static void add_norms(struct measurement *m, size_t point, size_t layer, size_t kind) {
    struct flow *flow = m->flow;
    size_t units = m->units;
    double sum = 0;
    network_get_state_gradient(m->network, layer, (int)kind, m->gradient);
    for (size_t b = 0; b < STREAMS; b++) {
        double squares = 0;
        for (size_t j = 0; j < units; j++) {
            double value = (double)m->gradient[b * units + j];
            squares += value * value;
        }
        sum += sqrt(squares);
    }
    flow->norms[(point * flow->layers + layer) * flow->kinds + kind] += sum;
}

static void measure_point(struct measurement *m, size_t point) {
    size_t steps = flow_distances[point];
    m->flow->samples[point] += fill_window(m, steps);
    /* The gradient of the sum of the losses, not of their mean. */
    (void)network_train(m->network, m->x, m->y, steps, NULL, (float)(steps * STREAMS));
    for (size_t layer = 0; layer < m->flow->layers; layer++) {
        for (size_t kind = 0; kind < m->flow->kinds; kind++) {
            add_norms(m, point, layer, kind);
        }
    }
}

static void measure(struct measurement *m, size_t length) {
    size_t rounds = (length - 1 - WARM_UP) / ((size_t)STREAMS * ROUND);
    rounds = rounds < 1 ? 1 : rounds < ROUNDS_MOST ? rounds : ROUNDS_MOST;
    size_t spare = length - 1 - WARM_UP - rounds * ROUND;
    for (size_t b = 0; b < STREAMS; b++) {
        m->places[b] = spare * b / (STREAMS - 1);
    }
    (void)fill_window(m, WARM_UP);
    network_forward(m->network, m->x, WARM_UP);
    for (size_t i = 0; i < rounds * CHARNN_FLOW_POINTS; i++) {
        measure_point(m, i % CHARNN_FLOW_POINTS);
    }
}

enum status flow_measure(struct model *model, struct thread_pool *pool, const int32_t *ids,
                         const bool *learned, size_t length, struct flow *flow,
                         struct error *error) {
    assert(length >= CHARNN_FLOW_SHORTEST);
    struct measurement *m;
    *flow =
        (struct flow){.layers = model->shape.layers, .kinds = cell_unit_states(model->shape.cell)};
    if (MEMORY_NEW(&m, 1, "the gradient flow", error) != CHARNN_OK) {
        return error->status;
    }
    m->flow = flow;
    m->ids = ids;
    m->learned = learned;
    m->units = model->shape.hidden;
    if (MEMORY_NEW(&flow->norms, CHARNN_FLOW_POINTS * flow->layers * flow->kinds,
                   "the gradient flow", error) == CHARNN_OK &&
        MEMORY_NEW(&m->gradient, STREAMS * model->shape.hidden, "the gradient flow", error) ==
            CHARNN_OK &&
        network_create(model, pool, &plan, &m->network, error) == CHARNN_OK) {
        measure(m, length);
    }
    enum status status = m->network != NULL ? CHARNN_OK : error->status;
    network_destroy(m->network);
    memory_free(m->gradient);
    memory_free(m);
    return status;
}

void flow_deinit(struct flow *flow) {
    memory_free(flow->norms);
}

double flow_norm(const struct flow *flow, size_t point, size_t layer, size_t kind) {
    return flow->norms[(point * flow->layers + layer) * flow->kinds + kind] /
           (double)flow->samples[point];
}
