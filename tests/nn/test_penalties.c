/* Penalties: the gradients of PyTorch, and dropout. */
#include "kernels/dispatch.h"
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LENGTH = 128 };

/* An engine with memory for the flow penalty, if there is one, and these penalties. */
static void start(struct engine *engine, const struct reference_shape *shape, size_t threads,
                  bool dropout, struct penalties penalties) {
    struct error error = {0};
    const struct network_plan plan = {.batch = shape->batch,
                                      .steps = shape->steps,
                                      .trainable = true,
                                      .dropout = {dropout},
                                      .flow = penalties.flow > 0};
    engine_init(engine, shape, threads, dropout);
    network_destroy(engine->network);
    ck_assert_int_eq(network_create(engine->model, engine->pool, &plan, &engine->network, &error),
                     CHARNN_OK);
    network_set_penalties(engine->network, &penalties);
}

/* --- PyTorch ------------------------------------------------------------------------------- */

struct inputs {
    double *parameters, *h, *c;
    int32_t *x, *y;
};

static void make_inputs(struct inputs *in, const struct golden_case *golden, size_t elements) {
    struct generator generator = {.state = 1};
    size_t positions = golden->steps * golden->batch;
    size_t states = golden->layers * golden->batch * golden->hidden;
    in->parameters = calloc(elements + 2 * states, sizeof *in->parameters);
    in->x = calloc(2 * positions, sizeof *in->x);
    ck_assert(in->parameters != NULL && in->x != NULL);
    in->h = in->parameters + elements;
    in->c = in->h + states;
    in->y = in->x + positions;
    generator_numbers(&generator, in->parameters, elements + 2 * states);
    generator_symbols(&generator, golden->vocab, in->x, 2 * positions);
}

static void check_case(const struct golden_file *file, const struct golden_case *golden,
                       size_t threads) {
    const struct penalties penalties = {.activation = golden_setting(golden, "activation"),
                                        .slowness = golden_setting(golden, "slowness"),
                                        .flow = golden_setting(golden, "flow")};
    struct reference_shape shape = golden_shape(golden);
    struct engine engine;
    struct inputs in;
    shape.end = (int32_t)golden_setting(golden, "end");
    shape.has_end = shape.end >= 0;
    start(&engine, &shape, threads, false, penalties);
    const struct parameters *parameters = &engine.model->parameters;
    make_inputs(&in, golden, parameters->elements);
    engine_set_parameters(&engine, in.parameters);
    engine_set_states(&engine, in.h, strcmp(shape.cell, "lstm") == 0 ? in.c : NULL);
    double loss = engine_train(&engine, in.x, in.y, 4);
    kernels_current()->scale(parameters->gradients, parameters->size, 0.25F);
    assert_doubles(&loss, golden_tensor(file, golden, "loss", 1), 1, (struct tolerance){1e-6, 1e-6},
                   "%s: loss", golden->name);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        char name[NAME_LENGTH];
        (void)snprintf(name, sizeof name, "gradient/%s", p->name);
        size_t count = parameter_elements(p);
        const double *expected = golden_tensor(file, golden, name, count);
        assert_floats(engine_gradient(&engine, p), expected, count,
                      engine_tolerance(expected, count), "%s/%s", golden->name, name);
    }
    assert_padding_zero(parameters, parameters->gradients, golden->name);
    engine_deinit(&engine);
    free(in.parameters);
    free(in.x);
}

START_TEST(gradients_are_those_of_pytorch) {
    struct golden_file file;
    golden_open(&file, "penalties.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_case golden;
        golden_case_init(&golden, &file, i);
        check_case(&file, &golden, 1 + i % 3);
        golden_case_deinit(&golden);
    }
    golden_close(&file);
}
END_TEST

/* --- dropout ------------------------------------------------------------------------------- */

enum { UNITS = 16, VOCAB = 3, STEPS = 2 };

static const struct dropout dropout = {.rates = {0.5}, .seed = 9, .step = 4};

/* The gradient of bias_ih in an RNN of one layer, in gradient[UNITS], and its last state. */
static void bias_gradient(struct penalties penalties, size_t steps, const struct dropout *dropped,
                          double *gradient, double *h) {
    static const int32_t x[STEPS] = {0, 1};
    static const int32_t y[STEPS] = {2, 0};
    struct reference_shape shape = {
        .cell = "rnn", .vocab = VOCAB, .hidden = UNITS, .layers = 1, .batch = 1, .steps = STEPS};
    struct engine engine;
    struct generator generator = {.state = 1};
    start(&engine, &shape, 1, true, penalties);
    size_t elements = engine.model->parameters.elements;
    double *values = calloc(elements, sizeof *values);
    ck_assert_ptr_nonnull(values);
    generator_numbers(&generator, values, elements);
    engine_set_parameters(&engine, values);
    (void)network_train(engine.network, x, y, steps, dropped, 1);
    const float *bias = engine_gradient(&engine, model_layer(engine.model, 0).bias_ih);
    for (size_t j = 0; j < UNITS; j++) {
        gradient[j] = (double)bias[j];
    }
    const float *state = engine_state(&engine, 0, CHARNN_STATE_H);
    for (size_t j = 0; j < UNITS; j++) {
        h[j] = (double)state[j];
    }
    free(values);
    engine_deinit(&engine);
}

/* What a penalty adds to the gradient. */
static void added(struct penalties penalties, size_t steps, const struct dropout *dropped,
                  double *difference, double *h) {
    double without[UNITS];
    bias_gradient(penalties, steps, dropped, difference, h);
    bias_gradient((struct penalties){0}, steps, dropped, without, h);
    for (size_t j = 0; j < UNITS; j++) {
        difference[j] -= without[j];
    }
}

/* d/da of 3 mean (m tanh a)^2 over the units of one step is 6 m^2 h (1 - h^2) / UNITS. */
START_TEST(activation_is_penalized_after_dropout) {
    _Alignas(CHARNN_ALIGNMENT) float mask[UNITS];
    _Alignas(CHARNN_ALIGNMENT) float ones[UNITS] = {0};
    const uint32_t at[3] = {0, 0, (uint32_t)dropout.step};
    double got[UNITS];
    double expected[UNITS];
    double h[UNITS];
    size_t dropped = 0;
    kernels_current()->dropout(ones, UNITS, (float)dropout.rates[0], dropout.seed, at, mask, ones);
    added((struct penalties){.activation = 3}, 1, &dropout, got, h);
    for (size_t j = 0; j < UNITS; j++) {
        double m = (double)mask[j];
        dropped += m == 0;
        expected[j] = 6 * m * m * h[j] * (1 - h[j] * h[j]) / UNITS;
    }
    ck_assert(dropped > 0 && dropped < UNITS);
    assert_doubles(got, expected, UNITS, (struct tolerance){1e-6, 1e-5}, "activation");
}
END_TEST

/* The gradient of the state that the layer itself carries, which is not dropped. */
START_TEST(slowness_is_penalized_before_dropout) {
    double got[UNITS];
    double expected[UNITS];
    double h[UNITS];
    added((struct penalties){.slowness = 3}, STEPS, NULL, expected, h);
    added((struct penalties){.slowness = 3}, STEPS, &dropout, got, h);
    ck_assert_double_gt(compare_largest(expected, UNITS), 0.01);
    assert_doubles(got, expected, UNITS, (struct tolerance){1e-6, 1e-5}, "slowness");
}
END_TEST

Suite *penalties_suite(void) {
    Suite *suite = suite_create("penalties");
    TCase *tcase = tcase_create("penalties");
    tcase_add_test(tcase, gradients_are_those_of_pytorch);
    tcase_add_test(tcase, activation_is_penalized_after_dropout);
    tcase_add_test(tcase, slowness_is_penalized_before_dropout);
    suite_add_tcase(suite, tcase);
    return suite;
}
