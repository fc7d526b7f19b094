/* The evaluator, compared with its definition, computed step by step in double precision. */
#include "infer/evaluator.h"
#include "nn/network.h"
#include "suites.h"
#include "support/compare.h"
#include "support/temporary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS = 21 };

static const char alphabet[SYMBOLS + 1] = "etaoin shrdlu.,\n'ABCX";

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
};

static void fixture_init(struct fixture *f, const char *cell, size_t threads) {
    struct error error = {0};
    uint32_t codes[SYMBOLS];
    for (size_t i = 0; i < SYMBOLS; i++) {
        codes[i] = (unsigned char)alphabet[i];
    }
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = SYMBOLS, .hidden = 20, .layers = 2};
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, SYMBOLS, &f->vocab, &error),
                     CHARNN_OK);
    model_initialize(f->model, 0.5, 11);
}

static void fixture_deinit(struct fixture *f) {
    vocab_destroy(f->vocab);
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
}

/* --- texts --------------------------------------------------------------------------------- */

/* Arbitrary characters of the alphabet; released with free(). */
static char *make_text(size_t length) {
    char *text = malloc(length + 1);
    ck_assert_ptr_nonnull(text);
    uint32_t state = 1;
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525 + 1013904223;
        text[i] = alphabet[(state >> 20) % SYMBOLS];
    }
    text[length] = '\0';
    return text;
}

static struct corpus *open_text(const char *text) {
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    struct error error = {0};
    struct corpus *corpus;
    size_t size = strlen(text);
    temporary_file(path, text, size);
    enum status status = corpus_open(
        paths, 1, &(struct corpus_format){.encoding = CHARNN_ENCODING_UTF8}, &corpus, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    ck_assert_int_eq(unlink(path), 0);
    return corpus;
}

struct watched {
    size_t calls, done, whole;
};

static void watch_scoring(void *context, size_t done, size_t whole) {
    struct watched *watched = context;
    assert_each(done >= watched->done, "%zu symbols done after %zu", done, watched->done);
    *watched = (struct watched){watched->calls + 1, done, whole};
}

static struct evaluation evaluate_part(struct fixture *f, const struct corpus *corpus,
                                       struct split part, bool exact) {
    struct error error = {0};
    struct evaluator *evaluator;
    enum status status =
        evaluator_create(f->model, f->pool, part.end - part.begin, exact, &evaluator, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    struct watched watched = {0};
    const struct evaluation_watch watch = {.tell = watch_scoring, .context = &watched};
    struct evaluation result = evaluator_run(evaluator, corpus, f->vocab, part, &watch);
    ck_assert_uint_eq(watched.done, result.scored);
    ck_assert_uint_eq(watched.whole, result.scored);
    size_t streams = exact || result.scored < 400 ? 1 : 64; /* at most */
    ck_assert_uint_ge(watched.calls, result.scored / streams / 32);
    evaluator_destroy(evaluator);
    return result;
}

static struct evaluation evaluate(struct fixture *f, const char *text, bool exact) {
    struct corpus *corpus = open_text(text);
    struct split all = {0, corpus_length(corpus)};
    struct evaluation result = evaluate_part(f, corpus, all, exact);
    corpus_close(corpus);
    return result;
}

static void assert_same(struct evaluation got, struct evaluation expected) {
    ck_assert_uint_eq(got.scored, expected.scored);
    ck_assert_double_eq(got.nats, expected.nats);
}

/* --- the definition ------------------------------------------------------------------------ */

static double log_softmax(const float *logits, size_t count, int32_t target) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += exp((double)logits[i]);
    }
    return (double)logits[target] - log(sum);
}

static int32_t id_of(char c) {
    return (int32_t)(strchr(alphabet, c) - alphabet);
}

/* Reads text[start..end-2] from the zero state; -ln p summed over the targets [begin, end). */
static double naive_stream(struct fixture *f, const char *text, size_t start, size_t begin,
                           size_t end) {
    struct error error = {0};
    struct network *network;
    struct network_plan plan = {.batch = 1, .steps = 1};
    double nats = 0;
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t i = start + 1; i < end; i++) {
        int32_t x = id_of(text[i - 1]);
        network_forward(network, &x, 1);
        if (i >= begin) {
            nats -= log_softmax(network_logits(network, 0), SYMBOLS, id_of(text[i]));
        }
    }
    network_destroy(network);
    return nats;
}

/* The pieces as defined in evaluator.h. */
static double naive_pieces(struct fixture *f, const char *text, size_t length) {
    size_t streams = length / 400;
    streams = streams < 1 ? 1 : streams > 64 ? 64 : streams;
    double nats = 0;
    size_t targets = 0;
    for (size_t s = 0; s < streams; s++) {
        size_t begin;
        size_t end;
        thread_pool_share(length - 1, 1, s, streams, &begin, &end);
        targets += end - begin;
        nats += naive_stream(f, text, begin + 1 > 200 ? begin + 1 - 200 : 0, begin + 1, end + 1);
    }
    ck_assert_uint_eq(targets, length - 1);
    return nats;
}

static void assert_nats(struct evaluation got, double nats, size_t scored) {
    ck_assert_uint_eq(got.scored, scored);
    ck_assert_uint_eq(got.unknown, 0);
    ck_assert_double_eq_tol(got.nats / (double)scored, nats / (double)scored, 1e-6);
    ck_assert_double_eq(evaluation_nats_per_symbol(&got), got.nats / (double)scored);
}

static const char *const cells[] = {"lstm", "gru", "rnn"};

START_TEST(exact_is_one_stream) {
    static const size_t lengths[] = {2, 3, 32, 33, 34, 65, 66, 2000};
    struct fixture f;
    fixture_init(&f, cells[_i], 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *text = make_text(lengths[i]);
        assert_nats(evaluate(&f, text, true), naive_stream(&f, text, 0, 1, lengths[i]),
                    lengths[i] - 1);
        free(text);
    }
    fixture_deinit(&f);
}
END_TEST

START_TEST(not_exact_is_pieces) {
    static const size_t lengths[] = {2, 799, 800, 801, 1201, 5003, 26001};
    struct fixture f;
    fixture_init(&f, cells[_i], 1);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *text = make_text(lengths[i]);
        struct evaluation got = evaluate(&f, text, false);
        assert_nats(got, naive_pieces(&f, text, lengths[i]), lengths[i] - 1);
        /* With 200 characters of warm-up the cut makes next to no difference. */
        struct evaluation exact = evaluate(&f, text, true);
        ck_assert_double_eq_tol(evaluation_nats_per_symbol(&got),
                                evaluation_nats_per_symbol(&exact), 1e-5);
        if (lengths[i] < 800) {
            assert_same(got, exact);
        }
        free(text);
    }
    fixture_deinit(&f);
}
END_TEST

START_TEST(threads_do_not_change_results) {
    static const size_t lengths[] = {500, 3001, 27000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct evaluation first[2];
        char *text = make_text(lengths[i]);
        for (size_t threads = 1; threads <= 5; threads += 2) {
            struct fixture f;
            fixture_init(&f, "lstm", threads);
            for (int exact = 0; exact < 2; exact++) {
                struct evaluation result = evaluate(&f, text, exact == 1);
                if (threads == 1) {
                    first[exact] = result;
                }
                assert_same(result, first[exact]);
            }
            fixture_deinit(&f);
        }
        free(text);
    }
}
END_TEST

/* --- unknown symbols ----------------------------------------------------------------------- */

/* The text with `count` out-of-vocabulary characters inserted, some of them at both ends. */
static char *add_unknown(const char *text, size_t count) {
    size_t length = strlen(text);
    char *more = malloc(length + 2 * count + 1);
    ck_assert_ptr_nonnull(more);
    size_t n = 0;
    size_t added = 0;
    for (size_t i = 0; i <= length; i++) {
        size_t wanted = i == length ? count : count * i / length + 1;
        while (added < wanted) {
            memcpy(more + n, "\xC3\xA9", 2);
            n += 2;
            added++;
        }
        more[n] = text[i];
        n += text[i] != '\0';
    }
    more[n] = '\0';
    return more;
}

START_TEST(unknown_symbols_are_skipped) {
    static const size_t lengths[] = {0, 1, 2, 700, 3001};
    struct fixture f;
    fixture_init(&f, "lstm", 2);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (size_t count = 1; count < 10000; count = count * 10 - 3) {
            char *text = make_text(lengths[i]);
            char *more = add_unknown(text, count);
            for (int exact = 0; exact < 2; exact++) {
                struct evaluation expected = {0};
                if (lengths[i] > 0) {
                    expected = evaluate(&f, text, exact == 1);
                }
                struct evaluation got = evaluate(&f, more, exact == 1);
                ck_assert_uint_eq(got.unknown, count);
                assert_same(got, expected);
            }
            free(more);
            free(text);
        }
    }
    fixture_deinit(&f);
}
END_TEST

/* --- parts and reuse ----------------------------------------------------------------------- */

START_TEST(a_part_is_a_text_of_its_own) {
    struct fixture f;
    fixture_init(&f, "gru", 2);
    char *text = make_text(5000);
    struct corpus *corpus = open_text(text);
    static const struct split parts[] = {{0, 5000}, {17, 2500}, {2500, 5000}, {4000, 4002}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t length = parts[i].end - parts[i].begin;
        char *part = strndup(text + parts[i].begin, length);
        for (int exact = 0; exact < 2; exact++) {
            assert_same(evaluate_part(&f, corpus, parts[i], exact == 1),
                        evaluate(&f, part, exact == 1));
        }
        free(part);
    }
    corpus_close(corpus);
    free(text);
    fixture_deinit(&f);
}
END_TEST

START_TEST(too_short_to_score) {
    struct fixture f;
    fixture_init(&f, "rnn", 1);
    struct corpus *corpus = open_text("tea");
    for (size_t length = 0; length < 2; length++) {
        struct evaluation result =
            evaluate_part(&f, corpus, (struct split){1, 1 + length}, length == 1);
        ck_assert_uint_eq(result.scored, 0);
        ck_assert_uint_eq(result.unknown, 0);
        ck_assert_double_eq(result.nats, 0);
        ck_assert_double_eq(evaluation_nats_per_symbol(&result), 0);
    }
    corpus_close(corpus);
    fixture_deinit(&f);
}
END_TEST

struct overwriting {
    const char *path;
    size_t size;
};

/* Replaces the whole text by characters that the model does not know. */
static void overwrite(void *context, size_t done, size_t whole) {
    const struct overwriting *overwriting = context;
    (void)done;
    (void)whole;
    FILE *file = fopen(overwriting->path, "r+");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < overwriting->size; i++) {
        ck_assert_int_eq(fputc('~', file), '~');
    }
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(notices_a_changed_text) {
    struct fixture f;
    fixture_init(&f, "lstm", 2);
    for (int exact = 0; exact < 2; exact++) {
        enum { SIZE = 3000 };
        char path[TEMPORARY_PATH];
        const char *const paths[] = {path};
        const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
        const struct split all = {0, SIZE};
        struct error error = {0};
        struct corpus *corpus;
        struct evaluator *evaluator;
        char *text = make_text(SIZE);
        temporary_file(path, text, SIZE);
        ck_assert_int_eq(corpus_open(paths, 1, &format, &corpus, &error), CHARNN_OK);
        ck_assert_int_eq(evaluator_create(f.model, f.pool, SIZE, exact == 1, &evaluator, &error),
                         CHARNN_OK);
        ck_assert(!evaluator_run(evaluator, corpus, f.vocab, all, NULL).changed);
        struct overwriting overwriting = {path, SIZE};
        const struct evaluation_watch watch = {.tell = overwrite, .context = &overwriting};
        ck_assert(evaluator_run(evaluator, corpus, f.vocab, all, &watch).changed);
        evaluator_destroy(evaluator);
        corpus_close(corpus);
        ck_assert_int_eq(unlink(path), 0);
        free(text);
    }
    fixture_deinit(&f);
}
END_TEST

static bool count_down(void *context) {
    size_t *left = context;
    return (*left)-- == 0;
}

/* Wherever the watch stops it, the next run gives the whole result. */
START_TEST(can_be_stopped) {
    enum { SIZE = 9000 };
    struct fixture f;
    struct error error = {0};
    struct evaluator *evaluator;
    const struct split all = {0, SIZE};
    size_t asked = SIZE_MAX;
    const struct evaluation_watch never = {.stops = count_down, .context = &asked};
    fixture_init(&f, "lstm", 2);
    char *text = make_text(SIZE);
    struct corpus *corpus = open_text(text);
    ck_assert_int_eq(evaluator_create(f.model, f.pool, SIZE, false, &evaluator, &error), CHARNN_OK);
    struct evaluation whole = evaluator_run(evaluator, corpus, f.vocab, all, &never);
    size_t times = SIZE_MAX - asked;
    ck_assert(!whole.stopped);
    /* Each read of the two passes before the scoring, each window and each layer in it. */
    ck_assert_uint_ge(times, 3 + 2 + SIZE / 22 / 32 * (1 + f.model->shape.layers));
    for (size_t i = 0; i < times; i++) {
        size_t left = i;
        const struct evaluation_watch watch = {.stops = count_down, .context = &left};
        struct evaluation part = evaluator_run(evaluator, corpus, f.vocab, all, &watch);
        ck_assert(part.stopped && !part.changed);
        ck_assert_uint_eq(left, SIZE_MAX); /* it was not asked again */
    }
    struct evaluation again = evaluator_run(evaluator, corpus, f.vocab, all, NULL);
    ck_assert(again.nats == whole.nats && again.scored == whole.scored && !again.stopped);
    evaluator_destroy(evaluator);
    corpus_close(corpus);
    free(text);
    fixture_deinit(&f);
}
END_TEST

/* One evaluator, larger than needed, for several parts and other weights. */
START_TEST(can_be_used_again) {
    struct fixture f;
    struct error error = {0};
    struct evaluator *evaluator;
    fixture_init(&f, "lstm", 2);
    char *text = make_text(6000);
    struct corpus *corpus = open_text(text);
    ck_assert_int_eq(evaluator_create(f.model, f.pool, 50000, false, &evaluator, &error),
                     CHARNN_OK);
    static const struct split parts[] = {{0, 6000}, {100, 900}, {100, 101}, {0, 6000}};
    struct evaluation first = {0};
    for (uint64_t seed = 0; seed < 2; seed++) {
        model_initialize(f.model, 0.5, seed);
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            assert_same(evaluator_run(evaluator, corpus, f.vocab, parts[i], NULL),
                        evaluate_part(&f, corpus, parts[i], false));
        }
        struct evaluation result = evaluator_run(evaluator, corpus, f.vocab, parts[0], NULL);
        ck_assert_double_ne(result.nats, first.nats);
        first = result;
    }
    evaluator_destroy(evaluator);
    evaluator_destroy(NULL);
    corpus_close(corpus);
    free(text);
    fixture_deinit(&f);
}
END_TEST

START_TEST(memory_follows_the_streams) {
    struct fixture f;
    fixture_init(&f, "lstm", 1);
    size_t one = evaluator_memory(f.model, 1000000, true, 1);
    ck_assert_uint_gt(one, 0);
    ck_assert_uint_eq(evaluator_memory(f.model, 799, false, 1), one);
    ck_assert_uint_gt(evaluator_memory(f.model, 800, false, 1), one);
    ck_assert_uint_gt(evaluator_memory(f.model, 25600, false, 1), 10 * one);
    ck_assert_uint_eq(evaluator_memory(f.model, 25600, false, 1),
                      evaluator_memory(f.model, SIZE_MAX, false, 1));
    fixture_deinit(&f);
}
END_TEST

Suite *evaluator_suite(void) {
    Suite *suite = suite_create("evaluator");
    TCase *scores = tcase_create("scores");
    tcase_add_loop_test(scores, exact_is_one_stream, 0, 3);
    tcase_add_loop_test(scores, not_exact_is_pieces, 0, 3);
    tcase_add_test(scores, threads_do_not_change_results);
    tcase_add_test(scores, unknown_symbols_are_skipped);
    suite_add_tcase(suite, scores);

    TCase *use = tcase_create("use");
    tcase_add_test(use, a_part_is_a_text_of_its_own);
    tcase_add_test(use, too_short_to_score);
    tcase_add_test(use, can_be_used_again);
    tcase_add_test(use, notices_a_changed_text);
    tcase_add_test(use, can_be_stopped);
    tcase_add_test(use, memory_follows_the_streams);
    suite_add_tcase(suite, use);
    return suite;
}
