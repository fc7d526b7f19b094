/* Records of which only the answer is learned: `learn_after` of a corpus, and who reads it. */
#include "suites.h"
#include "support/temporary.h"
#include "text/batches.h"
#include "text/corpus_read.h"
#include "text/corpus_vocab.h"
#include "text/question.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum status open_text(const char *text, struct corpus_format format, struct corpus **corpus,
                             struct error *error) {
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    temporary_file(path, text, strlen(text));
    enum status status = corpus_open(paths, 1, &format, corpus, error);
    ck_assert_int_eq(unlink(path), 0);
    return status;
}

/* A text, the end symbols of its records as '|', and below each symbol that is to be learned '1'.
 */
static const struct {
    const char *mark, *text, *symbols, *learned;
    bool joined;
    size_t count; /* learned, without the first end symbol */
} cases[] = {
    {"=", "a=bc\nde=f\n", "|a=bc|de=f|", "10011100011", false, 5},
    {"=", "==b\n=\nx=", "|==b|=|x=|", "1011101001", false, 5},
    {"=>", "a=b=>c=>d\n", "|a=b=>c=>d|", "10000011111", false, 5},
    {"e\303\251", "e\303\251x\nee\303\251\n", "|e?x|ee?|", "100110001", false, 3},
    {"\n", "a\r\nb\r\n--\nc\nd\r\n", "|a\nb\n|c\nd\n|", "10011100111", true, 6},
    {NULL, "a=b\n", "|a=b|", "11111", false, 4},
};

static struct corpus *open_case(size_t i, struct vocab **vocab) {
    struct error error = {0};
    struct corpus *corpus;
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8,
                                         .unix_newlines = cases[i].joined,
                                         .records = cases[i].joined ? "--\n" : "line",
                                         .learn_after = cases[i].mark};
    enum status status = open_text(cases[i].text, format, &corpus, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    ck_assert_int_eq(corpus_build_vocab(corpus, vocab, &error), CHARNN_OK);
    return corpus;
}

static char shown(const struct vocab *vocab, int32_t id) {
    uint32_t code = vocab_code(vocab, id);
    return code == CHARNN_SYMBOL_END ? '|' : code < 0x80 ? (char)code : '?';
}

START_TEST(only_answers_are_learned) {
    struct vocab *vocab;
    struct corpus *corpus = open_case((size_t)_i, &vocab);
    const size_t length = strlen(cases[_i].symbols);
    ck_assert_uint_eq(corpus_length(corpus), length);
    for (size_t piece = 1; piece <= length; piece++) {
        for (size_t begin = 0; begin < length; begin++) {
            struct corpus_cursor cursor;
            int32_t ids[32];
            bool learned[32];
            corpus_seek(corpus, begin, &cursor);
            size_t count = corpus_read_learned(corpus, &cursor, vocab, piece, ids, learned);
            ck_assert_uint_eq(count, piece < length - begin ? piece : length - begin);
            for (size_t i = 0; i < count; i++) {
                ck_assert_int_eq(shown(vocab, ids[i]), cases[_i].symbols[begin + i]);
                ck_assert_int_eq(learned[i], cases[_i].learned[begin + i] == '1');
            }
        }
    }
    ck_assert_uint_eq(split_learned(corpus, (struct split){0, length}), cases[_i].count);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(targets_of_questions_are_negative) {
    struct vocab *vocab;
    struct error error = {0};
    struct batches *batches;
    struct corpus *corpus = open_case(0, &vocab); /* |a=bc|de=f| in some order */
    ck_assert_int_eq(
        batches_create(corpus, vocab, (struct split){0, 11}, 1, 10, 1, &batches, &error),
        CHARNN_OK);
    int32_t x[10];
    int32_t y[10];
    (void)batches_next(batches, x, y);
    bool answer = false;
    for (size_t t = 0; t + 1 < 10; t++) {
        char input = shown(vocab, x[t]);
        answer = input != '|' && (answer || input == '=');
        ck_assert_int_eq(y[t], answer ? x[t + 1] : -1);
    }
    ck_assert_int_eq(y[9], vocab_end(vocab));
    batches_destroy(batches);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(records_are_questions_and_answers) {
    struct vocab *vocab;
    struct error error = {0};
    struct question question = {0};
    struct corpus *corpus = open_case(1, &vocab);
    static const char *const questions[] = {"=", "=", "x="};
    static const char *const answers[] = {"=b", "", ""};
    size_t begin;
    size_t end;
    split_records(corpus, (struct split){0, corpus_length(corpus)}, &begin, &end);
    ck_assert_uint_eq(begin, 0);
    ck_assert_uint_eq(end, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(question_read(corpus, vocab, vocab, i, &question, &error), CHARNN_OK);
        ck_assert_uint_eq(question.count, strlen(questions[i]));
        ck_assert_uint_eq(question.answer_count, strlen(answers[i]));
        for (size_t j = 0; j < question.count; j++) {
            ck_assert_int_eq(shown(vocab, question.ids[j]), questions[i][j]);
        }
        for (size_t j = 0; j < question.answer_count; j++) {
            ck_assert_int_eq(shown(vocab, question.answer[j]), answers[i][j]);
        }
    }
    /* a part in the middle: the second record with the end symbols around it */
    split_records(corpus, (struct split){4, 7}, &begin, &end);
    ck_assert_uint_eq(begin, 1);
    ck_assert_uint_eq(end, 2);
    split_records(corpus, (struct split){4, 4}, &begin, &end);
    ck_assert_uint_eq(begin, end);
    question_deinit(&question);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

/* Symbols that the vocabulary lacks: skipped in a question, below 0 in an answer. */
START_TEST(unknown_symbols_make_an_answer_wrong) {
    struct error error = {0};
    struct question question = {0};
    struct corpus *corpus;
    struct vocab *own;
    struct vocab *vocab;
    const uint32_t codes[] = {'a', '=', CHARNN_SYMBOL_END};
    const struct corpus_format format = {
        .encoding = CHARNN_ENCODING_UTF8, .records = "line", .learn_after = "="};
    ck_assert_int_eq(open_text("xa=ay\n", format, &corpus, &error), CHARNN_OK);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 3, &vocab, &error), CHARNN_OK);
    ck_assert_int_eq(corpus_build_vocab(corpus, &own, &error), CHARNN_OK);
    ck_assert_int_eq(question_read(corpus, own, vocab, 0, &question, &error), CHARNN_OK);
    vocab_destroy(own);
    ck_assert_uint_eq(question.count, 2);
    ck_assert_int_eq(question.ids[0], 0);
    ck_assert_uint_eq(question.answer_count, 2);
    ck_assert_int_eq(question.answer[0], 0);
    ck_assert_int_lt(question.answer[1], 0);
    ck_assert_uint_eq(question_code(question.answer[1], vocab), 'y');
    question_deinit(&question);
    vocab_destroy(vocab);
    corpus_close(corpus);
}
END_TEST

START_TEST(a_record_without_the_mark_is_refused) {
    struct error error = {0};
    struct corpus *corpus;
    const struct corpus_format format = {.records = "line", .learn_after = "\t"};
    ck_assert_int_eq(open_text("a\tb\n\nc\n", format, &corpus, &error), CHARNN_ERROR_DATA);
    ck_assert_ptr_null(corpus);
    const char *what = strstr(error.message, ": the record at line 3 lacks the text '\\t'");
    ck_assert_msg(what != NULL, "%s", error.message);
}
END_TEST

Suite *question_suite(void) {
    Suite *suite = suite_create("question");
    TCase *tcase = tcase_create("question");
    tcase_add_loop_test(tcase, only_answers_are_learned, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, targets_of_questions_are_negative);
    tcase_add_test(tcase, records_are_questions_and_answers);
    tcase_add_test(tcase, unknown_symbols_make_an_answer_wrong);
    tcase_add_test(tcase, a_record_without_the_mark_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
