/* Memorization, compared with a search for every run at every position. */
#include "infer/memorization.h"
#include "infer/record_copies.h"
#include "suites.h"
#include "support/temporary.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CORPUS = 400, TEXT = 120 };

static struct corpus *open_text(const char *text, size_t size, const char *records) {
    char path[TEMPORARY_PATH];
    const char *const paths[] = {path};
    struct error error = {0};
    struct corpus *corpus;
    temporary_file(path, text, size);
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8, .records = records};
    enum status status = corpus_open(paths, 1, &format, &corpus, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    ck_assert_int_eq(unlink(path), 0);
    return corpus;
}

static struct memorization_report find(const struct corpus *corpus, const uint32_t *codes,
                                       size_t count, size_t run) {
    struct error error = {0};
    struct memorization_report report;
    enum status status = memorization_find(corpus, codes, count, run, &report, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return report;
}

/* The longest run that begins at codes[0]. */
static size_t naive_run(const char *corpus, size_t size, const uint32_t *codes, size_t count) {
    size_t longest = 0;
    for (size_t at = 0; at < size; at++) {
        size_t length = 0;
        while (length < count && at + length < size &&
               codes[length] == (unsigned char)corpus[at + length]) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* With `records` each line of the corpus is one, and none is empty; no code is '\n'. */
static void check(const char *corpus_text, size_t size, bool records, const uint32_t *codes,
                  size_t count, size_t run) {
    struct corpus *corpus = open_text(corpus_text, size, records ? "line" : NULL);
    struct memorization_report report = find(corpus, codes, count, run);
    size_t longest = 0;
    size_t copied = 0;
    size_t end = 0; /* of the long runs so far */
    size_t characters = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = naive_run(corpus_text, size, codes + i, count - i);
        longest = length > longest ? length : longest;
        end = length > run && i + length > end ? i + length : end;
        copied += i < end;
        characters += codes[i] != CHARNN_SYMBOL_END;
    }
    ck_assert_uint_eq(report.characters, characters);
    ck_assert_uint_eq(report.longest, longest);
    ck_assert_uint_eq(report.copied, copied);
    for (size_t i = 0; i < longest; i++) { /* the run is at both positions */
        ck_assert_uint_eq(codes[report.text_begin + i],
                          (unsigned char)corpus_text[report.corpus_begin - records + i]);
    }
    corpus_close(corpus);
}

/* Over alphabets of one to five letters; the corpus lacks the fifth. */
START_TEST(agrees_with_a_naive_search) {
    uint32_t state = (uint32_t)_i;
    for (uint32_t letters = 1; letters <= 5; letters++) {
        char corpus[CORPUS];
        uint32_t codes[TEXT];
        for (size_t i = 0; i < CORPUS; i++) {
            state = state * 1664525 + 1013904223;
            corpus[i] = (char)('a' + (state >> 16) % (letters < 5 ? letters : 4));
        }
        for (size_t i = 0; i < TEXT; i++) {
            state = state * 1664525 + 1013904223;
            codes[i] = (state >> 8) % 29 == 0 ? CHARNN_SYMBOL_END : 'a' + (state >> 16) % letters;
        }
        for (size_t i = 20; i < 50; i++) { /* a long run */
            codes[i] = (unsigned char)corpus[100 + i];
        }
        static const size_t runs[] = {0, 1, 4, 29, 1000};
        for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) {
            check(corpus, CORPUS, false, codes, TEXT, runs[r]);
            check(corpus, 3, false, codes, TEXT - (size_t)_i, runs[r]);
        }
        for (size_t i = 7; i < CORPUS - 1; i += 6 + letters + (size_t)_i) {
            corpus[i] = '\n';
            corpus[i + 1] = 'a';
        }
        for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) {
            check(corpus, CORPUS, true, codes, TEXT, runs[r]);
        }
    }
}
END_TEST

START_TEST(other_characters_and_empty_texts) {
    static const uint32_t codes[] = {0x20AC, 'x', 0x20AC, 0xE9, 'y', CHARNN_RAW_BYTE + 0xFF};
    static const char text[] = "ab\342\202\254\303\251y\377 x\342\202\254";
    struct corpus *corpus = open_text(text, sizeof text - 1, NULL);
    struct memorization_report report = find(corpus, codes, 6, 2);
    ck_assert_uint_eq(report.longest, 4);
    ck_assert_uint_eq(report.text_begin, 2);
    ck_assert_uint_eq(report.corpus_begin, 2);
    ck_assert_uint_eq(report.copied, 4);
    ck_assert_uint_eq(report.characters, 6);
    static const uint32_t foreign[] = {'Q', CHARNN_SYMBOL_END, 'Z'};
    report = find(corpus, foreign, 3, 0);
    ck_assert_uint_eq(report.longest, 0);
    ck_assert_uint_eq(report.copied, 0);
    ck_assert_uint_eq(report.characters, 2);
    report = find(corpus, foreign + 1, 1, 0);
    ck_assert_uint_eq(report.characters, 0);
    report = find(corpus, foreign, 0, 0);
    ck_assert_uint_eq(report.characters, 0);
    corpus_close(corpus);
}
END_TEST

/* The end symbol is in no run, although text and corpus have it. */
START_TEST(runs_do_not_cross_records) {
    static const uint32_t codes[] = {
        CHARNN_SYMBOL_END, 'b', 'c', 'd', CHARNN_SYMBOL_END, 'e', 'f', 'x', 'g', 'h', 'i',
        CHARNN_SYMBOL_END};
    static const char text[] = "abcd\nef\nghi";
    struct corpus *corpus = open_text(text, sizeof text - 1, "line");
    struct memorization_report report = find(corpus, codes, 12, 2);
    ck_assert_uint_eq(report.longest, 3);
    ck_assert_uint_eq(report.text_begin, 1);
    ck_assert_uint_eq(report.corpus_begin, 2);
    ck_assert_uint_eq(report.copied, 6);
    ck_assert_uint_eq(report.characters, 9);
    corpus_close(corpus);
}
END_TEST

START_TEST(records_are_copied_as_a_whole) {
    enum { END = CHARNN_SYMBOL_END };
    static const uint32_t codes[] = {END, 'e', 'f', END,    'b', 'c', 'd', END, END, 'e',    'f',
                                     END, 'g', 'h', 0x20AC, END, 'e', 'f', 'x', END, 0x20AC, 'g'};
    static const char text[] = "abcd\nef\ngh\342\202\254\nef\ng";
    struct corpus *corpus = open_text(text, sizeof text - 1, "line");
    struct error error = {0};
    struct record_copies copies;
    ck_assert_int_eq(record_copies_count(corpus, codes, 22, &copies, &error), CHARNN_OK);
    ck_assert_uint_eq(copies.texts, 6);
    ck_assert_uint_eq(copies.copied, 3); /* "ef" twice, and "gh\u20AC" */
    ck_assert_int_eq(record_copies_count(corpus, codes, 1, &copies, &error), CHARNN_OK);
    ck_assert_uint_eq(copies.texts, 0);
    ck_assert_uint_eq(copies.copied, 0);
    corpus_close(corpus);
}
END_TEST

Suite *memorization_suite(void) {
    Suite *suite = suite_create("memorization");
    TCase *memorization = tcase_create("memorization");
    tcase_add_loop_test(memorization, agrees_with_a_naive_search, 0, 12);
    tcase_add_test(memorization, runs_do_not_cross_records);
    tcase_add_test(memorization, records_are_copied_as_a_whole);
    tcase_add_test(memorization, other_characters_and_empty_texts);
    suite_add_tcase(suite, memorization);
    return suite;
}
