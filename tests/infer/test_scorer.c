/* The scorer, compared with the evaluator and with the logits. */
#include "infer/evaluator.h"
#include "infer/scorer.h"
#include "nn/network.h"
#include "suites.h"
#include "support/temporary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SYMBOLS = 9, LENGTH = 333 };

static const char alphabet[SYMBOLS + 1] = "abcdefg\n ";

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
    struct corpus *corpus;
    char text[LENGTH + 1];
};

/* With `strangers`, the first and then every seventh character is out of vocabulary. */
static void fixture_init_of_size(struct fixture *f, const char *cell, size_t symbols,
                                 bool strangers, size_t hidden, size_t threads) {
    struct error error = {0};
    uint32_t codes[SYMBOLS];
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    uint32_t state = 3;
    for (size_t i = 0; i < SYMBOLS; i++) {
        codes[i] = (unsigned char)alphabet[i];
    }
    for (size_t i = 0; i < LENGTH; i++) {
        state = state * 1664525 + 1013904223;
        f->text[i] = strangers && i % 7 == 0 ? 'Q' : alphabet[(state >> 20) % symbols];
    }
    f->text[LENGTH] = '\0';
    temporary_file(path, f->text, LENGTH);
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = symbols, .hidden = hidden, .layers = 2};
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, symbols, &f->vocab, &error),
                     CHARNN_OK);
    ck_assert_int_eq(corpus_open(paths, 1,
                                 &(struct corpus_format){.encoding = CHARNN_ENCODING_UTF8},
                                 &f->corpus, &error),
                     CHARNN_OK);
    ck_assert_int_eq(unlink(path), 0);
    model_initialize(f->model, 0.8, 5);
}

static void fixture_init(struct fixture *f, const char *cell, size_t symbols, bool strangers) {
    fixture_init_of_size(f, cell, symbols, strangers, 20, 1);
}

static void fixture_deinit(struct fixture *f) {
    corpus_close(f->corpus);
    vocab_destroy(f->vocab);
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
}

/* All scores of a part; returns their number. */
static size_t score_part(struct fixture *f, struct split part, bool details,
                         struct symbol_score *scores) {
    const struct scorer_plan plan = {.model = f->model,
                                     .pool = f->pool,
                                     .vocab = f->vocab,
                                     .corpus = f->corpus,
                                     .part = part,
                                     .details = details};
    struct error error = {0};
    struct scorer *scorer;
    ck_assert_int_eq(scorer_create(&plan, &scorer, &error), CHARNN_OK);
    size_t count = 0;
    size_t more;
    do {
        more = scorer_next(scorer, scores + count);
        count += more;
    } while (more == CHARNN_SCORER_CHUNK);
    ck_assert_uint_eq(scorer_next(scorer, scores + count), 0);
    scorer_destroy(scorer);
    return count;
}

/* Scores a text that another program writes over, or makes longer symbols of, after it was opened.
 */
START_TEST(a_changed_text_ends_early) {
    static const char *const changes[] = {"abQ", "ab\303\251\303\251\303\251\303\251"};
    struct fixture f;
    struct error error = {0};
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
    struct scorer *scorer;
    struct symbol_score found[CHARNN_SCORER_CHUNK];
    fixture_init(&f, "rnn", SYMBOLS, false);
    corpus_close(f.corpus);
    temporary_file(path, "abcdefgabc", 10);
    ck_assert_int_eq(corpus_open(paths, 1, &format, &f.corpus, &error), CHARNN_OK);
    const struct scorer_plan plan = {.model = f.model,
                                     .vocab = f.vocab,
                                     .corpus = f.corpus,
                                     .part = {0, 10},
                                     .details = _i >= 2};
    ck_assert_int_eq(scorer_create(&plan, &scorer, &error), CHARNN_OK);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(changes[_i % 2], file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_uint_eq(scorer_next(scorer, found), 2);
    ck_assert_uint_eq(found[1].code, 'b');
    ck_assert_uint_eq(scorer_next(scorer, found), 0);
    scorer_destroy(scorer);
    ck_assert_int_eq(unlink(path), 0);
    fixture_deinit(&f);
}
END_TEST

static struct evaluation evaluate(struct fixture *f, struct split part) {
    struct error error = {0};
    struct evaluator *evaluator;
    ck_assert_int_eq(
        evaluator_create(f->model, f->pool, part.end - part.begin, true, &evaluator, &error),
        CHARNN_OK);
    struct evaluation evaluation = evaluator_run(evaluator, f->corpus, f->vocab, part, NULL);
    evaluator_destroy(evaluator);
    return evaluation;
}

static struct symbol_score scores[LENGTH + CHARNN_SCORER_CHUNK];
static struct symbol_score detailed[LENGTH + CHARNN_SCORER_CHUNK];

START_TEST(sum_equals_the_evaluators) {
    static const char *const cells[] = {"lstm", "gru", "rnn"};
    static const struct split parts[] = {{0, LENGTH}, {5, 69}, {40, 42}, {7, 8}, {9, 9}};
    for (int strangers = 0; strangers < 2; strangers++) {
        struct fixture f;
        fixture_init(&f, cells[_i], SYMBOLS, strangers == 1);
        for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
            struct evaluation expected = evaluate(&f, parts[p]);
            struct evaluation got = {0};
            size_t count = score_part(&f, parts[p], false, scores);
            ck_assert_uint_eq(count, parts[p].end - parts[p].begin);
            ck_assert_uint_eq(score_part(&f, parts[p], true, detailed), count);
            for (size_t i = 0; i < count; i++) {
                got.scored += scores[i].scored;
                got.unknown += !scores[i].known;
                got.nats += scores[i].nats;
                ck_assert_uint_eq(scores[i].code, (unsigned char)f.text[parts[p].begin + i]);
                ck_assert_double_eq(detailed[i].nats, scores[i].nats);
                ck_assert(detailed[i].scored == scores[i].scored);
                ck_assert(detailed[i].known == scores[i].known);
            }
            ck_assert_uint_eq(got.scored, expected.scored);
            ck_assert_uint_eq(got.unknown, expected.unknown);
            ck_assert_double_eq(got.nats, expected.nats);
        }
        fixture_deinit(&f);
    }
}
END_TEST

/* They share the columns of a large model. */
START_TEST(threads_do_not_change_scores) {
    for (size_t threads = 1; threads <= 3; threads++) {
        struct symbol_score *got = threads == 1 ? scores : detailed;
        struct fixture f;
        fixture_init_of_size(&f, "lstm", SYMBOLS, true, 200, threads);
        size_t count = score_part(&f, (struct split){0, LENGTH}, threads == 3, got);
        ck_assert_uint_eq(count, LENGTH);
        for (size_t i = 0; i < count; i++) {
            ck_assert_double_eq(got[i].nats, scores[i].nats);
        }
        fixture_deinit(&f);
    }
}
END_TEST

/* Compares a score's details with the logits. */
static void check_details(const struct symbol_score *score, const float *logits, size_t symbols,
                          int32_t target) {
    double sum = 0;
    size_t rank = 1;
    for (size_t i = 0; i < symbols; i++) {
        sum += exp((double)logits[i]);
        rank += logits[i] > logits[target];
    }
    ck_assert_uint_eq(score->rank, rank);
    ck_assert_double_eq_tol(score->nats, log(sum) - (double)logits[target], 1e-5);
    ck_assert_uint_eq(score->alternative_count, symbols < 5 ? symbols : 5);
    for (size_t a = 0; a < score->alternative_count; a++) {
        const struct alternative *alternative = &score->alternatives[a];
        size_t before = 0;
        for (size_t i = 0; i < symbols; i++) {
            before += logits[i] > logits[alternative->id];
        }
        ck_assert_uint_eq(before, a);
        ck_assert_double_eq_tol(alternative->probability,
                                exp((double)logits[alternative->id]) / sum, 1e-6);
    }
}

START_TEST(details_match_the_logits) {
    static const size_t sizes[] = {SYMBOLS, 3};
    for (size_t s = 0; s < 2; s++) {
        struct fixture f;
        struct error error = {0};
        struct network *network;
        struct network_plan plan = {.batch = 1, .steps = 1};
        fixture_init(&f, "lstm", sizes[s], false);
        size_t count = score_part(&f, (struct split){0, LENGTH}, true, detailed);
        ck_assert_int_eq(network_create(f.model, f.pool, &plan, &network, &error), CHARNN_OK);
        ck_assert(detailed[0].known && !detailed[0].scored);
        ck_assert_uint_eq(detailed[0].rank, 0);
        for (size_t i = 1; i < count; i++) {
            int32_t x = vocab_find(f.vocab, detailed[i - 1].code);
            network_forward(network, &x, 1);
            check_details(&detailed[i], network_logits(network, 0), sizes[s],
                          vocab_find(f.vocab, detailed[i].code));
        }
        network_destroy(network);
        fixture_deinit(&f);
    }
}
END_TEST

START_TEST(equal_logits_rank_by_id) {
    struct fixture f;
    fixture_init(&f, "gru", SYMBOLS, false);
    model_initialize(f.model, 0, 5);
    size_t count = score_part(&f, (struct split){0, LENGTH}, true, detailed);
    for (size_t i = 1; i < count; i++) {
        size_t id = (size_t)vocab_find(f.vocab, detailed[i].code);
        ck_assert_uint_eq(detailed[i].rank, id + 1);
        for (int32_t a = 0; a < CHARNN_ALTERNATIVES; a++) {
            ck_assert_int_eq(detailed[i].alternatives[a].id, a);
            ck_assert_double_eq_tol(detailed[i].alternatives[a].probability, 1.0 / SYMBOLS, 1e-6);
        }
    }
    fixture_deinit(&f);
}
END_TEST

Suite *scorer_suite(void) {
    Suite *suite = suite_create("scorer");
    TCase *scorer = tcase_create("scorer");
    tcase_add_loop_test(scorer, sum_equals_the_evaluators, 0, 3);
    tcase_add_test(scorer, threads_do_not_change_scores);
    tcase_add_test(scorer, details_match_the_logits);
    tcase_add_test(scorer, equal_logits_rank_by_id);
    tcase_add_loop_test(scorer, a_changed_text_ends_early, 0, 4);
    suite_add_tcase(suite, scorer);
    return suite;
}
