/* Beam search, compared with an exhaustive search and with argmax. */
#include "infer/beam.h"
#include "nn/network.h"
#include "suites.h"

#include <math.h>
#include <string.h>

enum { SYMBOLS = 5, LENGTH = 4, ALL = 625 }; /* 5^4 texts */

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
    struct stops *stops;
};

static void fixture_init_of_size(struct fixture *f, const char *cell, size_t hidden, size_t threads,
                                 const struct text_list *stops) {
    static const uint32_t codes[SYMBOLS] = {'a', 'b', 'c', 'd', '\n'};
    struct error error = {0};
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = SYMBOLS, .hidden = hidden, .layers = 2};
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &f->vocab, &error),
                     CHARNN_OK);
    ck_assert_int_eq(stops_create(stops, f->vocab, false, NULL, &f->stops, &error), CHARNN_OK);
    model_initialize(f->model, 1, 2);
}

static void fixture_init(struct fixture *f, const char *cell, size_t threads,
                         const struct text_list *stops) {
    fixture_init_of_size(f, cell, 12, threads, stops);
}

static void fixture_deinit(struct fixture *f) {
    stops_destroy(f->stops);
    vocab_destroy(f->vocab);
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
}

static struct beam *run(struct fixture *f, size_t width, const bool *allowed, const int32_t *prime,
                        size_t count, size_t length) {
    const struct beam_plan plan = {.model = f->model,
                                   .vocab = f->vocab,
                                   .pool = f->pool,
                                   .stops = f->stops,
                                   .allowed = allowed,
                                   .width = width};
    struct error error = {0};
    struct beam *beam;
    ck_assert_int_eq(beam_create(&plan, &beam, &error), CHARNN_OK);
    enum status status = beam_run(beam, prime, count, length, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return beam;
}

static struct beam_text get(struct beam *beam, size_t rank) {
    struct error error = {0};
    struct beam_text text;
    ck_assert_int_eq(beam_get(beam, rank, &text, &error), CHARNN_OK);
    return text;
}

/* -ln of the probability of a text after a newline. */
static double nats_of(struct fixture *f, const int32_t *ids, size_t count) {
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = 1};
    int32_t x = 4;
    double nats = 0;
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        network_forward(network, &x, 1);
        const float *logits = network_logits(network, 0);
        for (size_t v = 0; v < SYMBOLS; v++) {
            sum += exp((double)logits[v]);
        }
        nats += log(sum) - (double)logits[ids[i]];
        x = ids[i];
    }
    network_destroy(network);
    return nats;
}

/* A beam as wide as the number of texts finds all of them, the most probable first. */
START_TEST(full_width_finds_every_text) {
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    struct fixture f;
    double best = INFINITY;
    int32_t ids[LENGTH];
    int32_t best_ids[LENGTH];
    fixture_init(&f, cells[_i], 2, &(struct text_list){0});
    for (size_t n = 0; n < ALL; n++) {
        for (size_t i = 0, left = n; i < LENGTH; i++, left /= SYMBOLS) {
            ids[i] = (int32_t)(left % SYMBOLS);
        }
        double nats = nats_of(&f, ids, LENGTH);
        if (nats < best) {
            best = nats;
            memcpy(best_ids, ids, sizeof ids);
        }
    }
    struct beam *beam = run(&f, ALL, NULL, NULL, 0, LENGTH);
    ck_assert_uint_eq(beam_count(beam), ALL);
    double before = 0;
    double probability = 0;
    for (size_t rank = 0; rank < ALL; rank++) {
        struct beam_text text = get(beam, rank);
        ck_assert_uint_eq(text.count, LENGTH);
        ck_assert_uint_eq(text.stop, 0);
        ck_assert_double_eq_tol(text.nats, nats_of(&f, text.ids, LENGTH), 1e-5);
        ck_assert(rank > 0 || memcmp(text.ids, best_ids, sizeof best_ids) == 0);
        ck_assert_double_ge(text.nats, before);
        before = text.nats;
        probability += exp(-text.nats);
    }
    ck_assert_double_eq_tol(probability, 1, 1e-5);
    beam_destroy(beam);
    fixture_deinit(&f);
}
END_TEST

/* Whether [0, count) has "ab" and where it ends; else 0. */
static size_t stop_in(const int32_t *ids, size_t count) {
    for (size_t i = 2; i <= count; i++) {
        if (ids[i - 2] == 0 && ids[i - 1] == 1) {
            return i;
        }
    }
    return 0;
}

/* Texts of different lengths: one that ends with its stop text stands for all that continue it. */
START_TEST(full_width_ranks_texts_that_stop) {
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    static double all[ALL];
    struct fixture f;
    size_t count = 0;
    int32_t ids[LENGTH];
    fixture_init(&f, cells[_i], 1, &(struct text_list){1, {"ab"}});
    for (size_t n = 0; n < ALL; n++) {
        size_t rest = 0; /* what follows the stop text must be 0s, to count it once */
        for (size_t i = 0, left = n; i < LENGTH; i++, left /= SYMBOLS) {
            ids[i] = (int32_t)(left % SYMBOLS);
        }
        size_t length = stop_in(ids, LENGTH);
        for (size_t i = length > 0 ? length : LENGTH; i < LENGTH; i++) {
            rest += ids[i] != 0;
        }
        if (rest == 0) {
            double nats = nats_of(&f, ids, length > 0 ? length : LENGTH);
            size_t at = count++;
            for (; at > 0 && nats < all[at - 1]; at--) {
                all[at] = all[at - 1];
            }
            all[at] = nats;
        }
    }
    static const size_t widths[] = {ALL, 300, 150};
    for (size_t w = 0; w < 3; w++) {
        struct beam *beam = run(&f, widths[w], NULL, NULL, 0, LENGTH);
        size_t found = widths[w] < count ? widths[w] : count;
        ck_assert_uint_eq(beam_count(beam), found);
        for (size_t rank = 0; rank < (widths[w] == ALL ? count : 10); rank++) {
            struct beam_text text = get(beam, rank);
            size_t length = stop_in(text.ids, text.count);
            ck_assert_double_eq_tol(text.nats, all[rank], 1e-5);
            ck_assert_double_eq_tol(text.nats, nats_of(&f, text.ids, text.count), 1e-5);
            ck_assert_uint_eq(text.count, length > 0 ? length : LENGTH);
            ck_assert_uint_eq(text.stop, length > 0 ? 2 : 0);
        }
        beam_destroy(beam);
    }
    fixture_deinit(&f);
}
END_TEST

START_TEST(width_one_is_argmax) {
    static const int32_t prime[3] = {1, 0, 2};
    enum { LONG = 60 };
    struct fixture f;
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = 3};
    fixture_init(&f, "lstm", 1, &(struct text_list){0});
    struct beam *beam = run(&f, 1, NULL, prime, 3, LONG);
    struct beam_text text = get(beam, 0);
    ck_assert_uint_eq(beam_count(beam), 1);
    ck_assert_uint_eq(text.count, LONG);
    ck_assert_int_eq(network_create(f.model, f.pool, &plan, &network, &error), CHARNN_OK);
    network_forward(network, prime, 3);
    for (size_t i = 0; i < LONG; i++) {
        const float *logits = network_logits(network, 0);
        int32_t best = 0;
        for (int32_t v = 1; v < SYMBOLS; v++) {
            best = logits[v] > logits[best] ? v : best;
        }
        ck_assert_int_eq(text.ids[i], best);
        network_forward(network, &best, 1);
    }
    network_destroy(network);
    beam_destroy(beam);
    fixture_deinit(&f);
}
END_TEST

/* Also with a model whose columns threads share. */
START_TEST(wider_is_never_worse) {
    static const size_t widths[] = {1, 4, 32};
    double before = INFINITY;
    for (size_t w = 0; w < 3; w++) {
        double nats[3];
        for (size_t threads = 1; threads <= 3; threads++) {
            struct fixture f;
            fixture_init_of_size(&f, "gru", _i == 0 ? 12 : 256, threads, &(struct text_list){0});
            struct beam *beam = run(&f, widths[w], NULL, NULL, 0, 30);
            nats[threads - 1] = get(beam, 0).nats;
            beam_destroy(beam);
            fixture_deinit(&f);
        }
        ck_assert(nats[1] == nats[0] && nats[2] == nats[0]);
        ck_assert_double_le(nats[0], before);
        before = nats[0];
    }
}
END_TEST

START_TEST(stops_and_allowed_symbols) {
    static const bool allowed[SYMBOLS] = {true, true, true, false, false};
    struct fixture f;
    fixture_init(&f, "lstm", 1, &(struct text_list){1, {"ab"}});
    struct beam *beam = run(&f, 200, allowed, NULL, 0, 5);
    size_t stopped = 0;
    double before = 0;
    for (size_t rank = 0; rank < beam_count(beam); rank++) {
        struct beam_text text = get(beam, rank);
        ck_assert_double_ge(text.nats, before);
        before = text.nats;
        for (size_t i = 0; i + 1 < text.count; i++) {
            bool stop = text.ids[i] == 0 && text.ids[i + 1] == 1;
            ck_assert(text.ids[i] < 3 && text.ids[i + 1] < 3);
            ck_assert(!stop || i + 2 == text.count);
            stopped += stop;
        }
        ck_assert(text.stop == 2 || text.count == 5);
    }
    ck_assert_uint_gt(stopped, 0);
    beam_destroy(beam);
    beam_destroy(NULL);
    fixture_deinit(&f);
}
END_TEST

START_TEST(refuses_logits_that_are_not_finite) {
    struct fixture f;
    struct error error = {0};
    struct beam *beam;
    fixture_init(&f, "rnn", 1, &(struct text_list){0});
    const struct beam_plan plan = {
        .model = f.model, .vocab = f.vocab, .pool = f.pool, .stops = f.stops, .width = 2};
    f.model->parameters.values[model_decoder_bias(f.model)->offset] = NAN;
    ck_assert_int_eq(beam_create(&plan, &beam, &error), CHARNN_OK);
    ck_assert_int_eq(beam_run(beam, NULL, 0, 3, &error), CHARNN_ERROR_DATA);
    beam_destroy(beam);
    fixture_deinit(&f);
}
END_TEST

Suite *beam_suite(void) {
    Suite *suite = suite_create("beam");
    TCase *beam = tcase_create("beam");
    tcase_add_loop_test(beam, full_width_finds_every_text, 0, 3);
    tcase_add_loop_test(beam, full_width_ranks_texts_that_stop, 0, 3);
    tcase_add_test(beam, width_one_is_argmax);
    tcase_add_loop_test(beam, wider_is_never_worse, 0, 2);
    tcase_add_test(beam, stops_and_allowed_symbols);
    tcase_add_test(beam, refuses_logits_that_are_not_finite);
    suite_add_tcase(suite, beam);
    return suite;
}
