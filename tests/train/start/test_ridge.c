/* Ridge regression: the normal equations in plain loops, in double. */
#include "nn/network.h"
#include "nn/reservoir.h"
#include "suites.h"
#include "support/compare.h"
#include "support/golden.h"
#include "support/temporary.h"
#include "text/batches.h"
#include "text/corpus_vocab.h"
#include "train/start/ridge.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

enum { LETTERS = 5, UNITS = 20, INPUTS = UNITS + 1, BATCH = 3, STEPS = 10, LENGTH = 1500 };

static const struct train_settings settings = {.train_frac = 0.8,
                                               .val_frac = 0.1,
                                               .batch_size = BATCH,
                                               .seq_length = STEPS,
                                               .seed = 3,
                                               .accumulate = 1,
                                               .ridge = 1e-3};

struct subject {
    struct corpus *corpus;
    struct vocab *vocab;
    struct thread_pool *pool;
    struct model *model;
    struct trainer_parts parts;
    struct trainer_plan plan;
};

/* Each letter follows the one before, or skips one. */
static void write_letters(char path[TEMPORARY_PATH]) {
    struct generator generator = {.state = 1};
    char text[LENGTH];
    for (size_t i = 0, letter = 0; i < LENGTH; i++) {
        letter = (letter + 1 + (generator_symbol(&generator, 3) == 0)) % LETTERS;
        text[i] = (char)('a' + letter);
    }
    temporary_file(path, text, LENGTH);
}

static void subject_init(struct subject *s, const char *path, size_t threads) {
    static const struct reservoir reservoir = {0.9, 0.2, 0.7, 1};
    struct error error = {0};
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_AUTO};
    ck_assert_int_eq(corpus_open(&path, 1, &format, &s->corpus, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_build_vocab(s->corpus, &s->vocab, &error), CHARNN_OK);
    ck_assert_int_eq(thread_pool_create(threads, &s->pool, &error), CHARNN_OK);
    const struct model_shape shape = {
        .cell = cell_find("rnn"), .vocab = LETTERS, .hidden = UNITS, .layers = 1};
    ck_assert_int_eq(model_create(&shape, true, &s->model, &error), CHARNN_OK);
    ck_assert_int_eq(reservoir_initialize(s->model, &reservoir, 5, &error), CHARNN_OK);
    s->parts = (struct trainer_parts){.settings = &settings,
                                      .corpus = s->corpus,
                                      .vocab = s->vocab,
                                      .model = s->model,
                                      .pool = s->pool};
    ck_assert_int_eq(trainer_plan_init(&s->plan, &s->parts, &error), CHARNN_OK);
}

static void subject_deinit(struct subject *s) {
    model_destroy(s->model);
    thread_pool_destroy(s->pool);
    vocab_destroy(s->vocab);
    corpus_close(s->corpus);
}

/* A tensor in PyTorch's order, as doubles. */
static void get(const struct model *model, const struct parameter *p, double *out) {
    float values[UNITS * UNITS];
    parameter_export(p, model->parameters.values, values);
    for (size_t i = 0; i < parameter_elements(p); i++) {
        out[i] = (double)values[i];
    }
}

struct weights {
    double ih[UNITS * LETTERS], hh[UNITS * UNITS], bias[UNITS];
    double out[LETTERS * UNITS], out_bias[LETTERS];
};

static void step(const struct weights *w, int32_t x, double h[UNITS]) {
    double next[UNITS];
    for (size_t i = 0; i < UNITS; i++) {
        next[i] = w->bias[i] + w->ih[i * LETTERS + (size_t)x];
        for (size_t j = 0; j < UNITS; j++) {
            next[i] += w->hh[i * UNITS + j] * h[j];
        }
    }
    for (size_t i = 0; i < UNITS; i++) {
        h[i] = tanh(next[i]);
    }
}

/* -ln of the softmax of the output times `times`. */
static double loss_of(const struct weights *w, const double h[UNITS], int32_t y, double times) {
    double logits[LETTERS];
    double sum = 0;
    for (size_t v = 0; v < LETTERS; v++) {
        logits[v] = w->out_bias[v];
        for (size_t j = 0; j < UNITS; j++) {
            logits[v] += w->out[v * UNITS + j] * h[j];
        }
        sum += exp(times * logits[v]);
    }
    return log(sum) - times * logits[y];
}

struct sums {
    double squares[INPUTS][INPUTS], products[LETTERS][INPUTS];
    double losses[3]; /* of the first four windows, with 0.9, 1 and 1.1 times the output */
    double count;
};

static void add(struct sums *sums, const struct weights *w, const double h[UNITS], int32_t y,
                bool fitted) {
    double s[INPUTS];
    memcpy(s, h, UNITS * sizeof *s);
    s[UNITS] = 1;
    for (size_t i = 0; i < INPUTS; i++) {
        for (size_t j = 0; j < INPUTS; j++) {
            sums->squares[i][j] += s[i] * s[j];
        }
        sums->products[y][i] += s[i];
    }
    for (size_t k = 0; k < 3; k++) {
        sums->losses[k] += fitted ? loss_of(w, h, y, 0.9 + 0.1 * (double)k) : 0;
    }
    sums->count++;
}

static void sum_up(struct subject *s, const struct weights *w, struct sums *sums) {
    struct error error = {0};
    struct batches *batches;
    int32_t x[STEPS * BATCH];
    int32_t y[STEPS * BATCH];
    double h[BATCH][UNITS] = {{0}};
    ck_assert_int_eq(batches_create(s->corpus, s->vocab, s->plan.splits[CHARNN_SPLIT_TRAIN], BATCH,
                                    STEPS, settings.seed, &batches, &error),
                     CHARNN_OK);
    size_t windows = batches_windows_per_epoch(batches);
    ck_assert_uint_gt(windows, 20);
    for (size_t k = 0; k < windows; k++) {
        (void)batches_next(batches, x, y);
        for (size_t i = 0; i < STEPS * BATCH; i++) {
            step(w, x[i], h[i % BATCH]);
            add(sums, w, h[i % BATCH], y[i], k < 4);
        }
    }
    batches_destroy(batches);
}

START_TEST(the_output_solves_the_normal_equations) {
    static struct sums sums;
    struct error error = {0};
    struct subject s;
    struct weights w;
    struct ridge_result result;
    char path[TEMPORARY_PATH];
    if (ridge_library() == NULL) {
        return;
    }
    write_letters(path);
    subject_init(&s, path, (size_t)_i);
    ck_assert_int_eq(ridge_fit(&s.parts, &s.plan, &result, &error), CHARNN_OK);
    const struct layer_parameters layer = model_layer(s.model, 0);
    get(s.model, layer.weight_ih, w.ih);
    get(s.model, layer.weight_hh, w.hh);
    get(s.model, layer.bias_ih, w.bias);
    get(s.model, model_decoder_weight(s.model), w.out);
    get(s.model, model_decoder_bias(s.model), w.out_bias);
    sum_up(&s, &w, &sums);
    for (size_t v = 0; v < LETTERS; v++) {
        double left[INPUTS] = {0};
        for (size_t i = 0; i < INPUTS; i++) {
            for (size_t j = 0; j < INPUTS; j++) {
                double output = j < UNITS ? w.out[v * UNITS + j] : w.out_bias[v];
                double penalty = i == j && j < UNITS ? settings.ridge * sums.count : 0;
                left[i] += (sums.squares[i][j] + penalty) * output / result.factor;
            }
        }
        assert_doubles(left, sums.products[v], INPUTS, (struct tolerance){1e-3, 1e-5}, "%zu", v);
    }
    double fitted = 4 * STEPS * BATCH;
    ck_assert_double_eq_tol(result.loss, sums.losses[1] / fitted, 1e-5);
    ck_assert_double_gt(sums.losses[0], sums.losses[1]);
    ck_assert_double_gt(sums.losses[2], sums.losses[1]);
    ck_assert_double_lt(result.loss, 1); /* ln 2 at best, ln 5 by guessing */
    subject_deinit(&s);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* The sums of squares, of products and in float; and the network. */
START_TEST(memory_counts_the_matrices) {
    const struct model_shape shape = {
        .cell = cell_find("rnn"), .vocab = 90, .hidden = 500, .layers = 1};
    const struct trainer_plan plan = {.batch = BATCH, .steps = STEPS};
    const struct network_plan network = {.batch = BATCH, .steps = STEPS, .observed = true};
    struct error error = {0};
    struct model *model;
    ck_assert_int_eq(model_create_table(&shape, &model, &error), CHARNN_OK);
    size_t width = shape.hidden + 1;
    size_t matrices =
        width * width * (sizeof(double) + sizeof(float)) + shape.vocab * width * sizeof(double);
    size_t rest = ridge_memory(model, &plan, 1) - network_memory(model, &network, 1);
    ck_assert_uint_ge(rest, matrices);
    ck_assert_uint_lt(rest, matrices + matrices / 2);
    model_destroy(model);
}
END_TEST

Suite *ridge_suite(void) {
    Suite *suite = suite_create("ridge");
    TCase *tcase = tcase_create("ridge");
    tcase_add_loop_test(tcase, the_output_solves_the_normal_equations, 1, 4);
    tcase_add_test(tcase, memory_counts_the_matrices);
    suite_add_tcase(suite, tcase);
    return suite;
}
