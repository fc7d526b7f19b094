/* The network: agreement with PyTorch, and the contracts of nn/network.h. */
#include "nn/network_internal.h"
#include "nn/span.h"
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/golden.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LENGTH = 128 };

static float *allocate_floats(size_t count) {
    float *floats = calloc(count, sizeof *floats);
    ck_assert_ptr_nonnull(floats);
    return floats;
}

static float *copy_floats(const float *values, size_t count) {
    float *copy = allocate_floats(count);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* A network with arbitrary parameters and state, and a text. */
struct fixture {
    struct engine engine;
    bool has_c;
    size_t positions; /* T * B */
    double *parameters;
    double *h0, *c0;
    double *memory; /* of the attention: N outputs of each stream */
    size_t *held;   /* [B], all N */
    int32_t *x, *y;
};

/* Sets the state that the fixture starts from. */
static void fixture_rewind(struct fixture *f) {
    engine_set_states(&f->engine, f->h0, f->has_c ? f->c0 : NULL);
    if (f->engine.shape.attention > 0) {
        engine_set_memory(&f->engine, f->memory, f->held);
    }
}

static void fixture_init(struct fixture *f, const struct reference_shape *shape, size_t threads,
                         bool dropout) {
    struct generator generator = {.state = 1};
    engine_init(&f->engine, shape, threads, dropout);
    size_t elements = f->engine.model->parameters.elements;
    size_t states = shape->layers * shape->batch * shape->hidden;
    f->has_c = f->engine.model->shape.cell->has_c;
    f->positions = shape->steps * shape->batch;
    f->parameters = calloc(elements, sizeof *f->parameters);
    f->h0 = calloc(states, sizeof *f->h0);
    f->c0 = calloc(states, sizeof *f->c0);
    size_t remembered = shape->batch * shape->attention * shape->hidden;
    f->memory = calloc(remembered + 1, sizeof *f->memory);
    f->held = calloc(shape->batch, sizeof *f->held);
    f->x = calloc(f->positions, sizeof *f->x);
    f->y = calloc(f->positions, sizeof *f->y);
    ck_assert(f->parameters != NULL && f->h0 != NULL && f->c0 != NULL && f->memory != NULL &&
              f->held != NULL && f->x != NULL && f->y != NULL);
    generator_numbers(&generator, f->parameters, elements);
    generator_numbers(&generator, f->h0, states);
    generator_numbers(&generator, f->c0, states);
    generator_numbers(&generator, f->memory, remembered);
    for (size_t b = 0; b < shape->batch; b++) {
        f->held[b] = shape->attention;
    }
    generator_symbols(&generator, shape->vocab, f->x, f->positions);
    generator_symbols(&generator, shape->vocab, f->y, f->positions);
    engine_set_parameters(&f->engine, f->parameters);
    fixture_rewind(f);
}

static void fixture_deinit(struct fixture *f) {
    free(f->y);
    free(f->x);
    free(f->held);
    free(f->memory);
    free(f->c0);
    free(f->h0);
    free(f->parameters);
    engine_deinit(&f->engine);
}

static size_t state_size(const struct fixture *f) {
    return f->engine.shape.batch * f->engine.shape.hidden;
}

static size_t all_states(const struct fixture *f) {
    const struct network *network = f->engine.network;
    size_t floats = 0;
    for (size_t part = 0; part < network_part_count(network); part++) {
        floats += f->engine.shape.batch * network_part_width(network, part);
    }
    return floats;
}

/* All parts of the carried state in one array. Ownership: the caller's. */
static float *fixture_states(struct fixture *f) {
    float *states = allocate_floats(all_states(f));
    float *next = states;
    for (size_t part = 0; part < network_part_count(f->engine.network); part++) {
        network_get_part(f->engine.network, part, next);
        next += f->engine.shape.batch * network_part_width(f->engine.network, part);
    }
    return states;
}

static struct reference_shape variant_shape(int index, size_t V, size_t H, size_t L, size_t B,
                                            size_t T) {
    return shape_of(cell_variant_at((size_t)index), (const size_t[]){V, H, L, B, T});
}

/* --- PyTorch ------------------------------------------------------------------------------- */

struct golden_run {
    const struct golden_file *file;
    struct golden_case golden;
    struct fixture fixture;
};

static void golden_run_init(struct golden_run *run, const struct golden_file *file, size_t index,
                            size_t threads, bool rounded) {
    run->file = file;
    golden_case_init(&run->golden, file, index);
    struct reference_shape shape = golden_shape(&run->golden);
    shape.rounded = rounded;
    /* Memory for dropout must not change results without dropout. */
    fixture_init(&run->fixture, &shape, threads, index % 2 == 1);
}

static void golden_run_deinit(struct golden_run *run) {
    fixture_deinit(&run->fixture);
    golden_case_deinit(&run->golden);
}

/* Rounded numbers have errors of up to 1 in 512, and small gradients are differences of large
 * numbers. */
static void check_tensor(const struct golden_run *run, const char *name, const float *got,
                         size_t count) {
    const double *expected = golden_tensor(run->file, &run->golden, name, count);
    struct tolerance tolerance = engine_tolerance(expected, count);
    if (run->fixture.engine.shape.rounded) {
        tolerance.absolute = 0.1 / 3e-6 * tolerance.absolute + 2e-5;
    }
    assert_floats(got, expected, count, tolerance, "%s/%s", run->golden.name, name);
}

static void check_gradients(struct golden_run *run) {
    struct engine *engine = &run->fixture.engine;
    const struct parameters *parameters = &engine->model->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        char name[NAME_LENGTH];
        snprintf(name, sizeof name, "gradient/%s", parameter->name);
        check_tensor(run, name, engine_gradient(engine, parameter), parameter_elements(parameter));
    }
    assert_padding_zero(parameters, parameters->gradients, run->golden.name);
}

/* One kind of state and its gradient; the golden values hold all layers in one tensor. */
static void check_states(struct golden_run *run, int kind, const char *name,
                         const char *gradient_name, bool with_gradient) {
    struct fixture *f = &run->fixture;
    size_t size = state_size(f);
    size_t layers = f->engine.shape.layers;
    float *states = allocate_floats(layers * size);
    for (size_t layer = 0; layer < layers; layer++) {
        network_get_state(f->engine.network, layer, kind, states + layer * size);
    }
    check_tensor(run, name, states, layers * size);
    for (size_t layer = 0; with_gradient && layer < layers; layer++) {
        memcpy(states + layer * size, engine_state_gradient(&f->engine, layer, kind),
               size * sizeof *states);
    }
    if (with_gradient) {
        check_tensor(run, gradient_name, states, layers * size);
    }
    free(states);
}

static void check_all_states(struct golden_run *run, bool with_gradient) {
    check_states(run, CHARNN_STATE_H, "h", "gradient/h0", with_gradient);
    if (run->fixture.has_c) {
        check_states(run, CHARNN_STATE_C, "c", "gradient/c0", with_gradient);
    }
}

static void check_training(bool rounded) {
    struct golden_file file;
    golden_open(&file, "network.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_run run;
        golden_run_init(&run, &file, i, 1 + i % 3, rounded);
        struct fixture *f = &run.fixture;
        float loss = (float)engine_train(&f->engine, f->x, f->y, 1);
        check_tensor(&run, "loss", &loss, 1);
        check_gradients(&run);
        check_all_states(&run, true);
        golden_run_deinit(&run);
    }
    golden_close(&file);
}

START_TEST(training_agrees_with_pytorch) {
    check_training(false);
}
END_TEST

START_TEST(training_with_rounded_numbers_is_near_pytorch) {
    check_training(true);
}
END_TEST

START_TEST(scoring_agrees_with_pytorch) {
    struct golden_file file;
    golden_open(&file, "network.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_run run;
        golden_run_init(&run, &file, i, 1 + i % 3, false);
        struct fixture *f = &run.fixture;
        float *nats = allocate_floats(f->positions);
        network_score(f->engine.network, f->x, f->y, run.golden.steps, nats);
        check_tensor(&run, "nats", nats, f->positions);
        check_all_states(&run, false);
        free(nats);
        golden_run_deinit(&run);
    }
    golden_close(&file);
}
END_TEST

START_TEST(forward_agrees_with_pytorch) {
    struct golden_file file;
    golden_open(&file, "network.safetensors");
    for (size_t i = 0; i < golden_case_count(&file); i++) {
        struct golden_run run;
        golden_run_init(&run, &file, i, 1 + i % 3, false);
        struct fixture *f = &run.fixture;
        size_t vocab = run.golden.vocab;
        float *logits = allocate_floats(run.golden.batch * vocab);
        network_forward(f->engine.network, f->x, run.golden.steps);
        for (size_t b = 0; b < run.golden.batch; b++) {
            memcpy(logits + b * vocab, network_logits(f->engine.network, b),
                   vocab * sizeof *logits);
        }
        check_tensor(&run, "logits", logits, run.golden.batch * vocab);
        check_all_states(&run, false);
        free(logits);
        golden_run_deinit(&run);
    }
    golden_close(&file);
}
END_TEST

/* --- one window and its pieces ------------------------------------------------------------- */

/* Ways to cut seven steps; each row ends with 0. */
static const size_t cuts[][8] = {{7, 0}, {3, 4, 0}, {5, 2, 0}, {1, 1, 1, 1, 1, 1, 1, 0}, {1, 6, 0}};
enum { CUT_STEPS = 7, CUTS = sizeof cuts / sizeof cuts[0] };

START_TEST(scoring_in_pieces_gives_same_bits) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, CUT_STEPS);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    float *whole = allocate_floats(f.positions);
    float *pieces = allocate_floats(f.positions);
    network_score(f.engine.network, f.x, f.y, CUT_STEPS, whole);
    float *whole_states = fixture_states(&f);
    for (size_t i = 0; i < CUTS; i++) {
        fixture_rewind(&f);
        size_t at = 0;
        for (const size_t *steps = cuts[i]; *steps > 0; at += *steps * shape.batch, steps++) {
            network_score(f.engine.network, f.x + at, f.y + at, *steps, pieces + at);
        }
        float *states = fixture_states(&f);
        assert_same_bits(pieces, whole, f.positions, "%s: nats, cut %zu", shape_text(&shape), i);
        assert_same_bits(states, whole_states, all_states(&f), "%s: state, cut %zu",
                         shape_text(&shape), i);
        free(states);
    }
    free(whole_states);
    free(pieces);
    free(whole);
    fixture_deinit(&f);
}
END_TEST

START_TEST(forward_in_pieces_gives_same_bits) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, CUT_STEPS);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    network_forward(f.engine.network, f.x, CUT_STEPS);
    float *whole_states = fixture_states(&f);
    float *logits = allocate_floats(shape.batch * shape.vocab);
    for (size_t b = 0; b < shape.batch; b++) {
        memcpy(logits + b * shape.vocab, network_logits(f.engine.network, b),
               shape.vocab * sizeof *logits);
    }
    for (size_t i = 0; i < CUTS; i++) {
        fixture_rewind(&f);
        size_t at = 0;
        for (const size_t *steps = cuts[i]; *steps > 0; at += *steps * shape.batch, steps++) {
            network_forward(f.engine.network, f.x + at, *steps);
        }
        float *states = fixture_states(&f);
        assert_same_bits(states, whole_states, all_states(&f), "%s: state, cut %zu",
                         shape_text(&shape), i);
        for (size_t b = 0; b < shape.batch; b++) {
            assert_same_bits(network_logits(f.engine.network, b), logits + b * shape.vocab,
                             shape.vocab, "%s: logits of stream %zu, cut %zu", shape_text(&shape),
                             b, i);
        }
        free(states);
    }
    free(logits);
    free(whole_states);
    fixture_deinit(&f);
}
END_TEST

/* Training in pieces stops gradients at the cuts, so only loss and state stay the same. */
START_TEST(training_in_pieces_gives_same_loss) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, CUT_STEPS);
    const struct dropout none = {0};
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    double whole = engine_train(&f.engine, f.x, f.y, 1);
    float *whole_states = fixture_states(&f);
    for (size_t i = 0; i < CUTS; i++) {
        fixture_rewind(&f);
        double loss = 0;
        size_t at = 0;
        for (const size_t *steps = cuts[i]; *steps > 0; at += *steps * shape.batch, steps++) {
            double mean = network_train(f.engine.network, f.x + at, f.y + at, *steps, &none, 1);
            loss += mean * (double)*steps / CUT_STEPS;
        }
        float *states = fixture_states(&f);
        assert_doubles(&loss, &whole, 1, (struct tolerance){.relative = 1e-6}, "%s: loss, cut %zu",
                       shape_text(&shape), i);
        assert_same_bits(states, whole_states, all_states(&f), "%s: state, cut %zu",
                         shape_text(&shape), i);
        free(states);
    }
    free(whole_states);
    fixture_deinit(&f);
}
END_TEST

/* A shorter window gives the same bits as in a network created for that length. */
START_TEST(training_shorter_window_gives_same_bits) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, 3);
    struct reference_shape roomy_shape = shape;
    roomy_shape.steps = 11;
    const struct dropout none = {0};
    struct fixture f;
    struct fixture roomy;
    fixture_init(&f, &shape, 2, false);
    fixture_init(&roomy, &roomy_shape, 2, false);
    /* An earlier, longer window must leave no trace. */
    network_train(roomy.engine.network, roomy.x, roomy.y, roomy_shape.steps, &none, 1);
    engine_clear_gradients(&roomy.engine);
    fixture_rewind(&roomy);
    double expected = engine_train(&f.engine, f.x, f.y, 1);
    double loss = network_train(roomy.engine.network, f.x, f.y, shape.steps, &none, 1);
    ck_assert_double_eq(loss, expected);
    const struct parameters *parameters = &f.engine.model->parameters;
    assert_same_bits(roomy.engine.model->parameters.gradients, parameters->gradients,
                     parameters->size, "%s: gradients", shape_text(&shape));
    fixture_deinit(&roomy);
    fixture_deinit(&f);
}
END_TEST

/* --- threads ------------------------------------------------------------------------------- */

/* All results of a network, computed with a given number of threads. */
struct outcome {
    double loss;
    float *gradients, *state_gradients, *trained, *nats, *scored, *logits;
};

static void outcome_init(struct outcome *o, const struct reference_shape *shape, size_t threads,
                         size_t *gradient_size, size_t *states_size) {
    struct fixture f;
    fixture_init(&f, shape, threads, true);
    const struct dropout dropout = engine_dropout(&f.engine, 0.25, 11, 5);
    const struct parameters *parameters = &f.engine.model->parameters;
    *gradient_size = parameters->size;
    *states_size = all_states(&f);
    o->loss = network_train(f.engine.network, f.x, f.y, shape->steps, &dropout, 0.3F);
    o->gradients = copy_floats(parameters->gradients, parameters->size);
    o->trained = fixture_states(&f);
    o->state_gradients = allocate_floats(state_size(&f) * shape->layers);
    for (size_t layer = 0; layer < shape->layers; layer++) {
        memcpy(o->state_gradients + layer * state_size(&f),
               engine_state_gradient(&f.engine, layer, CHARNN_STATE_H),
               state_size(&f) * sizeof *o->state_gradients);
    }
    o->nats = allocate_floats(f.positions);
    network_score(f.engine.network, f.x, f.y, shape->steps, o->nats);
    o->scored = fixture_states(&f);
    network_forward(f.engine.network, f.x, shape->steps);
    o->logits = allocate_floats(shape->batch * shape->vocab);
    for (size_t b = 0; b < shape->batch; b++) {
        memcpy(o->logits + b * shape->vocab, network_logits(f.engine.network, b),
               shape->vocab * sizeof *o->logits);
    }
    fixture_deinit(&f);
}

static void outcome_deinit(struct outcome *o) {
    free(o->logits);
    free(o->scored);
    free(o->nats);
    free(o->state_gradients);
    free(o->trained);
    free(o->gradients);
}

static void check_threads(const struct reference_shape *shape) {
    static const size_t threads[] = {2, 3, 7};
    const char *where = shape_text(shape);
    size_t gradients;
    size_t states;
    struct outcome one;
    outcome_init(&one, shape, 1, &gradients, &states);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        size_t n = threads[i];
        struct outcome many;
        outcome_init(&many, shape, n, &gradients, &states);
        ck_assert_msg(many.loss == one.loss, "%s: loss %.17g with %zu threads, %.17g with 1", where,
                      many.loss, n, one.loss);
        assert_same_bits(many.gradients, one.gradients, gradients, "%s: gradients, %zu threads",
                         where, n);
        assert_same_bits(many.trained, one.trained, states, "%s: state, %zu threads", where, n);
        assert_same_bits(many.state_gradients, one.state_gradients,
                         shape->layers * shape->batch * shape->hidden,
                         "%s: gradient of h0, %zu threads", where, n);
        assert_same_bits(many.nats, one.nats, shape->steps * shape->batch, "%s: nats, %zu threads",
                         where, n);
        assert_same_bits(many.scored, one.scored, states, "%s: state after scoring, %zu threads",
                         where, n);
        assert_same_bits(many.logits, one.logits, shape->batch * shape->vocab,
                         "%s: logits, %zu threads", where, n);
        outcome_deinit(&many);
    }
    outcome_deinit(&one);
}

/* One shape is large enough for products over several groups of steps; the last two have several
 * spans per window. */
START_TEST(threads_do_not_change_bits) {
    static const size_t sizes[][5] = {{19, 21, 2, 13, 5},  {70, 40, 3, 8, 6},    {3, 5, 1, 1, 4},
                                      {33, 96, 2, 30, 26}, {20, 33, 2, 150, 11}, {5, 9, 2, 600, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t *size = sizes[i];
        struct reference_shape shape =
            variant_shape(_i, size[0], size[1], size[2], size[3], size[4]);
        check_threads(&shape);
        shape.rounded = true;
        if (i % 2 == 0) { /* the others take the scalar kernels long */
            check_threads(&shape);
        }
    }
}
END_TEST

/* --- accumulation -------------------------------------------------------------------------- */

static double *to_doubles(const float *values, size_t count) {
    double *doubles = calloc(count, sizeof *doubles);
    ck_assert_ptr_nonnull(doubles);
    for (size_t i = 0; i < count; i++) {
        doubles[i] = (double)values[i];
    }
    return doubles;
}

START_TEST(gradients_are_scaled_and_added) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, 4);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    const struct parameters *parameters = &f.engine.model->parameters;
    double loss = engine_train(&f.engine, f.x, f.y, 1);
    double *expected = to_doubles(parameters->gradients, parameters->size);
    double *state_gradient =
        to_doubles(engine_state_gradient(&f.engine, 0, CHARNN_STATE_H), state_size(&f));
    engine_clear_gradients(&f.engine);
    const float scales[3] = {0.25F, 0.5F, 1.25F};
    double sum = 0;
    for (size_t i = 0; i < 3; i++) {
        fixture_rewind(&f);
        ck_assert_double_eq(engine_train(&f.engine, f.x, f.y, scales[i]), loss);
        sum += (double)scales[i];
        float *scaled = copy_floats(parameters->gradients, parameters->size);
        for (size_t k = 0; k < parameters->size; k++) {
            scaled[k] /= (float)sum;
        }
        struct tolerance tolerance = engine_tolerance(expected, parameters->size);
        assert_floats(scaled, expected, parameters->size, tolerance, "%s: after scale %g",
                      shape_text(&shape), (double)scales[i]);
        assert_floats(engine_state_gradient(&f.engine, 0, CHARNN_STATE_H), state_gradient,
                      state_size(&f), engine_tolerance(state_gradient, state_size(&f)),
                      "%s: gradient of h0, scale %g", shape_text(&shape), (double)scales[i]);
        free(scaled);
    }
    free(state_gradient);
    free(expected);
    fixture_deinit(&f);
}
END_TEST

/* --- scoring ------------------------------------------------------------------------------- */

START_TEST(negative_target_is_not_scored) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, 5);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    float *expected = allocate_floats(f.positions);
    network_score(f.engine.network, f.x, f.y, shape.steps, expected);
    float *states = fixture_states(&f);
    for (size_t i = 0; i < f.positions; i += 4) {
        f.y[i] = -1;
        expected[i] = 0;
    }
    float *nats = copy_floats(expected, f.positions);
    nats[0] = NAN;
    fixture_rewind(&f);
    network_score(f.engine.network, f.x, f.y, shape.steps, nats);
    float *states_again = fixture_states(&f);
    assert_same_bits(nats, expected, f.positions, "%s: nats", shape_text(&shape));
    assert_same_bits(states_again, states, all_states(&f), "%s: state", shape_text(&shape));
    free(states_again);
    free(nats);
    free(states);
    free(expected);
    fixture_deinit(&f);
}
END_TEST

/* The mean of the scored nats is the loss that training reports. */
START_TEST(scoring_agrees_with_training_loss) {
    struct reference_shape shape = variant_shape(_i, 40, 33, 2, 6, 9);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    double loss = engine_train(&f.engine, f.x, f.y, 1);
    fixture_rewind(&f);
    float *nats = allocate_floats(f.positions);
    network_score(f.engine.network, f.x, f.y, shape.steps, nats);
    double mean = 0;
    for (size_t i = 0; i < f.positions; i++) {
        mean += (double)nats[i] / (double)f.positions;
    }
    assert_doubles(&mean, &loss, 1, (struct tolerance){.relative = 1e-6}, "%s: loss",
                   shape_text(&shape));
    free(nats);
    fixture_deinit(&f);
}
END_TEST

/* Large logits: certain predictions cost nothing, wrong ones their distance, without overflow. */
START_TEST(scoring_survives_large_logits) {
    struct reference_shape shape =
        shape_of((struct cell_variant){.cell = "rnn"}, (const size_t[]){3, 1, 1, 2, 1});
    struct fixture f;
    fixture_init(&f, &shape, 1, false);
    memset(f.parameters, 0, f.engine.model->parameters.elements * sizeof *f.parameters);
    double *bias = f.parameters + f.engine.model->parameters.elements - 3;
    bias[0] = 1000;
    bias[1] = -1000;
    bias[2] = 900;
    engine_set_parameters(&f.engine, f.parameters);
    f.y[0] = 0;
    f.y[1] = 1;
    float nats[2];
    network_score(f.engine.network, f.x, f.y, 1, nats);
    ck_assert_float_eq_tol(nats[0], 0, 1e-6F);
    ck_assert_float_eq_tol(nats[1], 2000, 1e-3F);
    double loss = engine_train(&f.engine, f.x, f.y, 1);
    ck_assert_double_eq_tol(loss, 1000, 1e-3);
    fixture_deinit(&f);
}
END_TEST

/* --- state --------------------------------------------------------------------------------- */

START_TEST(state_starts_at_zero_and_can_be_set) {
    struct reference_shape shape = variant_shape(_i, 5, 17, 2, 3, 2);
    struct engine engine;
    engine_init(&engine, &shape, 1, false);
    size_t size = shape.batch * shape.hidden;
    int kinds = engine.model->shape.cell->has_c ? 2 : 1;
    float *zero = allocate_floats(size);
    float *set = allocate_floats(size);
    for (size_t which = 0; which < shape.layers * (size_t)kinds; which++) {
        size_t layer = which / (size_t)kinds;
        int kind = (int)(which % (size_t)kinds);
        network_reset_state(engine.network);
        for (size_t i = 0; i < size; i++) {
            set[i] = (float)i - 20.25F;
        }
        network_set_state(engine.network, layer, kind, set);
        for (size_t other = 0; other < shape.layers * (size_t)kinds; other++) {
            assert_same_bits(
                engine_state(&engine, other / (size_t)kinds, (int)(other % (size_t)kinds)),
                other == which ? set : zero, size, "%s: state %zu after setting %zu", shape.cell,
                other, which);
        }
    }
    network_reset_state(engine.network);
    assert_same_bits(engine_state(&engine, 0, CHARNN_STATE_H), zero, size, "%s: after reset",
                     shape.cell);
    free(set);
    free(zero);
    engine_deinit(&engine);
}
END_TEST

/* Another network over the model of the fixture. */
static struct network *create_beside(const struct fixture *f, struct network_plan plan) {
    struct error error = {0};
    struct network *network;
    ck_assert_msg(network_create(f->engine.model, f->engine.pool, &plan, &network, &error) ==
                      CHARNN_OK,
                  "%s", error.message);
    return network;
}

/* A different value for each element of each part of the state. Stream b has b outputs in the
 * memory of the attention. */
static float state_value(const struct network *network, size_t part, size_t b, size_t i) {
    size_t units = network_part_width(network, 0);
    if (network_part_width(network, part) > units && i == 0) {
        return (float)b;
    }
    bool missing = network_part_width(network, part) > units && i > b * units;
    return missing ? 0 : (float)(1000 * part + 100 * b + i) + 0.5F;
}

/* Sets all states of a network of `batch` streams to distinct values, after a step, so that the
 * carried state is not in slot 0. */
static void number_states(struct network *network, const struct fixture *f, size_t batch) {
    network_forward(network, f->x, 1);
    for (size_t part = 0; part < network_part_count(network); part++) {
        size_t width = network_part_width(network, part);
        float *values = allocate_floats(batch * width);
        for (size_t i = 0; i < batch * width; i++) {
            values[i] = state_value(network, part, i / width, i % width);
        }
        network_set_part(network, part, values);
        free(values);
    }
}

/* Expects the state of each stream b to be the former state of stream sources[b]. */
static void expect_states(struct network *network, size_t batch, const size_t *sources) {
    for (size_t part = 0; part < network_part_count(network); part++) {
        size_t width = network_part_width(network, part);
        float *values = allocate_floats(batch * width);
        network_get_part(network, part, values);
        for (size_t i = 0; i < batch * width; i++) {
            ck_assert_float_eq(values[i],
                               state_value(network, part, sources[i / width], i % width));
        }
        free(values);
    }
}

START_TEST(states_are_moved_and_spread) {
    enum { B = 4 };
    static const size_t moves[][B] = {{3, 0, 2, 3}, {1, 1, 1, 1}, {0, 0, 2, 3}, {2, 3, 0, 1}};
    static const size_t counts[] = {2, 4, 3, 4};
    struct reference_shape shape = variant_shape(_i, 5, 17, 2, B, 2);
    struct fixture f;
    fixture_init(&f, &shape, 1, false);
    size_t kinds = network_state_kinds(f.engine.network);
    ck_assert_uint_eq(kinds, strcmp(shape.cell, "lstm") == 0 ? 2 : 1);
    float *scratch = allocate_floats(B * shape.hidden);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        number_states(f.engine.network, &f, B);
        network_move_states(f.engine.network, moves[i], counts[i], scratch);
        expect_states(f.engine.network, B, moves[i]);
    }
    struct network *other = create_beside(&f, (struct network_plan){.batch = 3, .steps = 1});
    number_states(f.engine.network, &f, B);
    network_spread_state(f.engine.network, other);
    expect_states(other, 3, (const size_t[]){0, 0, 0});
    /* stream 1 holds an output */
    network_move_states(f.engine.network, (const size_t[]){1}, 1, scratch);
    network_spread_state(f.engine.network, other);
    expect_states(other, 3, (const size_t[]){1, 1, 1});
    network_destroy(other);
    free(scratch);
    fixture_deinit(&f);
}
END_TEST

/* A network for scoring stores the gates and logits of one span, a trainable one those of all
 * steps. */
START_TEST(network_for_scoring_gives_same_bits) {
    static const size_t sizes[][5] = {{9, 20, 2, 60, 40}, {5, 17, 1, 520, 3}, {70, 16, 2, 7, 5}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t *size = sizes[i];
        struct reference_shape shape =
            variant_shape(_i, size[0], size[1], size[2], size[3], size[4]);
        struct fixture f;
        fixture_init(&f, &shape, 2, false);
        struct network *lean =
            create_beside(&f, (struct network_plan){.batch = shape.batch, .steps = shape.steps});
        float *expected = allocate_floats(f.positions);
        float *nats = allocate_floats(f.positions);
        network_reset_state(f.engine.network);
        network_score(f.engine.network, f.x, f.y, shape.steps, expected);
        network_score(lean, f.x, f.y, shape.steps, nats);
        assert_same_bits(nats, expected, f.positions, "%s: nats", shape_text(&shape));
        network_reset_state(f.engine.network);
        network_reset_state(lean);
        network_forward(f.engine.network, f.x, shape.steps);
        network_forward(lean, f.x, shape.steps);
        for (size_t b = 0; b < shape.batch; b++) {
            assert_same_bits(network_logits(lean, b), network_logits(f.engine.network, b),
                             shape.vocab, "%s: logits of stream %zu", shape_text(&shape), b);
        }
        free(nats);
        free(expected);
        network_destroy(lean);
        fixture_deinit(&f);
    }
}
END_TEST

/* From 4 MiB of weights on. An LSTM layer of H units has 4 H (10 + H + 2) weights, its decoder
 * 10 H. */
START_TEST(large_models_prefer_unpacked_weights) {
    static const struct {
        size_t hidden;
        bool unpacked;
    } models[] = {{1, false}, {128, false}, {480, false}, {528, true}, {700, true}};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const struct model_shape shape = {
            .cell = cell_find("lstm"), .vocab = 10, .hidden = models[i].hidden, .layers = 1};
        struct error error = {0};
        struct model *model;
        ck_assert_int_eq(model_create_table(&shape, &model, &error), CHARNN_OK);
        ck_assert_int_eq(network_prefers_unpacked(model), models[i].unpacked);
        model_destroy(model);
    }
}
END_TEST

/* Also for weights of several panels, and after a change of the weights. */
START_TEST(unpacked_network_gives_same_bits) {
    static const size_t sizes[][5] = {{9, 20, 2, 1, 7}, {70, 136, 2, 1, 5}, {3, 5, 1, 1, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const size_t *size = sizes[i];
        struct reference_shape shape =
            variant_shape(_i, size[0], size[1], size[2], size[3], size[4]);
        struct fixture f;
        fixture_init(&f, &shape, 1, false);
        const struct network_plan plan = {.batch = 1, .steps = shape.steps, .unpacked = true};
        struct network *unpacked = create_beside(&f, plan);
        struct parameters *p = &f.engine.model->parameters;
        for (size_t change = 0; change < 2; change++) {
            network_reset_state(f.engine.network);
            network_reset_state(unpacked);
            for (size_t t = 0; t < shape.steps; t++) {
                network_forward(f.engine.network, f.x + t, 1);
                network_forward(unpacked, f.x + t, 1);
                assert_same_bits(network_logits(unpacked, 0), network_logits(f.engine.network, 0),
                                 shape.vocab, "%s: logits of step %zu", shape_text(&shape), t);
            }
            for (size_t j = 0; j < p->size; j++) {
                p->values[j] *= 0.75F;
            }
            network_update_weights(f.engine.network);
            network_update_weights(unpacked);
        }
        network_destroy(unpacked);
        fixture_deinit(&f);
    }
}
END_TEST

/* Validation beside training: two networks over one model do not disturb each other. */
START_TEST(networks_of_one_model_are_independent) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, 4);
    struct fixture f;
    fixture_init(&f, &shape, 2, false);
    const struct dropout none = {0};
    struct network *other = create_beside(&f, (struct network_plan){.batch = 1, .steps = 12});
    double first = network_train(f.engine.network, f.x, f.y, 4, &none, 1);
    double second = network_train(f.engine.network, f.x, f.y, 4, &none, 1);
    const struct parameters *parameters = &f.engine.model->parameters;
    float *gradients = copy_floats(parameters->gradients, parameters->size);
    engine_clear_gradients(&f.engine);
    fixture_rewind(&f);
    float nats[12];
    ck_assert_double_eq(network_train(f.engine.network, f.x, f.y, 4, &none, 1), first);
    network_score(other, f.x, f.y, 12, nats);
    ck_assert_double_eq(network_train(f.engine.network, f.x, f.y, 4, &none, 1), second);
    assert_same_bits(parameters->gradients, gradients, parameters->size, "%s: gradients",
                     shape_text(&shape));
    free(gradients);
    network_destroy(other);
    fixture_deinit(&f);
}
END_TEST

/* --- dropout ------------------------------------------------------------------------------- */

/* The loss of the window of a fixture. */
static double loss_with(struct fixture *f, struct dropout dropout) {
    fixture_rewind(f);
    return network_train(f->engine.network, f->x, f->y, f->engine.shape.steps, &dropout, 1);
}

/* Each kind of dropout is a pure function of its rate, seed and step. */
START_TEST(dropout_depends_on_seed_and_step_alone) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 3, 4);
    struct fixture f;
    fixture_init(&f, &shape, 2, true);
    static const struct {
        uint64_t seed, step;
    } others[] = {{4, 9}, {3 + (1ULL << 32), 9}, {3, 8}, {3, 10}, {3, 9 + (1U << 24)}};
    const struct dropout all = engine_dropout(&f.engine, 0.5, 3, 9);
    double none = loss_with(&f, (struct dropout){.seed = 3, .step = 9});
    ck_assert_double_eq(loss_with(&f, (struct dropout){.seed = 5, .step = 1}), none);
    for (size_t kind = 0; kind < CHARNN_DROPOUTS; kind++) {
        struct dropout one = {.seed = 3, .step = 9};
        one.rates[kind] = all.rates[kind];
        double loss = loss_with(&f, one);
        ck_assert_double_eq(loss_with(&f, one), loss);
        for (size_t i = 0; one.rates[kind] > 0 && i < sizeof others / sizeof others[0]; i++) {
            struct dropout other = one;
            other.seed = others[i].seed;
            other.step = others[i].step;
            ck_assert_double_ne(loss_with(&f, other), loss);
        }
        ck_assert((loss == none) == (one.rates[kind] == 0));
    }
    ck_assert_double_eq(loss_with(&f, (struct dropout){0}), none);
    fixture_deinit(&f);
}
END_TEST

enum { DROP_UNITS = 4, DROP_MASKS = 16, DROP_STEPS = 2000 };

/*
 * A network whose loss reveals which units were dropped: every unit has h = tanh(1/2), and unit j
 * adds h * 2^j / 8 to the logit of symbol 0 of two.
 */
static void drop_fixture_init(struct fixture *f, size_t batch, size_t steps) {
    struct reference_shape shape = shape_of((struct cell_variant){.cell = "rnn"},
                                            (const size_t[]){2, DROP_UNITS, 1, batch, steps});
    fixture_init(f, &shape, 1, true);
    const struct parameters *parameters = &f->engine.model->parameters;
    memset(f->parameters, 0, parameters->elements * sizeof *f->parameters);
    double *bias_ih = f->parameters + DROP_UNITS * (2 + DROP_UNITS);
    double *weight = f->parameters + parameters->elements - 2 - 2 * DROP_UNITS;
    for (size_t j = 0; j < DROP_UNITS; j++) {
        bias_ih[j] = 0.5;
        weight[j] = (double)(1U << j) / 8;
    }
    memset(f->y, 0, f->positions * sizeof *f->y);
    engine_set_parameters(&f->engine, f->parameters);
}

/* The loss if the units in the bit mask `kept` are kept and scaled by 1 / (1 - rate). */
static double drop_loss(size_t kept, double rate) {
    return log1p(exp(-tanh(0.5) * (double)kept / 8 / (1 - rate)));
}

/* The mask that gives a loss, or DROP_MASKS if none does. */
static size_t drop_mask(double loss, double rate) {
    for (size_t kept = 0; kept < DROP_MASKS; kept++) {
        if (fabs(loss - drop_loss(kept, rate)) < 1e-5) {
            return kept;
        }
    }
    return DROP_MASKS;
}

START_TEST(dropout_keeps_and_scales_units) {
    static const double rates[3] = {0.5, 0.2, 0.75};
    double rate = rates[_i];
    struct fixture f;
    drop_fixture_init(&f, 1, 1);
    size_t counts[DROP_MASKS] = {0};
    for (size_t step = 0; step < DROP_STEPS; step++) {
        struct dropout dropout = {.rates = {rate}, .seed = 1, .step = step};
        double loss = network_train(f.engine.network, f.x, f.y, 1, &dropout, 1);
        size_t mask = drop_mask(loss, rate);
        ck_assert_msg(mask < DROP_MASKS, "loss %.9g belongs to no mask at rate %g", loss, rate);
        counts[mask]++;
    }
    for (size_t mask = 0; mask < DROP_MASKS; mask++) {
        double probability = 1;
        for (size_t j = 0; j < DROP_UNITS; j++) {
            probability *= mask >> j & 1 ? 1 - rate : rate;
        }
        double expected = probability * DROP_STEPS;
        double deviation = sqrt(expected * (1 - probability));
        ck_assert_msg(fabs((double)counts[mask] - expected) < 4.5 * deviation,
                      "mask %zu occurred %zu times at rate %g, expected %g", mask, counts[mask],
                      rate, expected);
    }
    fixture_deinit(&f);
}
END_TEST

/* If streams or steps shared a mask, the mean loss would be the loss of a single mask. */
START_TEST(dropout_differs_between_positions) {
    static const size_t sizes[2][2] = {{8, 1}, {1, 8}};
    struct fixture f;
    drop_fixture_init(&f, sizes[_i][0], sizes[_i][1]);
    size_t shared = 0;
    for (size_t step = 0; step < 50; step++) {
        struct dropout dropout = {.rates = {0.5}, .seed = 1, .step = step};
        double loss = network_train(f.engine.network, f.x, f.y, f.engine.shape.steps, &dropout, 1);
        shared += drop_mask(loss, 0.5) < DROP_MASKS;
    }
    ck_assert_uint_le(shared, 2);
    fixture_deinit(&f);
}
END_TEST

/*
 * Two layers of one unit. The h of the second layer reveals whether the first was dropped, and the
 * loss reveals that h unless the second is dropped too. The layers must have different masks.
 */
START_TEST(dropout_differs_between_layers) {
    struct reference_shape shape =
        shape_of((struct cell_variant){.cell = "rnn"}, (const size_t[]){2, 1, 2, 1, 1});
    struct fixture f;
    fixture_init(&f, &shape, 1, true);
    memset(f.parameters, 0, f.engine.model->parameters.elements * sizeof *f.parameters);
    f.parameters[3] = 0.5;  /* bias_ih of layer 0, after its weights [1, 2] and [1, 1] */
    f.parameters[5] = 1;    /* weight_ih of layer 1 */
    f.parameters[7] = 0.25; /* bias_ih of layer 1 */
    f.parameters[9] = 1;    /* decoder.weight of symbol 0 */
    f.y[0] = 0;
    engine_set_parameters(&f.engine, f.parameters);
    const double expected[3] = {
        log(2),                                      /* the second layer is dropped */
        log1p(exp(-2 * tanh(0.25))),                 /* only the first */
        log1p(exp(-2 * tanh(0.25 + 2 * tanh(0.5)))), /* neither */
    };
    size_t counts[4] = {0}; /* the last: losses that no pair of masks gives */
    for (size_t step = 0; step < DROP_STEPS; step++) {
        struct dropout dropout = {.rates = {0.5}, .seed = 1, .step = step};
        /* The carried state has no effect: weight_hh is zero. */
        double loss = network_train(f.engine.network, f.x, f.y, 1, &dropout, 1);
        size_t which = 0;
        while (which < 3 && fabs(loss - expected[which]) > 1e-6) {
            which++;
        }
        counts[which]++;
    }
    ck_assert_uint_eq(counts[3], 0);
    /* Half, a quarter and a quarter, within 4.5 standard deviations. */
    ck_assert_double_eq_tol((double)counts[0], DROP_STEPS / 2.0, 4.5 * sqrt(DROP_STEPS / 4.0));
    ck_assert_double_eq_tol((double)counts[1], DROP_STEPS / 4.0, 4.5 * sqrt(DROP_STEPS * 3 / 16.0));
    fixture_deinit(&f);
}
END_TEST

/* The masks of the last window: all kinds, layers, steps and streams, of `hidden` floats each.
 * Ownership: the caller's. */
static float *fixture_masks(const struct fixture *f, size_t *count) {
    const struct reference_shape *s = &f->engine.shape;
    size_t positions = s->steps * s->batch;
    *count = CHARNN_DROPOUTS * s->layers * positions;
    float *masks = allocate_floats(*count * s->hidden);
    for (size_t i = 0; i < *count; i++) {
        const struct layer *l = &f->engine.network->layers[i / positions % s->layers];
        memcpy(masks + i * s->hidden,
               rows_at(&l->masks[i / positions / s->layers], i / s->batch % s->steps, i % s->batch),
               s->hidden * sizeof *masks);
    }
    return masks;
}

/* 128 units have the same mask twice with a probability of 1e-33. */
START_TEST(masks_of_all_kinds_and_positions_differ) {
    struct reference_shape shape =
        shape_of((struct cell_variant){.cell = "lstm"}, (const size_t[]){3, 128, 2, 3, 4});
    struct fixture f;
    fixture_init(&f, &shape, 1, true);
    (void)loss_with(&f, engine_dropout(&f.engine, 0.25, 1, 1));
    size_t count;
    float *masks = fixture_masks(&f, &count);
    size_t dropped = 0;
    for (size_t i = 0; i < count * shape.hidden; i++) {
        ck_assert(masks[i] == 0 || masks[i] == 1 / 0.75F);
        dropped += masks[i] == 0;
    }
    double expected = 0.25 * (double)(count * shape.hidden);
    ck_assert_double_eq_tol((double)dropped, expected, 4.5 * sqrt(0.75 * expected));
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            ck_assert(memcmp(masks + i * shape.hidden, masks + k * shape.hidden,
                             shape.hidden * sizeof *masks) != 0);
        }
    }
    free(masks);
    fixture_deinit(&f);
}
END_TEST

/* A rank of several draws the masks that its streams have in the whole window. */
START_TEST(masks_of_a_share_are_those_of_the_whole) {
    const size_t first = 1, own = 2, whole = 4, hidden = 21;
    struct cell_variant variant = {.cell = "gru"};
    struct reference_shape shape = shape_of(variant, (const size_t[]){3, hidden, 2, whole, 3});
    struct fixture all, share;
    fixture_init(&all, &shape, 1, true);
    shape.batch = own;
    fixture_init(&share, &shape, 2, true);
    struct dropout dropout = engine_dropout(&all.engine, 0.5, 1, 1);
    (void)loss_with(&all, dropout);
    dropout.first = first;
    dropout.whole = whole;
    (void)loss_with(&share, dropout);
    size_t count;
    float *expected = fixture_masks(&all, &count);
    float *got = fixture_masks(&share, &count);
    for (size_t i = 0; i < count; i++) {
        size_t same = i / own * whole + first + i % own;
        ck_assert_mem_eq(got + i * hidden, expected + same * hidden, hidden * sizeof *got);
    }
    free(got);
    free(expected);
    fixture_deinit(&share);
    fixture_deinit(&all);
}
END_TEST

/* --- the watch ----------------------------------------------------------------------------- */

struct watching {
    size_t calls, last_call; /* the call that ends the work; 0: none */
    double done;
};

static bool note_part(void *context, double done) {
    struct watching *watching = context;
    ck_assert_double_ge(done, watching->done);
    ck_assert_double_gt(done, 0);
    ck_assert_double_le(done, 1);
    watching->done = done;
    return ++watching->calls != watching->last_call;
}

/* Copies the gradients of each layer at the time when it is said to be complete. */
struct completion {
    struct watching watching;
    const struct model *model;
    float *gradients; /* [parameters.size] */
    size_t layers[4], count;
    double done[4]; /* of the work */
};

static void note_layer(void *context, size_t layer) {
    struct completion *c = context;
    size_t begin;
    size_t end;
    model_layer_range(c->model, layer, &begin, &end);
    memcpy(c->gradients + begin, c->model->parameters.gradients + begin,
           (end - begin) * sizeof *c->gradients);
    c->done[c->count] = c->watching.done;
    c->layers[c->count++] = layer;
}

/* The gradients of a window for which the watch hears of layers are those of one without. */
START_TEST(a_watch_hears_when_the_gradients_of_a_layer_are_complete) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 3, 20, 60); /* 3 spans */
    for (size_t threads = 1; threads <= 3; threads++) {
        struct fixture f;
        fixture_init(&f, &shape, threads, true);
        const struct dropout dropout = engine_dropout(&f.engine, 0.25, 3, 9);
        const struct parameters *p = &f.engine.model->parameters;
        (void)network_train(f.engine.network, f.x, f.y, shape.steps, &dropout, 1);
        float *expected = copy_floats(p->gradients, p->size);
        struct completion c = {.model = f.engine.model, .gradients = allocate_floats(p->size)};
        const struct network_watch watch = {
            .goes_on = note_part, .layer_done = note_layer, .context = &c};
        engine_clear_gradients(&f.engine);
        fixture_rewind(&f);
        network_set_watch(f.engine.network, &watch);
        (void)network_train(f.engine.network, f.x, f.y, shape.steps, &dropout, 1);
        network_set_watch(f.engine.network, NULL);
        size_t begin;
        size_t end;
        model_layer_range(c.model, 2, &begin, &end);
        ck_assert_mem_eq(p->gradients, expected, p->size * sizeof *expected);
        ck_assert_mem_eq(c.gradients, expected, end * sizeof *expected);
        ck_assert_uint_eq(c.count, 3);
        ck_assert(c.layers[0] == 2 && c.layers[1] == 1 && c.layers[2] == 0);
        ck_assert_double_eq(c.watching.done, 1);
        if (threads == 1) { /* forward and backward are 8 of 12 parts, each layer's gradients one */
            ck_assert_double_lt(c.done[0], 9 / 12.0);
            ck_assert_double_lt(c.done[1], 10 / 12.0);
        }
        free(c.gradients);
        free(expected);
        fixture_deinit(&f);
    }
}
END_TEST

/* Trains on a window with a watch that ends it after `last_call` calls. */
static struct watching train_watched(struct fixture *f, size_t last_call, double *loss) {
    const struct dropout none = {0};
    struct watching watching = {.last_call = last_call};
    const struct network_watch watch = {.goes_on = note_part, .context = &watching};
    network_set_watch(f->engine.network, &watch);
    *loss = network_train(f->engine.network, f->x, f->y, f->engine.shape.steps, &none, 1);
    network_set_watch(f->engine.network, NULL);
    return watching;
}

/* Ended after each of its calls, by one thread and by more; the next window is undisturbed. */
START_TEST(a_watch_hears_of_each_part_and_can_end_the_work) {
    struct reference_shape shape = variant_shape(_i, 19, 21, 2, 20, 60); /* 3 spans of 25 steps */
    for (size_t threads = 1; threads <= 3; threads++) {
        struct fixture f;
        double loss;
        fixture_init(&f, &shape, threads, false);
        struct watching whole = train_watched(&f, 0, &loss);
        ck_assert_double_eq(whole.done, 1);
        ck_assert(!network_stopped(f.engine.network));
        ck_assert_double_finite(loss);
        /* 3 spans, each of 2 layers and the decoder, forward and backward, and their gradients */
        ck_assert_uint_ge(whole.calls, 3 * (3 + 3 + 1));
        for (size_t last = 1; last < whole.calls && last < 64; last++) {
            double part;
            fixture_rewind(&f);
            struct watching ended = train_watched(&f, last, &part);
            ck_assert(network_stopped(f.engine.network));
            ck_assert(isnan(part));
            ck_assert_uint_eq(ended.calls, last);
            ck_assert_double_lt(ended.done, 1);
        }
        engine_clear_gradients(&f.engine);
        fixture_rewind(&f);
        double again;
        (void)train_watched(&f, 0, &again);
        ck_assert_double_eq(again, loss);
        fixture_deinit(&f);
    }
}
END_TEST

/* --- memory -------------------------------------------------------------------------------- */

static size_t memory_of(const struct engine *engine, size_t batch, size_t steps, bool trainable,
                        bool dropout) {
    struct network_plan plan = {
        .batch = batch, .steps = steps, .trainable = trainable, .dropout = {dropout}};
    return network_memory(engine->model, &plan, 1);
}

START_TEST(memory_is_counted) {
    struct reference_shape shape = variant_shape(_i, 65, 128, 2, 1, 1);
    struct engine engine;
    engine_init(&engine, &shape, 1, false);
    size_t memory = memory_of(&engine, 10, 20, true, false);
    size_t positions = 10 * 20;
    size_t gates = engine.model->shape.cell->gates;
    /* Backpropagation needs gates and h of each layer and position; dropout needs its masks. */
    ck_assert_uint_gt(memory, sizeof(float) * positions * 2 * (gates + 1) * 128);
    ck_assert_uint_gt(memory_of(&engine, 20, 20, true, false), memory + memory / 4);
    ck_assert_uint_gt(memory_of(&engine, 10, 40, true, false), memory + memory / 4);
    ck_assert_uint_ge(memory_of(&engine, 10, 20, true, true),
                      memory + sizeof(float) * positions * 2 * 128);
    ck_assert_uint_lt(memory_of(&engine, 10, 20, false, false), memory);
    ck_assert_uint_eq(memory_of(&engine, SIZE_MAX / 2, 20, true, false), SIZE_MAX);
    ck_assert_uint_eq(memory_of(&engine, 10, SIZE_MAX / 16, false, false), SIZE_MAX);
    engine_deinit(&engine);
}
END_TEST

START_TEST(network_beyond_memory_is_refused) {
    struct reference_shape shape =
        shape_of((struct cell_variant){.cell = "lstm"}, (const size_t[]){5, 8, 1, 1, 1});
    static const struct network_plan plans[2] = {
        {.batch = SIZE_MAX / 4, .steps = 3, .trainable = true},
        {.batch = 1, .steps = SIZE_MAX / 16},
    };
    struct engine engine;
    engine_init(&engine, &shape, 1, false);
    struct error error = {0};
    struct network *network;
    ck_assert_int_eq(network_create(engine.model, engine.pool, &plans[_i], &network, &error),
                     CHARNN_ERROR_MEMORY);
    ck_assert_int_eq(error.status, CHARNN_ERROR_MEMORY);
    ck_assert_uint_gt(strlen(error.message), 0);
    ck_assert_ptr_null(network);
    network_destroy(NULL);
    engine_deinit(&engine);
}
END_TEST

/* The steps that a network of 64 streams computes before it asks again whether to stop: with
 * gradients they only depend on the units and on whether there is an attention head, without also
 * on the parameters. */
START_TEST(large_models_have_short_spans) {
    static const struct {
        size_t hidden, layers, attention, trained, scored;
    } cases[] = {{128, 2, 0, 2, 2},  {128, 2, 7, 12, 12}, {512, 3, 0, 8, 8},  {1024, 2, 0, 8, 5},
                 {4096, 4, 0, 8, 1}, {4096, 4, 7, 12, 1}, {16384, 1, 0, 8, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model_shape shape = {.cell = cell_find("lstm"),
                                    .vocab = 65,
                                    .hidden = cases[i].hidden,
                                    .layers = cases[i].layers,
                                    .attention = cases[i].attention};
        struct network_plan plan = {.batch = 64, .steps = 32};
        struct error error = {0};
        struct model *model;
        ck_assert_int_eq(model_create_table(&shape, &model, &error), CHARNN_OK);
        ck_assert_uint_eq(spans_for(model, &plan).most, cases[i].scored);
        plan.trainable = true;
        ck_assert_uint_eq(spans_for(model, &plan).most, cases[i].trained);
        model_destroy(model);
    }
}
END_TEST

static void add_loop(TCase *tcase, const TTest *test) {
    tcase_add_loop_test(tcase, test, 0, (int)cell_variant_count());
}

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);
    suite_add_tcase(suite, tcase);
    return tcase;
}

Suite *network_suite(void) {
    Suite *suite = suite_create("network");
    TCase *pytorch = add_case(suite, "pytorch");
    tcase_add_test(pytorch, training_agrees_with_pytorch);
    tcase_add_test(pytorch, training_with_rounded_numbers_is_near_pytorch);
    tcase_add_test(pytorch, scoring_agrees_with_pytorch);
    tcase_add_test(pytorch, forward_agrees_with_pytorch);
    TCase *pieces = add_case(suite, "pieces");
    add_loop(pieces, scoring_in_pieces_gives_same_bits);
    add_loop(pieces, forward_in_pieces_gives_same_bits);
    add_loop(pieces, training_in_pieces_gives_same_loss);
    add_loop(pieces, training_shorter_window_gives_same_bits);
    add_loop(add_case(suite, "threads"), threads_do_not_change_bits);
    add_loop(add_case(suite, "accumulation"), gradients_are_scaled_and_added);
    TCase *scoring = add_case(suite, "scoring");
    add_loop(scoring, negative_target_is_not_scored);
    add_loop(scoring, scoring_agrees_with_training_loss);
    tcase_add_test(scoring, scoring_survives_large_logits);
    TCase *state = add_case(suite, "state");
    add_loop(state, state_starts_at_zero_and_can_be_set);
    add_loop(state, states_are_moved_and_spread);
    add_loop(state, networks_of_one_model_are_independent);
    add_loop(state, network_for_scoring_gives_same_bits);
    tcase_add_test(state, large_models_have_short_spans);
    add_loop(state, unpacked_network_gives_same_bits);
    tcase_add_test(state, large_models_prefer_unpacked_weights);
    TCase *dropout = add_case(suite, "dropout");
    add_loop(dropout, dropout_depends_on_seed_and_step_alone);
    tcase_add_loop_test(dropout, dropout_keeps_and_scales_units, 0, 3);
    tcase_add_loop_test(dropout, dropout_differs_between_positions, 0, 2);
    tcase_add_test(dropout, dropout_differs_between_layers);
    tcase_add_test(dropout, masks_of_all_kinds_and_positions_differ);
    tcase_add_test(dropout, masks_of_a_share_are_those_of_the_whole);
    TCase *watch = add_case(suite, "watch");
    add_loop(watch, a_watch_hears_of_each_part_and_can_end_the_work);
    add_loop(watch, a_watch_hears_when_the_gradients_of_a_layer_are_complete);
    TCase *memory = add_case(suite, "memory");
    add_loop(memory, memory_is_counted);
    tcase_add_loop_test(memory, network_beyond_memory_is_refused, 0, 2);
    return suite;
}
