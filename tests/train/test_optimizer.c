/* Optimizers: PyTorch's losses and parameters, and the contracts of train/optimizer.h. */
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/golden.h"
#include "train/optimizer.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS = 5, NAME_LENGTH = 128 };

static const char *const optimizer_names[] = {
    [CHARNN_OPTIMIZER_ADAM] = "adam",
    [CHARNN_OPTIMIZER_RMSPROP] = "rmsprop",
    [CHARNN_OPTIMIZER_SGD] = "sgd",
    [CHARNN_OPTIMIZER_MUON] = "muon",
};
enum { OPTIMIZERS = sizeof optimizer_names / sizeof optimizer_names[0] };

static struct optimizer *create(const struct train_settings *settings,
                                struct parameters *parameters, float *average,
                                struct thread_pool *pool) {
    struct error error = {0};
    struct optimizer *optimizer;
    ck_assert_msg(optimizer_create(settings, parameters, average, pool, &optimizer, &error) ==
                      CHARNN_OK,
                  "%s", error.message);
    return optimizer;
}

/* --- PyTorch ------------------------------------------------------------------------------- */

static struct train_settings golden_settings(const struct golden_case *golden) {
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(golden->settings, "optimizer"));
    ck_assert_ptr_nonnull(name);
    struct train_settings settings = {
        .optimizer = OPTIMIZERS,
        .learning_rate = golden_setting(golden, "learning_rate"),
        .beta1 = golden_setting(golden, "beta1"),
        .beta2 = golden_setting(golden, "beta2"),
        .decay_rate = golden_setting(golden, "decay_rate"),
        .momentum = golden_setting(golden, "momentum"),
        .weight_decay = golden_setting(golden, "weight_decay"),
        .grad_clip = golden_setting(golden, "clip_value"),
        .grad_norm = golden_setting(golden, "clip_norm"),
    };
    for (int i = 0; i < OPTIMIZERS; i++) {
        if (strcmp(optimizer_names[i], name) == 0) {
            settings.optimizer = i;
        }
    }
    ck_assert_int_lt(settings.optimizer, OPTIMIZERS);
    return settings;
}

/* The initial state of the golden case: random parameters, carried state zero. */
static void start_engine(struct engine *engine, const struct golden_case *golden, size_t threads,
                         struct generator *generator) {
    struct reference_shape shape = golden_shape(golden);
    engine_init(engine, &shape, threads, false);
    size_t elements = engine->model->parameters.elements;
    double *values = calloc(elements, sizeof *values);
    ck_assert_ptr_nonnull(values);
    generator_numbers(generator, values, elements);
    engine_set_parameters(engine, values);
    free(values);
}

static void run_windows(struct engine *engine, const struct golden_case *golden,
                        struct optimizer *optimizer, double rate, struct generator *generator,
                        float losses[WINDOWS]) {
    size_t positions = golden->batch * golden->steps;
    int32_t *x = calloc(positions, sizeof *x);
    int32_t *y = calloc(positions, sizeof *y);
    ck_assert(x != NULL && y != NULL);
    for (size_t window = 0; window < WINDOWS; window++) {
        generator_symbols(generator, golden->vocab, x, positions);
        generator_symbols(generator, golden->vocab, y, positions);
        losses[window] = (float)engine_train(engine, x, y, 1);
        ck_assert(isfinite(optimizer_measure(optimizer)));
        optimizer_step(optimizer, rate);
        network_update_weights(engine->network);
    }
    free(y);
    free(x);
}

static void check_values(const struct golden_file *file, const struct golden_case *golden,
                         struct engine *engine, struct tolerance tolerance) {
    const struct parameters *parameters = &engine->model->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        char name[NAME_LENGTH];
        size_t elements = parameter_elements(parameter);
        (void)snprintf(name, sizeof name, "value/%s", parameter->name);
        const double *expected = golden_tensor(file, golden, name, elements);
        parameter_export(parameter, parameters->values, engine->scratch);
        assert_floats(engine->scratch, expected, elements, tolerance, "%s/%s", golden->name, name);
    }
    assert_padding_zero(parameters, parameters->values, golden->name);
    assert_padding_zero(parameters, parameters->gradients, golden->name);
}

/* `rounded`: only cases of Muon, whose steps of five windows may differ by a tenth. */
static void check_five_steps(bool rounded) {
    size_t checked = 0;
    struct golden_file file;
    golden_open(&file, "optimizer.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_case golden;
        struct engine engine;
        struct generator generator = {.state = 1};
        float losses[WINDOWS];
        golden_case_init(&golden, &file, i);
        struct train_settings settings = golden_settings(&golden);
        struct tolerance tolerance = {.absolute = 1e-5, .relative = 1e-4};
        if (rounded && settings.optimizer != CHARNN_OPTIMIZER_MUON) {
            golden_case_deinit(&golden);
            continue;
        }
        checked++;
        if (rounded) {
            settings.precision = CHARNN_PRECISION_BF16;
            tolerance.absolute = 0.1 * WINDOWS * 0.4 * settings.learning_rate;
        }
        start_engine(&engine, &golden, 1 + i % 3, &generator);
        struct optimizer *optimizer =
            create(&settings, &engine.model->parameters, NULL, engine.pool);
        run_windows(&engine, &golden, optimizer, settings.learning_rate, &generator, losses);
        assert_floats(losses, golden_tensor(&file, &golden, "losses", WINDOWS), WINDOWS,
                      (struct tolerance){.relative = rounded ? 1e-2 : 1e-4}, "%s/losses",
                      golden.name);
        check_values(&file, &golden, &engine, tolerance);
        optimizer_destroy(optimizer);
        engine_deinit(&engine);
        golden_case_deinit(&golden);
    }
    golden_close(&file);
    ck_assert_uint_gt(checked, 0);
}

START_TEST(five_steps_follow_pytorch) {
    check_five_steps(false);
}
END_TEST

START_TEST(rounded_steps_of_muon_follow_pytorch) {
    check_five_steps(true);
}
END_TEST

/* --- parameters to work on ----------------------------------------------------------------- */

static const struct train_settings usual = {
    .optimizer = CHARNN_OPTIMIZER_ADAM,
    .decay_rate = 0.95,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .momentum = 0.9,
};

struct subject {
    struct thread_pool *pool;
    struct model *model;
    struct parameters *parameters;
    float *average;
};

/* Parameters of an RNN, and an average that equals them. */
static void subject_init(struct subject *s, size_t vocab, size_t hidden, size_t threads) {
    struct error error = {0};
    struct model_shape shape = {
        .cell = cell_find("rnn"), .vocab = vocab, .hidden = hidden, .layers = 1};
    ck_assert_int_eq(thread_pool_create(threads, &s->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, true, &s->model, &error), CHARNN_OK);
    model_initialize(s->model, 0.5, 4);
    s->parameters = &s->model->parameters;
    s->average = calloc(s->parameters->size, sizeof *s->average);
    ck_assert_ptr_nonnull(s->average);
    memcpy(s->average, s->parameters->values, s->parameters->size * sizeof *s->average);
}

static void subject_deinit(struct subject *s) {
    free(s->average);
    model_destroy(s->model);
    thread_pool_destroy(s->pool);
}

/* Random gradients for update `number`; padding stays zero. */
static void set_gradients(struct subject *s, uint32_t number) {
    struct generator generator = {.state = number};
    float *dense = calloc(s->parameters->elements, sizeof *dense);
    ck_assert_ptr_nonnull(dense);
    for (size_t i = 0; i < s->parameters->elements; i++) {
        dense[i] = (float)generator_number(&generator);
    }
    for (size_t i = 0; i < s->parameters->count; i++) {
        const struct parameter *p = &s->parameters->table[i];
        parameter_import(p, 0, parameter_outputs(p), dense, s->parameters->gradients);
    }
    free(dense);
}

/* The decoder's bias, whose elements lie side by side. */
static float *bias_of(struct subject *s, float *flat) {
    return flat + model_decoder_bias(s->model)->offset;
}

/* --- Muon ------------------------------------------------------------------------------------ */

/* What a step of Muon adds to a matrix of 150 units: the new values, if the old ones are zero. */
static float *muon_step_of(enum precision precision, size_t threads, size_t *count) {
    struct train_settings settings = usual;
    struct subject s;
    settings.optimizer = CHARNN_OPTIMIZER_MUON;
    settings.precision = precision;
    subject_init(&s, 5, 150, threads);
    set_gradients(&s, 1);
    memset(s.parameters->values, 0, s.parameters->size * sizeof *s.parameters->values);
    struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
    ck_assert(isfinite(optimizer_measure(optimizer)));
    optimizer_step(optimizer, 0.01);
    const struct parameter *hh = parameters_find(s.parameters, "rnn.weight_hh_l0");
    ck_assert_ptr_nonnull(hh);
    *count = parameter_elements(hh);
    float *step = calloc(*count, sizeof *step);
    ck_assert_ptr_nonnull(step);
    parameter_export(hh, s.parameters->values, step);
    optimizer_destroy(optimizer);
    subject_deinit(&s);
    return step;
}

/* Of a matrix of several blocks of pairs and rows. Errors are a few thousandths of a step for each
 * iteration. */
START_TEST(rounded_step_of_muon_is_near_the_exact_one) {
    size_t count;
    float *exact = muon_step_of(CHARNN_PRECISION_F32, 1, &count);
    float *rounded = muon_step_of(CHARNN_PRECISION_BF16, 1, &count);
    float *shared = muon_step_of(CHARNN_PRECISION_BF16, 3, &count);
    double length = 0;
    double difference = 0;
    for (size_t i = 0; i < count; i++) {
        double apart = (double)rounded[i] - (double)exact[i];
        length += (double)exact[i] * (double)exact[i];
        difference += apart * apart;
    }
    ck_assert_double_gt(length, 0);
    ck_assert_double_lt(sqrt(difference / length), 0.04);
    assert_same_bits(shared, rounded, count, "three threads");
    free(shared);
    free(rounded);
    free(exact);
}
END_TEST

/* --- frozen parameters ----------------------------------------------------------------------- */

/* Their gradients do not count, and nothing decays or averages them. */
START_TEST(frozen_parameters_stay) {
    struct train_settings settings = usual;
    struct subject s;
    settings.optimizer = _i;
    settings.weight_decay = 1;
    settings.average = 0.5;
    subject_init(&s, 5, 3, 2);
    s.parameters->frozen = model_decoder_weight(s.model)->offset;
    float *before = calloc(2 * s.parameters->size, sizeof *before);
    ck_assert_ptr_nonnull(before);
    float *average = before + s.parameters->size;
    for (size_t i = 0; i < s.parameters->size; i++) {
        s.parameters->values[i] = before[i] = 0.5F;
    }
    s.parameters->gradients[0] = 7;
    bias_of(&s, s.parameters->gradients)[0] = 3;
    struct optimizer *optimizer = create(&settings, s.parameters, average, s.pool);
    ck_assert_double_eq(optimizer_measure(optimizer), 3);
    optimizer_step(optimizer, 0.25);
    assert_same_bits(s.parameters->values, before, s.parameters->frozen, "frozen");
    ck_assert_float_eq(average[0], 0);
    ck_assert_float_ne(average[s.parameters->frozen], 0);
    ck_assert_float_lt(s.parameters->values[s.parameters->frozen], 0.5F);
    optimizer_destroy(optimizer);
    free(before);
    subject_deinit(&s);
}
END_TEST

/* --- measuring and clipping ---------------------------------------------------------------- */

START_TEST(norm_is_euclidean) {
    struct subject s;
    subject_init(&s, 5, 3, 1);
    struct optimizer *optimizer = create(&usual, s.parameters, NULL, s.pool);
    ck_assert_double_eq(optimizer_measure(optimizer), 0);
    float *gradients = bias_of(&s, s.parameters->gradients);
    gradients[0] = 3;
    gradients[3] = -4;
    ck_assert_double_eq(optimizer_measure(optimizer), 5);
    s.parameters->gradients[0] = 12;
    ck_assert_double_eq(optimizer_measure(optimizer), 13);
    ck_assert(gradients[0] == 3 && gradients[3] == -4); /* nothing is clipped */
    gradients[1] = 3e30F;
    ck_assert_double_eq_tol(optimizer_measure(optimizer), 3e30, 1e24);
    optimizer_destroy(optimizer);
    subject_deinit(&s);
}
END_TEST

START_TEST(norm_shows_what_is_not_finite) {
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    struct subject s;
    subject_init(&s, 5, 3, 2);
    for (size_t i = 0; i < 3; i++) {
        struct optimizer *optimizer = create(&usual, s.parameters, NULL, s.pool);
        bias_of(&s, s.parameters->gradients)[4] = odd[i];
        ck_assert(!isfinite(optimizer_measure(optimizer)));
        optimizer_destroy(optimizer);
    }
    /* Clipping by value hides none of them. */
    struct train_settings settings = usual;
    settings.grad_clip = 1;
    for (size_t i = 0; i < 3; i++) {
        struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
        bias_of(&s, s.parameters->gradients)[4] = odd[i];
        ck_assert(isnan(optimizer_measure(optimizer)));
        optimizer_destroy(optimizer);
    }
    subject_deinit(&s);
}
END_TEST

/* The norm is measured after clipping by value and before scaling. */
START_TEST(clipping_by_value_then_norm) {
    struct subject s;
    subject_init(&s, 5, 3, 1);
    struct train_settings settings = usual;
    settings.optimizer = CHARNN_OPTIMIZER_SGD;
    settings.momentum = 0;
    settings.grad_clip = 4;
    settings.grad_norm = 1;
    struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
    float *gradients = bias_of(&s, s.parameters->gradients);
    float *values = bias_of(&s, s.parameters->values);
    memset(values, 0, 5 * sizeof *values);
    gradients[0] = 3;
    gradients[1] = 100;
    gradients[2] = -100;
    ck_assert_double_eq(optimizer_measure(optimizer), sqrt(9 + 16 + 16));
    ck_assert(gradients[0] == 3 && gradients[1] == 4 && gradients[2] == -4);
    optimizer_step(optimizer, 0.5);
    const double norm = sqrt(41);
    const double expected[5] = {-0.5 * 3 / norm, -0.5 * 4 / norm, 0.5 * 4 / norm, 0, 0};
    assert_floats(values, expected, 5, (struct tolerance){.relative = 1e-6}, "values");
    optimizer_destroy(optimizer);
    subject_deinit(&s);
}
END_TEST

START_TEST(norm_within_the_limit_is_left_alone) {
    struct subject s;
    subject_init(&s, 5, 3, 1);
    struct train_settings settings = usual;
    settings.optimizer = CHARNN_OPTIMIZER_SGD;
    settings.momentum = 0;
    settings.grad_norm = 5;
    struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
    float *gradients = bias_of(&s, s.parameters->gradients);
    float *values = bias_of(&s, s.parameters->values);
    memset(values, 0, 5 * sizeof *values);
    gradients[0] = 3;
    gradients[3] = 4;
    ck_assert_double_eq(optimizer_measure(optimizer), 5);
    optimizer_step(optimizer, 0.25);
    ck_assert(values[0] == -0.75F && values[3] == -1);
    optimizer_destroy(optimizer);
    subject_deinit(&s);
}
END_TEST

/* --- the step ------------------------------------------------------------------------------ */

START_TEST(step_clears_gradients_and_counts) {
    for (int kind = 0; kind < OPTIMIZERS; kind++) {
        struct subject s;
        subject_init(&s, 5, 3, 2);
        struct train_settings settings = usual;
        settings.optimizer = kind;
        struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
        ck_assert_uint_eq(optimizer_steps(optimizer), 0);
        for (uint32_t step = 1; step <= 3; step++) {
            set_gradients(&s, step);
            (void)optimizer_measure(optimizer);
            optimizer_step(optimizer, 0.01);
            ck_assert_uint_eq(optimizer_steps(optimizer), step);
            for (size_t i = 0; i < s.parameters->size; i++) {
                if (s.parameters->gradients[i] != 0) {
                    ck_abort_msg("gradient %zu is left", i);
                }
            }
        }
        assert_padding_zero(s.parameters, s.parameters->values, optimizer_names[kind]);
        optimizer_destroy(optimizer);
        subject_deinit(&s);
    }
}
END_TEST

/* Weight decay uses the value before the update, not the gradient. */
START_TEST(weight_decay_is_decoupled) {
    for (int kind = 0; kind < OPTIMIZERS; kind++) {
        struct subject s;
        subject_init(&s, 5, 3, 1);
        struct train_settings settings = usual;
        settings.optimizer = kind;
        settings.weight_decay = 0.5;
        struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
        size_t size = s.parameters->size;
        double *expected = calloc(size, sizeof *expected);
        ck_assert_ptr_nonnull(expected);
        for (size_t i = 0; i < size; i++) {
            expected[i] = (double)s.parameters->values[i] * (1 - 0.1 * 0.5);
        }
        (void)optimizer_measure(optimizer);
        optimizer_step(optimizer, 0.1); /* the gradients are zero */
        assert_floats(s.parameters->values, expected, size, (struct tolerance){.relative = 1e-6},
                      "%s", optimizer_names[kind]);
        free(expected);
        optimizer_destroy(optimizer);
        subject_deinit(&s);
    }
}
END_TEST

/* average += (value - average) (1 - a), a = min(0.95, (1 + t) / (10 + t)), which is 0.95 from t =
 * 171 on. */
START_TEST(average_is_the_recurrence) {
    enum { STEPS = 200 };
    struct subject s;
    subject_init(&s, 5, 3, 1);
    struct train_settings settings = usual;
    settings.average = 0.95;
    size_t size = s.parameters->size;
    struct optimizer *optimizer = create(&settings, s.parameters, s.average, s.pool);
    double *expected = calloc(size, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < size; i++) {
        expected[i] = (double)s.average[i];
    }
    for (uint32_t t = 1; t <= STEPS; t++) {
        set_gradients(&s, t);
        (void)optimizer_measure(optimizer);
        optimizer_step(optimizer, 0.05);
        double a = t <= 170 ? (1.0 + t) / (10.0 + t) : 0.95;
        for (size_t i = 0; i < size; i++) {
            expected[i] = a * expected[i] + (1 - a) * (double)s.parameters->values[i];
        }
        assert_floats(s.average, expected, size,
                      (struct tolerance){.absolute = 1e-6, .relative = 1e-6}, "step %u", t);
    }
    free(expected);
    optimizer_destroy(optimizer);
    subject_deinit(&s);
}
END_TEST

/* --- resuming and threads ------------------------------------------------------------------ */

/* Several chunks of partial sums, the last one not full. */
enum { LARGE_VOCAB = 150, LARGE_HIDDEN = 200 };

static struct train_settings every_setting(int kind) {
    struct train_settings settings = usual;
    settings.optimizer = kind;
    settings.weight_decay = 0.1;
    settings.grad_clip = 0.45;
    settings.grad_norm = 2;
    settings.average = 0.99;
    return settings;
}

/* Does updates first + 1 to last; returns the norm of the last gradient. */
static double run_steps(struct subject *s, struct optimizer *optimizer, uint32_t first,
                        uint32_t last) {
    double norm = 0;
    for (uint32_t step = first + 1; step <= last; step++) {
        set_gradients(s, step);
        norm = optimizer_measure(optimizer);
        optimizer_step(optimizer, 0.01);
    }
    return norm;
}

START_TEST(threads_do_not_change_bits) {
    static const size_t threads[] = {2, 3, 7};
    for (int kind = 0; kind < OPTIMIZERS; kind++) {
        struct train_settings settings = every_setting(kind);
        struct subject one;
        subject_init(&one, LARGE_VOCAB, LARGE_HIDDEN, 1);
        struct optimizer *first = create(&settings, one.parameters, one.average, one.pool);
        double norm = run_steps(&one, first, 0, 3);
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            struct subject many;
            subject_init(&many, LARGE_VOCAB, LARGE_HIDDEN, threads[i]);
            struct optimizer *second = create(&settings, many.parameters, many.average, many.pool);
            ck_assert_double_eq(run_steps(&many, second, 0, 3), norm);
            size_t bytes = one.parameters->size * sizeof(float);
            ck_assert(memcmp(many.parameters->values, one.parameters->values, bytes) == 0);
            ck_assert(memcmp(many.average, one.average, bytes) == 0);
            for (size_t array = 0; array < optimizer_array_count(first); array++) {
                ck_assert(memcmp(optimizer_array(second, array).values,
                                 optimizer_array(first, array).values, bytes) == 0);
            }
            optimizer_destroy(second);
            subject_deinit(&many);
        }
        optimizer_destroy(first);
        subject_deinit(&one);
    }
}
END_TEST

START_TEST(arrays_and_steps_are_all_that_resuming_needs) {
    for (int kind = 0; kind < OPTIMIZERS; kind++) {
        struct train_settings settings = every_setting(kind);
        struct subject s;
        subject_init(&s, 7, 5, 1);
        struct subject resumed;
        subject_init(&resumed, 7, 5, 1);
        struct optimizer *whole = create(&settings, s.parameters, s.average, s.pool);
        struct optimizer *rest =
            create(&settings, resumed.parameters, resumed.average, resumed.pool);
        size_t bytes = s.parameters->size * sizeof(float);
        (void)run_steps(&s, whole, 0, 4);
        memcpy(resumed.parameters->values, s.parameters->values, bytes);
        memcpy(resumed.average, s.average, bytes);
        for (size_t i = 0; i < optimizer_array_count(whole); i++) {
            memcpy(optimizer_array(rest, i).values, optimizer_array(whole, i).values, bytes);
        }
        optimizer_set_steps(rest, 4);
        (void)run_steps(&s, whole, 4, 7);
        (void)run_steps(&resumed, rest, 4, 7);
        ck_assert_uint_eq(optimizer_steps(rest), 7);
        ck_assert(memcmp(resumed.parameters->values, s.parameters->values, bytes) == 0);
        ck_assert(memcmp(resumed.average, s.average, bytes) == 0);
        optimizer_destroy(rest);
        optimizer_destroy(whole);
        subject_deinit(&resumed);
        subject_deinit(&s);
    }
}
END_TEST

START_TEST(arrays_have_pytorchs_names) {
    static const char *const names[OPTIMIZERS][CHARNN_OPTIMIZER_ARRAYS] = {
        [CHARNN_OPTIMIZER_ADAM] = {"optim.exp_avg", "optim.exp_avg_sq"},
        [CHARNN_OPTIMIZER_RMSPROP] = {"optim.square_avg"},
        [CHARNN_OPTIMIZER_SGD] = {"optim.momentum_buffer"},
        [CHARNN_OPTIMIZER_MUON] = {"optim.square_avg", "optim.momentum_buffer"},
    };
    struct subject s;
    subject_init(&s, 5, 3, 1);
    for (int kind = 0; kind < OPTIMIZERS; kind++) {
        struct train_settings settings = usual;
        settings.optimizer = kind;
        struct optimizer *optimizer = create(&settings, s.parameters, NULL, s.pool);
        ck_assert_uint_eq(optimizer_array_count(optimizer), names[kind][1] != NULL ? 2 : 1);
        for (size_t i = 0; i < optimizer_array_count(optimizer); i++) {
            struct optimizer_array array = optimizer_array(optimizer, i);
            ck_assert_str_eq(array.name, names[kind][i]);
            for (size_t k = 0; k < s.parameters->size; k++) {
                if (array.values[k] != 0) {
                    ck_abort_msg("%s is not zero at first", names[kind][i]);
                }
            }
        }
        size_t arrays = optimizer_array_count(optimizer) * s.parameters->size * sizeof(float);
        size_t memory = optimizer_memory(&settings, s.parameters, thread_pool_size(s.pool));
        ck_assert(memory >= arrays && memory <= arrays + 4096);
        optimizer_destroy(optimizer);
    }
    optimizer_destroy(NULL);
    subject_deinit(&s);
}
END_TEST

Suite *optimizer_suite(void) {
    Suite *suite = suite_create("optimizer");
    TCase *test = tcase_create("optimizer");
    tcase_add_test(test, five_steps_follow_pytorch);
    tcase_add_test(test, rounded_steps_of_muon_follow_pytorch);
    tcase_add_test(test, rounded_step_of_muon_is_near_the_exact_one);
    tcase_add_loop_test(test, frozen_parameters_stay, 0, OPTIMIZERS);
    tcase_add_test(test, norm_is_euclidean);
    tcase_add_test(test, norm_shows_what_is_not_finite);
    tcase_add_test(test, clipping_by_value_then_norm);
    tcase_add_test(test, norm_within_the_limit_is_left_alone);
    tcase_add_test(test, step_clears_gradients_and_counts);
    tcase_add_test(test, weight_decay_is_decoupled);
    tcase_add_test(test, average_is_the_recurrence);
    tcase_add_test(test, threads_do_not_change_bits);
    tcase_add_test(test, arrays_and_steps_are_all_that_resuming_needs);
    tcase_add_test(test, arrays_have_pytorchs_names);
    suite_add_tcase(suite, test);
    return suite;
}
