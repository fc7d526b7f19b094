/* Texts in fixed buffers, and what is written to them: words of a shell, numbers; and UTF-8. */
#include "base/number.h"
#include "base/shell.h"
#include "base/text.h"
#include "base/utf8.h"
#include "suites.h"

START_TEST(a_text_is_cut_at_its_buffer_and_counted_beyond) {
    char bytes[6];
    struct text text = text_start(bytes, sizeof bytes);
    ck_assert_str_eq(bytes, "");
    text_add(&text, "%d", 123);
    text_add(&text, "%s", "abc");
    text_add(&text, "d");
    ck_assert_str_eq(bytes, "123ab");
    ck_assert_uint_eq(text.used, 7);
    text = text_start(NULL, 0);
    text_add(&text, "%s", "abc");
    ck_assert_uint_eq(text.used, 3);
}
END_TEST

START_TEST(words_of_the_shell_are_quoted_if_necessary) {
    static const struct {
        const char *string, *word;
    } cases[] = {
        {"", "''"},
        {"line", "line"},
        {"a b;", "'a b;'"},
        {"it's", "'it'\\''s'"},
        {"\n%\n", "$'\\n%\\n'"},
        {"it's\t\x1B\\", "$'it\\'s\\t\\x1b\\\\'"},
        {"\xC3\xA9", "'\xC3\xA9'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char word[64];
        struct text text = text_start(word, sizeof word);
        shell_add_word(&text, cases[i].string);
        ck_assert_str_eq(word, cases[i].word);
    }
    char cut[4];
    struct text text = text_start(cut, sizeof cut);
    shell_add_word(&text, "abcdef");
    ck_assert_str_eq(cut, "abc");
}
END_TEST

START_TEST(escapes_stand_for_control_characters_and_backslashes) {
    char word[64];
    struct text text = text_start(word, sizeof word);
    shell_add_escaped_word(&text, "\n%\r\t\x7F\x01\\it's");
    ck_assert_str_eq(word, "'\\n%\\r\\t\\x7f\\x01\\\\it'\\''s'");
    text = text_start(word, sizeof word);
    shell_add_escaped_word(&text, "line");
    ck_assert_str_eq(word, "line");
}
END_TEST

START_TEST(numbers_have_the_fewest_digits_that_read_back) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e20, "1e+20"},
        {1 / 3.0, "0.3333333333333333"},
        {1e15, "1000000000000000"},
        {-1234567890123450, "-1234567890123450"},
        {0x1p53 - 1, "9007199254740991"},
        {0x1p53, "9007199254740992"},
        {1e16, "1e+16"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CHARNN_NUMBER_SIZE];
        number_format(cases[i].value, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

START_TEST(utf8_is_told_from_other_bytes) {
    ck_assert(utf8_is_valid(""));
    ck_assert(utf8_is_valid("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    ck_assert(!utf8_is_valid("caf\xE9"));
    ck_assert(!utf8_is_valid("\xF5\x80\x80\x80"));
    ck_assert(!utf8_is_valid("\xE2\x82"));
}
END_TEST

START_TEST(a_cut_off_sequence_is_trimmed) {
    ck_assert_uint_eq(utf8_trim("", 0), 0);
    ck_assert_uint_eq(utf8_trim("ab", 1), 1);
    ck_assert_uint_eq(utf8_trim("a\xE2\x82\xAC", 4), 4);
    ck_assert_uint_eq(utf8_trim("a\xE2\x82\xAC", 3), 1);
    ck_assert_uint_eq(utf8_trim("a\xE2\x82\xAC", 2), 1);
    ck_assert_uint_eq(utf8_trim("\x80\x80", 2), 2);
}
END_TEST

Suite *text_suite(void) {
    Suite *suite = suite_create("text");
    TCase *test = tcase_create("text");
    tcase_add_test(test, a_text_is_cut_at_its_buffer_and_counted_beyond);
    tcase_add_test(test, words_of_the_shell_are_quoted_if_necessary);
    tcase_add_test(test, escapes_stand_for_control_characters_and_backslashes);
    tcase_add_test(test, numbers_have_the_fewest_digits_that_read_back);
    tcase_add_test(test, utf8_is_told_from_other_bytes);
    tcase_add_test(test, a_cut_off_sequence_is_trimmed);
    suite_add_tcase(suite, test);
    return suite;
}
