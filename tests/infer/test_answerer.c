/* Scores and answers of a model that learned records with `learn_after`, compared with scores of
 * the same text without it. */
#include "infer/answerer.h"
#include "infer/evaluator.h"
#include "infer/scorer.h"
#include "nn/network.h"
#include "suites.h"
#include "support/temporary.h"
#include "text/corpus_vocab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each question has each of the answers once, so that scores of the whole text give the
 * probability of every answer. */
static const char *const questions[] = {"a=", "bca=", "c=", "ccabba=", "="};
static const char *const answers[] = {"", "a", "ab", "abc", "bc", "c", "cab"};
enum {
    QUESTIONS = sizeof questions / sizeof questions[0],
    ANSWERS = sizeof answers / sizeof answers[0]
};
enum { LONGEST = 12 };

struct fixture {
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
    struct corpus *corpus; /* all of it is learned */
    struct corpus *marked; /* with learn_after */
};

static void fixture_init(struct fixture *f, const char *cell, size_t threads) {
    struct error error = {0};
    char text[1024] = "";
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    for (size_t i = 0; i < QUESTIONS * ANSWERS; i++) {
        strcat(text, questions[i / ANSWERS]);
        strcat(text, answers[i % ANSWERS]);
        strcat(text, "\n");
    }
    temporary_file(path, text, strlen(text));
    struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8, .records = "line"};
    ck_assert_int_eq(corpus_open(paths, 1, &format, &f->corpus, &error), CHARNN_OK);
    format.learn_after = "=";
    ck_assert_int_eq(corpus_open(paths, 1, &format, &f->marked, &error), CHARNN_OK);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(corpus_build_vocab(f->corpus, &f->vocab, &error), CHARNN_OK);
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = vocab_size(f->vocab), .hidden = 20, .layers = 2};
    model_shape_set_end(&shape, vocab_end(f->vocab));
    ck_assert_int_eq(thread_pool_create(threads, &f->pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &f->model, &error), CHARNN_OK);
    model_initialize(f->model, 0.8, 5);
}

static void fixture_deinit(struct fixture *f) {
    model_destroy(f->model);
    thread_pool_destroy(f->pool);
    vocab_destroy(f->vocab);
    corpus_close(f->marked);
    corpus_close(f->corpus);
}

static struct split whole(const struct corpus *corpus) {
    return (struct split){0, corpus_length(corpus)};
}

static size_t score_all(struct fixture *f, const struct corpus *corpus, bool details,
                        struct symbol_score *scores) {
    const struct scorer_plan plan = {.model = f->model,
                                     .pool = f->pool,
                                     .vocab = f->vocab,
                                     .corpus = corpus,
                                     .part = whole(corpus),
                                     .details = details};
    struct error error = {0};
    struct scorer *scorer;
    size_t count = 0;
    size_t more;
    ck_assert_int_eq(scorer_create(&plan, &scorer, &error), CHARNN_OK);
    do {
        more = scorer_next(scorer, scores + count);
        count += more;
    } while (more == CHARNN_SCORER_CHUNK);
    scorer_destroy(scorer);
    return count;
}

/* Questions are read, answers have the scores that they have in a text that is learned whole. */
START_TEST(scores_are_those_of_answers) {
    static struct symbol_score all[512], marked[512];
    struct fixture f;
    struct error error = {0};
    fixture_init(&f, _i % 2 == 0 ? "lstm" : "gru", 2);
    size_t count = score_all(&f, f.corpus, _i >= 2, all);
    ck_assert_uint_eq(score_all(&f, f.marked, _i >= 2, marked), count);
    bool answer = false;
    double nats = 0;
    size_t scored = 0;
    for (size_t i = 1; i < count; i++) {
        bool end = all[i].code == CHARNN_SYMBOL_END;
        ck_assert_int_eq(marked[i].scored, answer);
        ck_assert_double_eq(marked[i].nats, answer ? all[i].nats : 0);
        ck_assert_uint_eq(marked[i].rank, answer ? all[i].rank : 0);
        nats += marked[i].nats;
        scored += answer;
        answer = !end && (answer || all[i].code == '=');
    }
    struct evaluator *evaluator;
    ck_assert_int_eq(evaluator_create(f.model, f.pool, count, true, &evaluator, &error), CHARNN_OK);
    struct evaluation result = evaluator_run(evaluator, f.marked, f.vocab, whole(f.marked), NULL);
    ck_assert_uint_eq(result.scored, scored);
    ck_assert_double_eq_tol(result.nats, nats, 1e-9);
    evaluator_destroy(evaluator);
    fixture_deinit(&f);
}
END_TEST

/* -ln p of each answer to each question, with its end, from the scores of the text. */
static void sum_answers(struct fixture *f, double sums[QUESTIONS * ANSWERS]) {
    static struct symbol_score scores[512];
    size_t count = score_all(f, f->marked, false, scores);
    size_t record = 0;
    for (size_t i = 1; i < count; i++) {
        sums[record] += scores[i].nats;
        record += scores[i].code == CHARNN_SYMBOL_END;
    }
    ck_assert_uint_eq(record, QUESTIONS * ANSWERS);
}

static struct sequence ids_of(const struct fixture *f, const char *text, int32_t *ids) {
    size_t count = strlen(text);
    for (size_t i = 0; i < count; i++) {
        ids[i] = vocab_find(f->vocab, (unsigned char)text[i]);
    }
    return (struct sequence){ids, count};
}

static void answer(struct fixture *f, const struct sequences *choices, size_t width,
                   struct sequence given[QUESTIONS], struct answerer **answerer,
                   struct question asked[QUESTIONS]) {
    struct error error = {0};
    const struct answerer_plan plan = {.model = f->model,
                                       .vocab = f->vocab,
                                       .pool = f->pool,
                                       .most = LONGEST,
                                       .width = width,
                                       .choices = choices};
    for (size_t i = 0; i < QUESTIONS; i++) {
        ck_assert_int_eq(question_read(f->marked, f->vocab, i * ANSWERS, &asked[i], &error),
                         CHARNN_OK);
    }
    ck_assert_uint_gt(answerer_memory(&plan), 0);
    ck_assert_int_eq(answerer_create(&plan, answerer, &error), CHARNN_OK);
    ck_assert_int_eq(answerer_answer(*answerer, asked, QUESTIONS, given, &error), CHARNN_OK);
}

static void forget(struct answerer *answerer, struct question asked[QUESTIONS]) {
    answerer_destroy(answerer);
    for (size_t i = 0; i < QUESTIONS; i++) {
        question_deinit(&asked[i]);
    }
}

START_TEST(the_likeliest_choice_is_given) {
    struct fixture f;
    struct error error = {0};
    struct sequences choices = {.most = ANSWERS};
    struct sequence given[QUESTIONS];
    struct question asked[QUESTIONS] = {0};
    struct answerer *answerer;
    double sums[QUESTIONS * ANSWERS] = {0};
    int32_t ids[LONGEST];
    fixture_init(&f, _i % 2 == 0 ? "lstm" : "rnn", 2);
    sum_answers(&f, sums);
    for (size_t i = 0; i < 2 * ANSWERS; i++) { /* each twice, one of them not in order */
        ck_assert_int_eq(sequences_add(&choices, ids_of(&f, answers[i * 3 % ANSWERS], ids), &error),
                         CHARNN_OK);
    }
    ck_assert_uint_eq(choices.count, ANSWERS);
    ck_assert(!choices.overflow);
    answer(&f, &choices, 1, given, &answerer, asked);
    for (size_t q = 0; q < QUESTIONS; q++) {
        size_t best = 0;
        for (size_t i = 1; i < ANSWERS; i++) {
            best = sums[q * ANSWERS + i] < sums[q * ANSWERS + best] ? i : best;
        }
        struct sequence expected = ids_of(&f, answers[best], ids);
        ck_assert_uint_eq(given[q].count, expected.count);
        ck_assert_mem_eq(given[q].ids, expected.ids, expected.count * sizeof *ids);
    }
    ck_assert_int_eq(sequences_add(&choices, ids_of(&f, "aaa", ids), &error), CHARNN_OK);
    ck_assert(choices.overflow);
    forget(answerer, asked);
    sequences_deinit(&choices);
    fixture_deinit(&f);
}
END_TEST

/* The symbol that follows `count` ids, by the logits of a network of its own. */
static int32_t most_probable(struct fixture *f, const int32_t *ids, size_t count) {
    struct error error = {0};
    struct network *network;
    const struct network_plan plan = {.batch = 1, .steps = 1};
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    for (size_t i = 0; i < count; i++) {
        network_forward(network, &ids[i], 1);
    }
    const float *logits = network_logits(network, 0);
    int32_t best = 0;
    for (size_t v = 1; v < vocab_size(f->vocab); v++) {
        best = logits[v] > logits[best] ? (int32_t)v : best;
    }
    network_destroy(network);
    return best;
}

START_TEST(the_likeliest_symbols_are_written) {
    struct fixture f;
    struct sequence given[QUESTIONS];
    struct question asked[QUESTIONS] = {0};
    struct answerer *answerer;
    fixture_init(&f, "lstm", 2);
    answer(&f, NULL, 1, given, &answerer, asked);
    for (size_t q = 0; q < QUESTIONS; q++) {
        int32_t ids[2 * LONGEST + 2] = {vocab_end(f.vocab)};
        size_t count = 1 + ids_of(&f, questions[q], ids + 1).count;
        size_t written = 0;
        for (int32_t next; written < LONGEST; written++) {
            next = most_probable(&f, ids, count);
            if (next == vocab_end(f.vocab)) {
                break;
            }
            ck_assert_uint_lt(written, given[q].count);
            ck_assert_int_eq(given[q].ids[written], next);
            ids[count++] = next;
        }
        ck_assert_uint_eq(given[q].count, written);
    }
    forget(answerer, asked);
    fixture_deinit(&f);
}
END_TEST

/* -ln p of an answer and its end after a question, or of a cut one without it. */
static double nats_of(struct fixture *f, const struct question *question, struct sequence given) {
    int32_t x[3 * LONGEST] = {vocab_end(f->vocab)};
    float nats[3 * LONGEST];
    struct error error = {0};
    struct network *network;
    size_t count = 1;
    for (size_t i = 0; i < question->count; i++) {
        x[count++] = question->ids[i];
    }
    for (size_t i = 0; i < given.count; i++) {
        x[count++] = given.ids[i];
    }
    x[count] = vocab_end(f->vocab);
    const struct network_plan plan = {.batch = 1, .steps = 3 * LONGEST};
    ck_assert_int_eq(network_create(f->model, f->pool, &plan, &network, &error), CHARNN_OK);
    network_score(network, x, x + 1, count, nats);
    network_destroy(network);
    double sum = 0;
    for (size_t i = question->count; i < count - (given.count == LONGEST); i++) {
        sum += (double)nats[i];
    }
    return sum;
}

/* A search never ends with a less probable answer than the likeliest symbols give. */
START_TEST(a_beam_finds_likelier_answers) {
    struct fixture f;
    struct sequence greedy[QUESTIONS];
    struct sequence found[QUESTIONS];
    struct question asked[2][QUESTIONS] = {0};
    struct answerer *answerers[2];
    size_t likelier = 0;
    fixture_init(&f, "lstm", 2);
    answer(&f, NULL, 1, greedy, &answerers[0], asked[0]);
    answer(&f, NULL, 64, found, &answerers[1], asked[1]);
    for (size_t q = 0; q < QUESTIONS; q++) {
        double before = nats_of(&f, &asked[0][q], greedy[q]);
        double after = nats_of(&f, &asked[1][q], found[q]);
        ck_assert_double_le(after, before + 1e-5);
        likelier += after < before - 1e-3;
    }
    ck_assert_uint_gt(likelier, 0);
    forget(answerers[0], asked[0]);
    forget(answerers[1], asked[1]);
    fixture_deinit(&f);
}
END_TEST

Suite *answerer_suite(void) {
    Suite *suite = suite_create("answerer");
    TCase *tcase = tcase_create("answerer");
    tcase_add_loop_test(tcase, scores_are_those_of_answers, 0, 4);
    tcase_add_loop_test(tcase, the_likeliest_choice_is_given, 0, 2);
    tcase_add_test(tcase, the_likeliest_symbols_are_written);
    tcase_add_test(tcase, a_beam_finds_likelier_answers);
    suite_add_tcase(suite, tcase);
    return suite;
}
