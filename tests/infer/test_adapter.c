/* The adapter, compared with its formula in double precision, and the evaluator that uses it. */
#include "infer/adapter.h"
#include "infer/evaluator.h"
#include "nn/network.h"
#include "suites.h"
#include "support/compare.h"
#include "support/temporary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS = 7, WINDOW = 32, MEASURED = 9 };

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    double *start, *squares; /* of the reference, [parameters.size] */
    size_t windows;
};

static void fixture_init(struct fixture *f, const char *cell, size_t threads) {
    struct error error = {0};
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = SYMBOLS, .hidden = 10, .layers = 2};
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, true, &f->model, &error), CHARNN_OK);
    model_initialize(f->model, 0.5, 5);
    size_t size = f->model->parameters.size;
    f->start = calloc(size, sizeof *f->start);
    f->squares = calloc(size, sizeof *f->squares);
    ck_assert(f->start != NULL && f->squares != NULL);
    for (size_t i = 0; i < size; i++) {
        f->start[i] = (double)f->model->parameters.values[i];
    }
    f->windows = 0;
}

static void fixture_deinit(struct fixture *f) {
    free(f->squares);
    free(f->start);
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
}

/* The formula of adapter.h, on the model's values and gradients. */
static void reference_learn(struct fixture *f, double rate) {
    const struct parameters *p = &f->model->parameters;
    double sum = 0;
    f->windows++;
    for (size_t i = 0; i < p->size; i++) {
        double g = (double)p->gradients[i];
        f->squares[i] += (g * g - f->squares[i]) / (double)f->windows;
        sum += sqrt(f->squares[i]);
    }
    double mean = sum / (double)p->elements;
    for (size_t i = 0; f->windows > MEASURED && i < p->size; i++) {
        double root = sqrt(f->squares[i]);
        double value = (double)p->values[i];
        double back = fmin(1, 0.005 * root / mean) * (f->start[i] - value);
        value += back - rate * (double)p->gradients[i] / (root + 0.1 * mean);
        p->values[i] = (float)value;
    }
    memset(p->gradients, 0, p->size * sizeof(float));
}

/* Gradients of very different sizes, some of them zero; the padding stays zero. */
static void set_gradients(struct fixture *f, unsigned window) {
    const struct parameters *p = &f->model->parameters;
    float dense[10 * 4 * 10];
    for (size_t t = 0; t < p->count; t++) {
        const struct parameter *parameter = &p->table[t];
        for (size_t i = 0; i < parameter_elements(parameter); i++) {
            unsigned hash = (unsigned)(i * 2654435761U + t * 97 + window * 40503U) >> 7;
            dense[i] =
                hash % 5 == 0 ? 0 : ((float)(hash % 1000) - 500) * powf(10, -(float)(hash % 4));
        }
        parameter_import(parameter, 0, parameter_outputs(parameter), dense, p->gradients);
    }
}

START_TEST(learns_by_the_formula) {
    const double rate = 0.01;
    struct fixture f;
    struct adapter *adapter;
    struct error error = {0};
    fixture_init(&f, "lstm", 1);
    struct parameters *p = &f.model->parameters;
    float *expected = malloc(p->size * sizeof *expected);
    float *first = malloc(p->size * sizeof *first);
    ck_assert(expected != NULL && first != NULL);
    memcpy(first, p->values, p->size * sizeof *first);
    memcpy(expected, p->values, p->size * sizeof *expected);
    ck_assert_int_eq(adapter_create(p, rate, &adapter, &error), CHARNN_OK);
    for (unsigned window = 1; window <= 40; window++) {
        memcpy(p->values, expected, p->size * sizeof *expected);
        set_gradients(&f, window);
        reference_learn(&f, rate);
        float *values = p->values;
        p->values = expected; /* what the adapter changes, from the same values and gradients */
        set_gradients(&f, window);
        adapter_learn(adapter);
        p->values = values;
        for (size_t i = 0; i < p->size; i++) {
            assert_each(fabsf(values[i] - expected[i]) <= 1e-6F * (1 + fabsf(values[i])) &&
                            p->gradients[i] == 0,
                        "window %u, value %zu: %g, expected %g", window, i, (double)expected[i],
                        (double)values[i]);
        }
        ck_assert_int_eq(memcmp(first, expected, p->size * sizeof *first) == 0, window <= MEASURED);
    }
    set_gradients(&f, 0);
    adapter_restart(adapter);
    ck_assert_mem_eq(p->values, first, p->size * sizeof *first);
    for (size_t i = 0; i < p->size; i++) {
        assert_each(p->gradients[i] == 0, "gradient %zu is not zero", i);
    }
    adapter_destroy(adapter);
    free(first);
    free(expected);
    fixture_deinit(&f);
}
END_TEST

/* --- the evaluator ------------------------------------------------------------------------- */

static const char alphabet[SYMBOLS + 1] = "abcdefg";

enum { LENGTH = 1000 };

/* The same 20 characters again and again, which a random model learns. */
static char character(size_t i) {
    return alphabet[i % 20 * 5 % SYMBOLS];
}

static struct evaluation evaluate(struct fixture *f, struct evaluator *evaluator) {
    char path[TEMPORARY_PATH];
    char text[LENGTH];
    const char *const paths[] = {path};
    uint32_t codes[SYMBOLS];
    struct error error = {0};
    struct corpus *corpus;
    struct vocab *vocab;
    for (size_t i = 0; i < SYMBOLS; i++) {
        codes[i] = (unsigned char)alphabet[i];
    }
    for (size_t i = 0; i < LENGTH; i++) {
        text[i] = character(i);
    }
    temporary_file(path, text, LENGTH);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &vocab, &error), CHARNN_OK);
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
    ck_assert_int_eq(corpus_open(paths, 1, &format, &corpus, &error), CHARNN_OK);
    struct evaluation result =
        evaluator_run(evaluator, corpus, vocab, (struct split){0, LENGTH}, NULL);
    ck_assert_uint_eq(f->model->shape.vocab, SYMBOLS);
    ck_assert_int_eq(unlink(path), 0);
    corpus_close(corpus);
    vocab_destroy(vocab);
    return result;
}

/* Windows of 32 characters, each scored with the values before it was learned. */
static double reference_nats(struct fixture *f, double rate) {
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = WINDOW, .trainable = true};
    double nats = 0;
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t i = 0; i + 1 < LENGTH; i += WINDOW) {
        int32_t x[WINDOW];
        int32_t y[WINDOW];
        size_t steps = 0;
        while (steps < WINDOW && i + steps + 1 < LENGTH) {
            x[steps] = character(i + steps) - 'a';
            y[steps] = character(i + steps + 1) - 'a';
            steps++;
        }
        network_update_weights(network);
        nats += network_train(network, x, y, steps, NULL, 1) * (double)steps;
        reference_learn(f, rate);
    }
    network_destroy(network);
    return nats;
}

START_TEST(an_evaluator_learns_while_it_reads) {
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    const double rate = 0.01;
    struct fixture f;
    struct error error = {0};
    struct evaluator *evaluator;
    fixture_init(&f, cells[_i], 2);
    struct parameters *p = &f.model->parameters;
    ck_assert_int_eq(evaluator_create(f.model, f.pool, LENGTH, true, &evaluator, &error),
                     CHARNN_OK);
    struct evaluation fixed = evaluate(&f, evaluator);
    evaluator_destroy(evaluator);
    ck_assert_int_eq(evaluator_create_adaptive(f.model, f.pool, rate, &evaluator, &error),
                     CHARNN_OK);
    struct evaluation adapted = evaluate(&f, evaluator);
    struct evaluation again = evaluate(&f, evaluator);
    evaluator_destroy(evaluator);
    ck_assert_uint_eq(adapted.scored, LENGTH - 1);
    ck_assert_double_eq(again.nats, adapted.nats); /* from the same values */
    for (size_t i = 0; i < p->size; i++) {
        assert_each((double)p->values[i] == f.start[i], "value %zu has changed", i);
    }
    ck_assert_double_eq_tol(adapted.nats, reference_nats(&f, rate), 1e-3);
    ck_assert_double_lt(adapted.nats, 0.97 * fixed.nats);
    fixture_deinit(&f);
}
END_TEST

START_TEST(memory_grows_with_the_model) {
    size_t one = adapter_memory(1000 * CHARNN_LANES);
    size_t two = adapter_memory(2000 * CHARNN_LANES);
    ck_assert_uint_eq(two - one, 2 * 1000 * CHARNN_LANES * sizeof(float));
    ck_assert_uint_eq(adapter_memory(SIZE_MAX / 2), SIZE_MAX);
}
END_TEST

Suite *adapter_suite(void) {
    Suite *suite = suite_create("adapter");
    TCase *test = tcase_create("adapter");
    tcase_add_test(test, learns_by_the_formula);
    tcase_add_loop_test(test, an_evaluator_learns_while_it_reads, 0, 3);
    tcase_add_test(test, memory_grows_with_the_model);
    suite_add_tcase(suite, test);
    return suite;
}
