/* Reports of out-of-vocabulary characters. */
#include "suites.h"
#include "support/temporary.h"
#include "text/oov.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint32_t codes[3] = {'a', 'b', CHARNN_SYMBOL_UNKNOWN};

/* The report on a part of the text for a vocabulary of the first `known` codes. */
static struct oov_report report_on(const char *text, struct split part, size_t known) {
    char path[TEMPORARY_PATH];
    const char *name = path;
    struct error error = {0};
    struct corpus *corpus;
    struct vocab *vocab;
    struct oov_report report;
    temporary_file(path, text, strlen(text));
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
    ck_assert_int_eq(corpus_open(&name, 1, &format, &corpus, &error), CHARNN_OK);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, known, &vocab, &error), CHARNN_OK);
    ck_assert_int_eq(oov_report_make(corpus, part, vocab, &report, &error), CHARNN_OK);
    vocab_destroy(vocab);
    corpus_close(corpus);
    return report;
}

START_TEST(known_text_has_none) {
    struct oov_report report = report_on("abba", (struct split){0, 4}, 2);
    ck_assert_uint_eq(report.count, 0);
    ck_assert_str_eq(report.named, "");
}
END_TEST

/* With and without an unknown symbol. */
START_TEST(different_characters_are_named_once) {
    struct oov_report report = report_on("aQb\377QQ\303\251", (struct split){0, 7}, 2 + (size_t)_i);
    ck_assert_uint_eq(report.count, 5);
    ck_assert_str_eq(report.named, "'Q' (U+0051) at position 2, byte 0xFF at position 4, "
                                   "'\303\251' (U+00E9) at position 7");
}
END_TEST

START_TEST(positions_are_relative_to_the_part) {
    struct oov_report report = report_on("Qab\303\251aQ", (struct split){1, 5}, 2);
    ck_assert_uint_eq(report.count, 1);
    ck_assert_str_eq(report.named, "'\303\251' (U+00E9) at position 3");
}
END_TEST

START_TEST(many_are_counted) {
    char text[10001];
    for (size_t i = 0; i < 10000; i++) {
        text[i] = (char)('a' + i % 8); /* 2 of 8 are known */
    }
    text[10000] = '\0';
    struct oov_report report = report_on(text, (struct split){0, 10000}, 3);
    ck_assert_uint_eq(report.count, 7500);
    ck_assert_str_eq(report.named, "'c' (U+0063) at position 3, 'd' (U+0064) at position 4, "
                                   "'e' (U+0065) at position 5, 'f' (U+0066) at position 6, "
                                   "'g' (U+0067) at position 7 and others");
}
END_TEST

START_TEST(a_changed_text_is_an_error) {
    static const char *const changes[] = {"cab", "a\303\251\303\251"};
    char path[TEMPORARY_PATH];
    const char *name = path;
    struct error error = {0};
    struct corpus *corpus;
    struct vocab *vocab;
    struct oov_report report;
    const struct corpus_format format = {.encoding = CHARNN_ENCODING_UTF8};
    temporary_file(path, _i == 0 ? "Qabab" : "aQ\303\251a", 5);
    ck_assert_int_eq(corpus_open(&name, 1, &format, &corpus, &error), CHARNN_OK);
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(changes[_i], file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 2, &vocab, &error), CHARNN_OK);
    const struct split all = {0, corpus_length(corpus)};
    ck_assert_int_eq(oov_report_make(corpus, all, vocab, &report, &error), CHARNN_ERROR_DATA);
    ck_assert_str_eq(error.message, "another program changed the text while it was read; run the "
                                    "command again");
    vocab_destroy(vocab);
    corpus_close(corpus);
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

Suite *oov_suite(void) {
    Suite *suite = suite_create("oov");
    TCase *test = tcase_create("oov");
    tcase_add_test(test, known_text_has_none);
    tcase_add_loop_test(test, different_characters_are_named_once, 0, 2);
    tcase_add_test(test, positions_are_relative_to_the_part);
    tcase_add_test(test, many_are_counted);
    tcase_add_loop_test(test, a_changed_text_is_an_error, 0, 2);
    suite_add_tcase(suite, test);
    return suite;
}
