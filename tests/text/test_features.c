/* Features of texts, compared with marks below them that a person has set. */
#include "suites.h"
#include "text/features.h"
#include "text/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 600 };

static unsigned char rows[LONGEST][CHARNN_FEATURE_ROW];

static size_t find(const char *text) {
    uint32_t codes[LONGEST];
    size_t size = strlen(text);
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        ck_assert_uint_lt(count, LONGEST);
        at += symbol_decode(CHARNN_ENCODING_UTF8, (const unsigned char *)text + at, size - at,
                            &codes[count]);
        if (codes[count] == '\f') { /* stands for the end of a record */
            codes[count] = CHARNN_SYMBOL_END;
        }
    }
    features_find(codes, count, rows[0]);
    return count;
}

struct marked {
    enum feature_index feature;
    const char *text;
    const char *marks; /* '.' for 0, else a digit */
};

static const struct marked cases[] = {
    {CHARNN_FEATURE_LINE_POSITION, "ab\ncd\n\ne", "12.12..1"},
    {CHARNN_FEATURE_LINE_END, "ab\n\nc\f", "..11.1"},
    {CHARNN_FEATURE_INDENTATION, "  a b\n\tc", "11....1."},
    {CHARNN_FEATURE_INDENTATION_WIDTH, "  a b\nc\n d", "122222..11"},
    {CHARNN_FEATURE_PARAGRAPH_POSITION, "a\nb\n\nc\nd", ".112..11"},
    {CHARNN_FEATURE_QUOTES, "a \"b c\" d", "..1111..."},
    {CHARNN_FEATURE_QUOTES, "'\"' \"\\\"x\" y", "....1111..."},
    {CHARNN_FEATURE_QUOTES, "a \"b\n\nc", "..111.."},
    {CHARNN_FEATURE_QUOTES, "\u201Ca\u201D b", "11..."},
    {CHARNN_FEATURE_PARENTHESES, "f(a(b)c)d)(", ".111111...1"},
    {CHARNN_FEATURE_SQUARE_BRACKETS, "a[1]b", ".11.."},
    {CHARNN_FEATURE_BRACES, "a{b;}c", ".111.."},
    {CHARNN_FEATURE_DEPTH, "{a[(b)]}", "1123321."},
    {CHARNN_FEATURE_DEPTH, "('('[\")\"", "11112222"},
    {CHARNN_FEATURE_COMMENT, "a /* b */ c // d\ne", "...11111.....111.."},
    {CHARNN_FEATURE_COMMENT, "\"/*\" http://a", "............."},
    {CHARNN_FEATURE_CONDITION, "if (a(b)) c(d)", "...11111......"},
    {CHARNN_FEATURE_CONDITION, "if(a) elif (b) x_if (c)", "..11..................."},
    {CHARNN_FEATURE_CONDITION, "if a (b)", "........"},
    {CHARNN_FEATURE_DIRECTIVE, " #if a\nb # c", ".11111......"},
    {CHARNN_FEATURE_NUMBER, "a12b.3", ".11..1"},
    {CHARNN_FEATURE_CAPITAL, "aBCd", ".11."},
    {CHARNN_FEATURE_VOWEL, "hEllo!", ".1..1."},
    {CHARNN_FEATURE_BLANK, "a b\tc\n", ".1.1.."},
    {CHARNN_FEATURE_PUNCTUATION, "a, b.\n1-_", ".1..1..11"},
    {CHARNN_FEATURE_WORD_POSITION, "ab cde4f \u00E9t", "12.123.1.12"},
    {CHARNN_FEATURE_SENTENCE_END, "A b.\" C?", "...111.1"},
    {CHARNN_FEATURE_SENTENCE_POSITION, "ab. c", "12..1"},
    {CHARNN_FEATURE_SPEAKER, "First Lord:\nO: no\nROMEO:", "11111111111............."},
    {CHARNN_FEATURE_SPEAKER, "A B:\nc:\nD'E:\n", "1111....1111."},
    {CHARNN_FEATURE_RECORD_POSITION, "\fab\fc", ".12.1"},
    {CHARNN_FEATURE_QUOTES, "\"a\fb", "11.."},
};

START_TEST(features_are_those_that_a_person_sees) {
    const struct marked *c = &cases[_i];
    size_t count = find(c->text);
    ck_assert_uint_eq(count, strlen(c->marks));
    for (size_t i = 0; i < count; i++) {
        unsigned char value = rows[i][c->feature];
        char mark = c->marks[i];
        ck_assert_msg(value == (mark == '.' ? 0 : mark - '0'), "%s of \"%s\": %d at %zu, not %c",
                      features[c->feature].label, c->text, value, i, mark);
    }
}
END_TEST

START_TEST(counts_end_at_the_most) {
    char text[LONGEST];
    memset(text, 'a', 400);
    text[400] = '\0';
    ck_assert_uint_eq(find(text), 400);
    ck_assert_uint_eq(rows[253][CHARNN_FEATURE_LINE_POSITION], 254);
    ck_assert_uint_eq(rows[399][CHARNN_FEATURE_LINE_POSITION], CHARNN_FEATURE_MOST);
    ck_assert_uint_eq(rows[399][CHARNN_FEATURE_RECORD_POSITION], CHARNN_FEATURE_MOST);
}
END_TEST

/* The rest of a row is zero, and bytes and special symbols are no letters. */
START_TEST(any_code_is_accepted) {
    const uint32_t codes[] = {0, CHARNN_RAW_BYTE + 0xFF, CHARNN_SYMBOL_UNKNOWN, 0x10FFFF, '\r'};
    enum { COUNT = sizeof codes / sizeof codes[0] };
    memset(rows, 7, sizeof rows);
    features_find(codes, COUNT, rows[0]);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(rows[i][CHARNN_FEATURE_LINE_POSITION], i + 1);
        ck_assert_uint_eq(rows[i][CHARNN_FEATURE_WORD_POSITION], i == 3);
        for (size_t f = CHARNN_FEATURE_COUNT; f < CHARNN_FEATURE_ROW; f++) {
            ck_assert_uint_eq(rows[i][f], 0);
        }
    }
    ck_assert_uint_eq(rows[COUNT][0], 7);
}
END_TEST

Suite *features_suite(void) {
    Suite *suite = suite_create("features");
    TCase *tcase = tcase_create("features");
    tcase_add_loop_test(tcase, features_are_those_that_a_person_sees, 0,
                        (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tcase, counts_end_at_the_most);
    tcase_add_test(tcase, any_code_is_accepted);
    suite_add_tcase(suite, tcase);
    return suite;
}
