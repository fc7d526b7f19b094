/* Gradients: the reference against central differences and PyTorch, the engine against the
 * reference. */
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/golden.h"
#include "support/reference_rnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LENGTH = 128, RANDOM_SHAPES = 40 };

static size_t state_count(const struct reference_rnn *rnn) {
    return rnn->shape.layers * rnn->shape.batch * rnn->shape.hidden;
}

static size_t memory_size(const struct reference_shape *shape) {
    return shape->batch * shape->attention * shape->hidden;
}

/* Fills in everything but the masks, in the order of the golden files. */
static void fill_reference(struct reference_rnn *rnn, struct generator *generator) {
    size_t positions = rnn->shape.steps * rnn->shape.batch;
    generator_numbers(generator, rnn->parameters, rnn->size);
    generator_numbers(generator, rnn->h0, state_count(rnn));
    generator_numbers(generator, rnn->c0, state_count(rnn));
    generator_numbers(generator, rnn->memory, memory_size(&rnn->shape));
    for (size_t b = 0; b < rnn->shape.batch; b++) {
        rnn->held[b] = rnn->shape.attention;
    }
    generator_symbols(generator, rnn->shape.vocab, rnn->x, positions);
    generator_symbols(generator, rnn->shape.vocab, rnn->y, positions);
}

/*
 * fill_reference(), with smaller parameters for wide layers. Recurrent weights uniform in [-a, a]
 * have a spectral radius near a * sqrt(H / 3). Beyond 1 a tanh network is chaotic and amplifies
 * rounding errors from step to step, with any implementation in float. Streams of the attention
 * hold 0, 1, ..., N outputs.
 */
static void fill_calm_reference(struct reference_rnn *rnn, struct generator *generator) {
    fill_reference(rnn, generator);
    double scale = 1; /* a power of two, so that the parameters stay exact in float */
    while (scale * 0.5 * sqrt((double)rnn->shape.hidden / 3) > 0.9) {
        scale /= 2;
    }
    for (size_t i = 0; i < rnn->size; i++) {
        rnn->parameters[i] *= scale;
    }
    for (size_t b = 0; b < rnn->shape.batch; b++) {
        rnn->held[b] = b % (rnn->shape.attention + 1);
    }
}

/* --- compare.c ---------------------------------------------------------------------------- */

START_TEST(compare_names_worst_element) {
    const double expected[4] = {1, -2, 0, 100};
    const double got[4] = {1.001, -2.5, 0.001, 100.5};
    struct tolerance tolerance = {.absolute = 0.01, .relative = 0.1};
    struct comparison comparison = compare_doubles(got, expected, 4, tolerance);
    ck_assert(!comparison.equal);
    ck_assert_uint_eq(comparison.index, 1);
    ck_assert_double_eq(comparison.got, -2.5);
    ck_assert_double_eq(comparison.expected, -2);
    ck_assert_double_eq_tol(comparison.ratio, 0.5 / 0.21, 1e-12);
    tolerance.relative = 0.25;
    ck_assert(compare_doubles(got, expected, 4, tolerance).equal);
}
END_TEST

START_TEST(compare_rejects_nan_and_infinity) {
    const struct tolerance generous = {.absolute = 1e300, .relative = 1e300};
    const double numbers[3] = {0, 1, 2};
    const float not_a_number[3] = {0, NAN, 2};
    const float infinite[3] = {0, 1, INFINITY};
    const double expected_nan[3] = {0, NAN, 2};
    struct comparison comparison = compare_floats(not_a_number, numbers, 3, generous);
    ck_assert(!comparison.equal);
    ck_assert_uint_eq(comparison.index, 1);
    ck_assert(!compare_floats(not_a_number, expected_nan, 3, generous).equal);
    comparison = compare_floats(infinite, numbers, 3, generous);
    ck_assert(!comparison.equal);
    ck_assert_uint_eq(comparison.index, 2);
}
END_TEST

START_TEST(compare_without_tolerance_is_equality) {
    const struct tolerance none = {0};
    const double values[2] = {0, 1};
    const double close[2] = {0, 1 + 1e-15};
    ck_assert(compare_doubles(values, values, 2, none).equal);
    ck_assert(!compare_doubles(close, values, 2, none).equal);
    ck_assert(compare_doubles(close, values, 0, none).equal);
    ck_assert_double_eq(compare_largest(values, 2), 1);
    ck_assert_double_eq(compare_largest(values, 0), 0);
}
END_TEST

/* --- the reference against central differences --------------------------------------------- */

/*
 * d(loss)/d(*value) by the five-point central difference, with an error of order step^4. With this
 * step, it and the rounding error of the loss are both near 1e-12.
 */
static double numeric_gradient(struct reference_rnn *rnn, double *value) {
    const double step = 1e-3;
    const double weights[4] = {1, -8, 8, -1};
    const double steps[4] = {-2, -1, 1, 2};
    double before = *value;
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        *value = before + steps[i] * step;
        reference_forward(rnn);
        sum += weights[i] * rnn->loss;
    }
    *value = before;
    return sum / (12 * step);
}

static void check_numeric(struct reference_rnn *rnn, double *values, const double *gradients,
                          size_t count, const char *what) {
    const struct tolerance tolerance = {.absolute = 1e-10, .relative = 1e-6};
    for (size_t i = 0; i < count; i++) {
        double numeric = numeric_gradient(rnn, &values[i]);
        assert_doubles(&gradients[i], &numeric, 1, tolerance, "%s: %s, element %zu",
                       shape_text(&rnn->shape), what, i);
    }
}

/* Makes every third target one that is not learned. */
static void drop_targets(struct reference_rnn *rnn) {
    for (size_t i = 0; i < rnn->shape.steps * rnn->shape.batch; i += 3) {
        rnn->y[i] = -1;
    }
}

static void check_reference(const struct reference_shape *shape, bool dropout) {
    struct generator generator = {.state = 1};
    struct reference_rnn *rnn = reference_create(shape);
    fill_reference(rnn, &generator);
    size_t outputs = shape->steps * state_count(rnn);
    for (size_t i = 0; dropout && i < outputs; i++) {
        rnn->masks[i] = generator_symbol(&generator, 3) == 0 ? 0 : 1.5;
        rnn->candidate_masks[i] = generator_symbol(&generator, 3) == 0 ? 0 : 1.5;
    }
    if (shape->has_end) {
        drop_targets(rnn);
    }
    reference_forward(rnn);
    reference_backward(rnn);
    for (size_t i = 0; i < rnn->count; i++) {
        const struct reference_parameter *parameter = &rnn->table[i];
        check_numeric(rnn, rnn->parameters + parameter->offset, rnn->gradients + parameter->offset,
                      parameter->rows * parameter->columns, parameter->name);
    }
    check_numeric(rnn, rnn->h0, rnn->h0_gradient, state_count(rnn), "h0");
    check_numeric(rnn, rnn->c0, rnn->c0_gradient, state_count(rnn), "c0");
    reference_destroy(rnn);
}

START_TEST(reference_agrees_with_central_differences) {
    static const size_t sizes[][5] = {{4, 3, 2, 2, 3}, {2, 1, 3, 1, 4}, {1, 2, 1, 1, 1}};
    struct cell_variant variant = cell_variant_at((size_t)_i);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t *size = sizes[i];
        struct reference_shape shape = shape_of(variant, size);
        check_reference(&shape, false);
        check_reference(&shape, true);
        shape.has_end = true;
        check_reference(&shape, false);
    }
}
END_TEST

/* --- the reference against PyTorch ---------------------------------------------------------- */

static void check_golden(const struct golden_file *file, const struct golden_case *golden,
                         const char *name, const double *got, size_t count) {
    const struct tolerance tolerance = {.absolute = 1e-14, .relative = 1e-10};
    assert_doubles(got, golden_tensor(file, golden, name, count), count, tolerance, "%s/%s",
                   golden->name, name);
}

static void check_golden_states(const struct golden_file *file, const struct golden_case *golden,
                                struct reference_rnn *rnn) {
    const struct tolerance tolerance = {.absolute = 1e-14, .relative = 1e-10};
    size_t size = golden->batch * golden->hidden;
    const double *h = golden_tensor(file, golden, "h", state_count(rnn));
    const double *c = rnn->has_c ? golden_tensor(file, golden, "c", state_count(rnn)) : NULL;
    for (size_t layer = 0; layer < golden->layers; layer++) {
        assert_doubles(reference_last_h(rnn, layer), h + layer * size, size, tolerance, "%s/h",
                       golden->name);
        if (c != NULL) {
            assert_doubles(reference_last_c(rnn, layer), c + layer * size, size, tolerance, "%s/c",
                           golden->name);
        }
    }
    check_golden(file, golden, "gradient/h0", rnn->h0_gradient, state_count(rnn));
    if (c != NULL) {
        check_golden(file, golden, "gradient/c0", rnn->c0_gradient, state_count(rnn));
    }
}

START_TEST(reference_agrees_with_pytorch) {
    struct golden_file file;
    golden_open(&file, "network.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_case golden;
        golden_case_init(&golden, &file, i);
        struct reference_shape shape = golden_shape(&golden);
        struct generator generator = {.state = 1};
        struct reference_rnn *rnn = reference_create(&shape);
        fill_reference(rnn, &generator);
        reference_forward(rnn);
        reference_backward(rnn);
        size_t positions = shape.steps * shape.batch;
        size_t last = (shape.steps - 1) * shape.batch * shape.vocab;
        check_golden(&file, &golden, "loss", &rnn->loss, 1);
        check_golden(&file, &golden, "nats", rnn->nats, positions);
        check_golden(&file, &golden, "logits", rnn->logits + last, shape.batch * shape.vocab);
        check_golden_states(&file, &golden, rnn);
        for (size_t k = 0; k < rnn->count; k++) {
            const struct reference_parameter *parameter = &rnn->table[k];
            char name[NAME_LENGTH];
            snprintf(name, sizeof name, "gradient/%s", parameter->name);
            check_golden(&file, &golden, name, rnn->gradients + parameter->offset,
                         parameter->rows * parameter->columns);
        }
        reference_destroy(rnn);
        golden_case_deinit(&golden);
    }
    golden_close(&file);
}
END_TEST

/* --- the engine against the reference ------------------------------------------------------ */

/* All gradients; the padding must still be zero. */
static void check_engine_gradients(struct engine *engine, const struct reference_rnn *rnn,
                                   const char *where) {
    const struct parameters *parameters = &engine->model->parameters;
    for (size_t i = 0; i < rnn->count; i++) {
        const struct reference_parameter *expected = &rnn->table[i];
        const struct parameter *parameter = parameters_find(parameters, expected->name);
        ck_assert_msg(parameter != NULL, "%s: no parameter %s", where, expected->name);
        size_t count = expected->rows * expected->columns;
        const double *gradient = rnn->gradients + expected->offset;
        assert_floats(engine_gradient(engine, parameter), gradient, count,
                      engine_tolerance(gradient, count), "%s: gradient of %s", where,
                      expected->name);
    }
    assert_padding_zero(parameters, parameters->gradients, where);
}

static void check_engine_states(struct engine *engine, const struct reference_rnn *rnn,
                                const char *where) {
    size_t size = rnn->shape.batch * rnn->shape.hidden;
    for (size_t layer = 0; layer < rnn->shape.layers; layer++) {
        const double *h = reference_last_h(rnn, layer);
        const double *dh = rnn->h0_gradient + layer * size;
        assert_floats(engine_state(engine, layer, CHARNN_STATE_H), h, size,
                      engine_tolerance(h, size), "%s: h of layer %zu", where, layer);
        assert_floats(engine_state_gradient(engine, layer, CHARNN_STATE_H), dh, size,
                      engine_tolerance(dh, size), "%s: gradient of h0 of layer %zu", where, layer);
        if (!rnn->has_c) {
            continue;
        }
        const double *c = reference_last_c(rnn, layer);
        const double *dc = rnn->c0_gradient + layer * size;
        assert_floats(engine_state(engine, layer, CHARNN_STATE_C), c, size,
                      engine_tolerance(c, size), "%s: c of layer %zu", where, layer);
        assert_floats(engine_state_gradient(engine, layer, CHARNN_STATE_C), dc, size,
                      engine_tolerance(dc, size), "%s: gradient of c0 of layer %zu", where, layer);
    }
}

static void check_engine(const struct reference_shape *shape, size_t threads,
                         struct generator *generator) {
    const char *where = shape_text(shape);
    struct reference_rnn *rnn = reference_create(shape);
    fill_calm_reference(rnn, generator);
    if (shape->has_end) {
        drop_targets(rnn);
    }
    reference_forward(rnn);
    reference_backward(rnn);
    struct engine engine;
    engine_init(&engine, shape, threads, false);
    engine_copy_reference(&engine, rnn);
    double loss = engine_train(&engine, rnn->x, rnn->y, 1);
    assert_doubles(&loss, &rnn->loss, 1, (struct tolerance){1e-6, 1e-6}, "%s: loss", where);
    check_engine_gradients(&engine, rnn, where);
    check_engine_states(&engine, rnn, where);
    engine_copy_states(&engine, rnn);
    size_t positions = shape->steps * shape->batch;
    float *nats = calloc(positions, sizeof *nats);
    ck_assert_ptr_nonnull(nats);
    network_score(engine.network, rnn->x, rnn->y, shape->steps, nats);
    assert_floats(nats, rnn->nats, positions, (struct tolerance){2e-6, 1e-5}, "%s: nats", where);
    free(nats);
    engine_deinit(&engine);
    reference_destroy(rnn);
}

/* Sizes just below, at and above each internal size: lanes, panels, blocks of k, rows of 1 KB, and
 * spans. */
START_TEST(engine_agrees_with_reference_at_edges) {
    static const size_t sizes[][5] = {
        {1, 1, 1, 1, 1},     {2, 1, 2, 3, 5},   {3, 15, 1, 2, 3},    {16, 16, 2, 4, 4},
        {17, 17, 2, 3, 4},   {31, 32, 1, 5, 3}, {40, 33, 3, 7, 6},   {32, 48, 2, 8, 2},
        {100, 49, 1, 9, 3},  {5, 65, 2, 2, 3},  {1, 33, 2, 2, 2},    {33, 15, 4, 1, 9},
        {20, 16, 2, 10, 30}, {9, 20, 1, 29, 9}, {300, 5, 1, 2, 2},   {6, 130, 1, 3, 2},
        {256, 64, 2, 2, 3},  {3, 250, 2, 2, 2}, {7, 18, 2, 150, 10}, {5, 9, 2, 600, 3},
        {4, 7, 3, 40, 40},
    };
    struct cell_variant variant = cell_variant_at((size_t)_i);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t *size = sizes[i];
        struct reference_shape shape = shape_of(variant, size);
        struct generator generator = {.state = 1};
        check_engine(&shape, 1 + i % 3, &generator);
        shape.has_end = true;
        shape.end = (int32_t)(shape.vocab / 2);
        shape.attention *= 11;
        check_engine(&shape, 1 + i % 3, &generator);
    }
}
END_TEST

START_TEST(engine_agrees_with_reference_at_random_shapes) {
    static const size_t hidden[] = {1, 2, 7, 15, 16, 17, 31, 32, 33, 47, 48, 49};
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct generator generator = {.state = 12345};
    for (size_t i = 0; i < RANDOM_SHAPES; i++) {
        struct reference_shape shape = {
            .cell = variant.cell,
            .peephole = variant.peephole,
            .skip = variant.skip,
            .attention = variant.attention,
            .vocab = 1 + (size_t)generator_symbol(&generator, 40),
            .hidden = hidden[generator_symbol(&generator, sizeof hidden / sizeof hidden[0])],
            .layers = 1 + (size_t)generator_symbol(&generator, 3),
            .batch = 1 + (size_t)generator_symbol(&generator, 9),
            .steps = 1 + (size_t)generator_symbol(&generator, 8),
            .has_end = i % 2 == 0,
        };
        size_t threads = 1 + (size_t)generator_symbol(&generator, 4);
        check_engine(&shape, threads, &generator);
    }
}
END_TEST

/* --- dropout ------------------------------------------------------------------------------- */

/* With the masks that the engine drew. */
static void check_dropout(const struct reference_shape *shape, struct dropout dropout) {
    struct generator generator = {.state = 1};
    struct reference_rnn *rnn = reference_create(shape);
    fill_calm_reference(rnn, &generator);
    struct engine engine;
    engine_init(&engine, shape, 2, true);
    engine_copy_reference(&engine, rnn);
    double loss = network_train(engine.network, rnn->x, rnn->y, shape->steps, &dropout, 1);
    engine_copy_masks(&engine, &dropout, rnn);
    reference_forward(rnn);
    reference_backward(rnn);
    const char *where = shape_text(shape);
    assert_doubles(&loss, &rnn->loss, 1, (struct tolerance){1e-6, 1e-6}, "%s: loss", where);
    check_engine_gradients(&engine, rnn, where);
    check_engine_states(&engine, rnn, where);
    engine_deinit(&engine);
    reference_destroy(rnn);
}

START_TEST(engine_with_dropout_agrees_with_reference) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct reference_shape shape = shape_of(variant, (const size_t[]){12, 20, 3, 4, 6});
    for (int has_end = 0; has_end <= 1; has_end++) {
        shape.has_end = has_end == 1;
        check_dropout(&shape, (struct dropout){.rates = {0.4}, .seed = 7, .step = 3});
        if (cell_find(variant.cell)->has_candidate) {
            check_dropout(&shape, (struct dropout){.rates = {0, 0.3}, .seed = 7, .step = 3});
            check_dropout(&shape, (struct dropout){.rates = {0.4, 0.3}, .seed = 7, .step = 3});
        }
    }
}
END_TEST

static void add_loop(Suite *suite, const char *name, const TTest *test, size_t count) {
    TCase *tcase = tcase_create(name);
    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

Suite *gradients_suite(void) {
    Suite *suite = suite_create("gradients");
    TCase *compare = tcase_create("compare");
    tcase_add_test(compare, compare_names_worst_element);
    tcase_add_test(compare, compare_rejects_nan_and_infinity);
    tcase_add_test(compare, compare_without_tolerance_is_equality);
    suite_add_tcase(suite, compare);
    TCase *pytorch = tcase_create("pytorch");
    tcase_add_test(pytorch, reference_agrees_with_pytorch);
    suite_add_tcase(suite, pytorch);
    add_loop(suite, "reference", reference_agrees_with_central_differences, equation_count());
    add_loop(suite, "edges", engine_agrees_with_reference_at_edges, cell_variant_count());
    add_loop(suite, "random", engine_agrees_with_reference_at_random_shapes, equation_count());
    add_loop(suite, "dropout", engine_with_dropout_agrees_with_reference, equation_count());
    return suite;
}
