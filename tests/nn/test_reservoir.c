/* Reservoirs, compared with what their sources ask for. */
#include "nn/network.h"
#include "nn/reservoir.h"
#include "suites.h"
#include "support/compare.h"

#include <math.h>
#include <string.h>

enum { VOCAB = 7, UNITS = 45, BATCH = 3, STEPS = 5 };

static struct model *make(const struct reservoir *reservoir, size_t units, bool trainable) {
    struct error error = {0};
    struct model *model;
    struct model_shape shape = {
        .cell = cell_find(reservoir_cell(reservoir)), .vocab = VOCAB, .hidden = units, .layers = 1};
    ck_assert_int_eq(model_create(&shape, trainable, &model, &error), CHARNN_OK);
    ck_assert_int_eq(reservoir_initialize(model, reservoir, 5, &error), CHARNN_OK);
    return model;
}

/* The rows of the last gate of a tensor, [UNITS][inputs], in PyTorch's order. */
static const float *last_gate(const struct model *model, const struct parameter *p) {
    static float values[3 * UNITS * UNITS];
    parameter_export(p, model->parameters.values, values);
    return values + (p->blocks - 1) * UNITS * p->inputs;
}

/* |A^n|^(1/n) goes to the spectral radius; n = 2^20 by squaring. */
static double radius_of(const float *matrix) {
    static double a[UNITS][UNITS];
    static double square[UNITS][UNITS];
    double logarithm = 0;
    for (size_t i = 0; i < UNITS * UNITS; i++) {
        a[i / UNITS][i % UNITS] = (double)matrix[i];
    }
    for (size_t k = 0; k <= 20; k++) {
        double squares = 0;
        for (size_t i = 0; i < UNITS * UNITS; i++) {
            squares += a[i / UNITS][i % UNITS] * a[i / UNITS][i % UNITS];
        }
        logarithm += log(squares) / 2 / (double)((size_t)1 << k);
        memset(square, 0, sizeof square);
        for (size_t i = 0; i < UNITS * UNITS * UNITS; i++) {
            size_t row = i / UNITS / UNITS;
            size_t column = i % UNITS;
            size_t inner = i / UNITS % UNITS;
            square[row][column] += a[row][inner] * a[inner][column] / squares;
        }
        memcpy(a, square, sizeof a);
    }
    return exp(logarithm);
}

START_TEST(weights_are_sparse_and_have_their_radius) {
    static const struct reservoir reservoirs[] = {
        {0.9, 0.2, 0.5, 1}, {1.3, 0.1, 2, 0.3}, {0.5, 1, 0.1, 1}};
    const struct reservoir *r = &reservoirs[_i];
    struct model *model = make(r, UNITS, false);
    const struct layer_parameters layer = model_layer(model, 0);
    const float *hh = last_gate(model, layer.weight_hh);
    size_t columns[UNITS] = {0};
    for (size_t i = 0; i < UNITS; i++) {
        size_t count = 0;
        for (size_t j = 0; j < UNITS; j++) {
            count += hh[i * UNITS + j] != 0;
            columns[j] += hh[i * UNITS + j] != 0;
        }
        ck_assert_uint_eq(count, (size_t)round(r->density * UNITS));
    }
    ck_assert(r->density == 1 || columns[0] != columns[1] || columns[1] != columns[2]);
    ck_assert_double_eq_tol(radius_of(hh) / r->spectral_radius, 1, 0.002);
    const float *ih = last_gate(model, layer.weight_ih);
    double most = 0;
    for (size_t i = 0; i < UNITS * VOCAB; i++) {
        most = fmax(most, fabs((double)ih[i]));
    }
    ck_assert_double_le(most, r->input_scale);
    ck_assert_double_gt(most, 0.95 * r->input_scale);
    model_destroy(model);
}
END_TEST

/* One step of one stream, in double: h' = (1 - leak) h + leak tanh(W_in x + W h + b). */
static void step(const struct model *model, double leak, int32_t x, double *h) {
    const struct layer_parameters layer = model_layer(model, 0);
    double next[UNITS];
    const float *bias = last_gate(model, layer.bias_ih);
    for (size_t i = 0; i < UNITS; i++) {
        next[i] = (double)bias[i];
    }
    const float *ih = last_gate(model, layer.weight_ih);
    for (size_t i = 0; i < UNITS; i++) {
        next[i] += (double)ih[i * VOCAB + (size_t)x];
    }
    const float *hh = last_gate(model, layer.weight_hh);
    for (size_t i = 0; i < UNITS * UNITS; i++) {
        next[i / UNITS] += (double)hh[i] * h[i % UNITS];
    }
    for (size_t i = 0; i < UNITS; i++) {
        h[i] = (1 - leak) * h[i] + leak * tanh(next[i]);
    }
}

static const int32_t inputs[STEPS * BATCH] = {0, 6, 3, 1, 1, 5, 2, 0, 6, 4, 4, 1, 3, 2, 5};

START_TEST(a_network_computes_the_equations) {
    static const double leaks[] = {1, 0.3, 0.01};
    const struct reservoir reservoir = {0.9, 0.2, 0.7, leaks[_i]};
    const struct network_plan plan = {.batch = BATCH, .steps = STEPS};
    struct error error = {0};
    struct thread_pool *pool;
    struct network *network;
    float got[BATCH * UNITS];
    struct model *model = make(&reservoir, UNITS, false);
    ck_assert_int_eq(thread_pool_create(1, &pool, &error), CHARNN_OK);
    ck_assert_int_eq(network_create(model, pool, &plan, &network, &error), CHARNN_OK);
    network_forward(network, inputs, STEPS);
    network_get_state(network, 0, CHARNN_STATE_H, got);
    for (size_t b = 0; b < BATCH; b++) {
        double h[UNITS] = {0};
        for (size_t t = 0; t < STEPS; t++) {
            step(model, reservoir.leak, inputs[t * BATCH + b], h);
        }
        assert_floats(got + b * UNITS, h, UNITS, (struct tolerance){2e-6, 1e-5}, "leak %g, %zu",
                      reservoir.leak, b);
    }
    network_destroy(network);
    thread_pool_destroy(pool);
    model_destroy(model);
}
END_TEST

/* The output's gradient is that of a model of which nothing is frozen. */
START_TEST(only_the_output_has_a_gradient) {
    const struct reservoir reservoir = {0.9, 0.2, 0.7, 0.5};
    const struct network_plan plan = {.batch = BATCH, .steps = STEPS, .trainable = true};
    struct error error = {0};
    struct thread_pool *pool;
    struct model *models[2];
    double losses[2];
    ck_assert_int_eq(thread_pool_create((size_t)_i, &pool, &error), CHARNN_OK);
    for (size_t i = 0; i < 2; i++) {
        struct network *network;
        models[i] = make(&reservoir, UNITS, true);
        models[i]->parameters.frozen = i == 0 ? 0 : model_decoder_weight(models[i])->offset;
        ck_assert_int_eq(network_create(models[i], pool, &plan, &network, &error), CHARNN_OK);
        losses[i] = network_train(network, inputs, inputs, STEPS, NULL, 1);
        network_destroy(network);
    }
    const struct parameters *whole = &models[0]->parameters;
    const struct parameters *part = &models[1]->parameters;
    ck_assert_double_eq(losses[0], losses[1]);
    for (size_t i = 0; i < part->frozen; i++) {
        assert_each(part->gradients[i] == 0, "element %zu has a gradient", i);
    }
    assert_same_bits(part->gradients + part->frozen, whole->gradients + part->frozen,
                     part->size - part->frozen, "the output");
    ck_assert(part->gradients[part->frozen] != 0);
    model_destroy(models[1]);
    model_destroy(models[0]);
    thread_pool_destroy(pool);
}
END_TEST

Suite *reservoir_suite(void) {
    Suite *suite = suite_create("reservoir");
    TCase *tcase = tcase_create("reservoir");
    tcase_add_loop_test(tcase, weights_are_sparse_and_have_their_radius, 0, 3);
    tcase_add_loop_test(tcase, a_network_computes_the_equations, 0, 3);
    tcase_add_loop_test(tcase, only_the_output_has_a_gradient, 1, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
