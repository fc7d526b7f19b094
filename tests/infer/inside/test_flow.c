/* Gradient flow, compared with the reference network: every stream and distance from its
 * definition. */
#include "infer/inside/flow.h"
#include "suites.h"
#include "support/engine.h"

#include <math.h>
#include <string.h>

enum { SYMBOLS = 6, UNITS = 5, LAYERS = 2, LENGTH = 1037, STREAMS = 16, WARM_UP = 200 };

/* A reference network of the parameters in `from` that reads ids[steps] and predicts the next, of
 * which only the last counts. */
static struct reference_rnn *read_ids(const struct reference_rnn *from, const int32_t *ids,
                                      size_t steps) {
    struct reference_shape shape = from->shape;
    shape.steps = steps;
    struct reference_rnn *rnn = reference_create(&shape);
    memcpy(rnn->parameters, from->parameters, rnn->size * sizeof *rnn->parameters);
    for (size_t t = 0; t < steps; t++) {
        rnn->x[t] = ids[t];
        rnn->y[t] = t + 1 == steps ? ids[steps] : -1;
    }
    return rnn;
}

static double norm_of(const double *values, size_t count, double scale) {
    double squares = 0;
    for (size_t i = 0; i < count; i++) {
        squares += values[i] * values[i];
    }
    return sqrt(squares) * scale;
}

/* Adds the norms of one stream, which begins at ids[0]. */
static void add_stream(const struct reference_rnn *from, const int32_t *ids, const bool *learned,
                       double norms[CHARNN_FLOW_POINTS][LAYERS][2],
                       size_t samples[CHARNN_FLOW_POINTS]) {
    size_t place = WARM_UP;
    for (size_t i = 0; i < CHARNN_FLOW_POINTS; i++) {
        size_t steps = flow_distances[i];
        if (!learned[place + steps]) {
            place += steps;
            continue;
        }
        samples[i]++;
        struct reference_rnn *before = read_ids(from, ids, place);
        struct reference_rnn *rnn = read_ids(from, ids + place, steps);
        reference_forward(before);
        for (size_t layer = 0; layer < LAYERS; layer++) {
            memcpy(rnn->h0 + layer * UNITS, reference_last_h(before, layer),
                   UNITS * sizeof *rnn->h0);
            if (rnn->has_c) {
                memcpy(rnn->c0 + layer * UNITS, reference_last_c(before, layer),
                       UNITS * sizeof *rnn->c0);
            }
        }
        rnn->held[0] = rnn->shape.attention;
        for (size_t age = 0; age < rnn->held[0]; age++) { /* one stream: steps follow each other */
            memcpy(rnn->memory + age * UNITS, reference_last_h(before, LAYERS - 1) - age * UNITS,
                   UNITS * sizeof *rnn->memory);
        }
        reference_forward(rnn);
        reference_backward(rnn);
        for (size_t layer = 0; layer < LAYERS; layer++) {
            size_t at = layer * UNITS;
            /* the reference's loss is the mean over the steps */
            norms[i][layer][0] += norm_of(rnn->h0_gradient + at, UNITS, (double)steps);
            norms[i][layer][1] += norm_of(rnn->c0_gradient + at, UNITS, (double)steps);
        }
        place += steps;
        reference_destroy(rnn);
        reference_destroy(before);
    }
}

START_TEST(norms_are_those_of_the_reference) {
    struct error error = {0};
    struct generator generator = {.state = 1};
    double expected[CHARNN_FLOW_POINTS][LAYERS][2] = {0};
    size_t samples[CHARNN_FLOW_POINTS] = {0};
    int32_t ids[LENGTH];
    bool learned[LENGTH];
    struct engine engine;
    struct flow flow;
    struct reference_shape shape =
        shape_of(cell_variant_at((size_t)_i), (size_t[]){SYMBOLS, UNITS, LAYERS, 1, 1});
    struct reference_rnn *rnn = reference_create(&shape);
    generator_numbers(&generator, rnn->parameters, rnn->size);
    for (size_t i = 0; i < LENGTH; i++) {
        ids[i] = generator_symbol(&generator, SYMBOLS);
        learned[i] = i % 4 != 0;
    }
    size_t spare = LENGTH - 1 - WARM_UP - 663; /* 663: the sum of all distances */
    for (size_t b = 0; b < STREAMS; b++) {
        size_t start = spare * b / (STREAMS - 1);
        add_stream(rnn, ids + start, learned + start, expected, samples);
    }
    engine_init(&engine, &shape, 2, false);
    engine_set_parameters(&engine, rnn->parameters);
    ck_assert_int_eq(flow_measure(engine.model, engine.pool, ids, learned, LENGTH, &flow, &error),
                     CHARNN_OK);
    ck_assert_uint_eq(flow.kinds, rnn->has_c ? 2 : 1);
    for (size_t i = 0; i < CHARNN_FLOW_POINTS; i++) {
        ck_assert_uint_gt(samples[i], 0);
        ck_assert_uint_eq(flow.samples[i], samples[i]);
        for (size_t j = 0; j < LAYERS * flow.kinds; j++) {
            double got = flow_norm(&flow, i, j / flow.kinds, j % flow.kinds);
            double wanted = expected[i][j / flow.kinds][j % flow.kinds] / (double)samples[i];
            assert_each(fabs(got - wanted) <= 1e-4 * wanted + 1e-12,
                        "%s: %zu steps back, series %zu: %g instead of %g", shape_text(&shape),
                        flow_distances[i], j, got, wanted);
        }
    }
    flow_deinit(&flow);
    engine_deinit(&engine);
    reference_destroy(rnn);
}
END_TEST

Suite *flow_suite(void) {
    Suite *suite = suite_create("flow");
    TCase *tcase = tcase_create("flow");
    tcase_add_loop_test(tcase, norms_are_those_of_the_reference, 0, (int)cell_variant_count());
    suite_add_tcase(suite, tcase);
    return suite;
}
