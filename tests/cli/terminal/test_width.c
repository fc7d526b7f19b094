/* Columns of characters on a terminal. */
#include "cli/terminal/width.h"
#include "suites.h"
#include "text/symbols.h"

#include <string.h>

static void check_columns(const uint32_t *codes, size_t count, int columns) {
    for (size_t i = 0; i < count; i++) {
        ck_assert_msg(symbol_columns(codes[i]) == columns, "U+%04X has %d columns, not %d",
                      (unsigned)codes[i], symbol_columns(codes[i]), columns);
    }
}

/* With the first and the last character of some ranges, and their neighbours. */
START_TEST(characters_have_the_columns_of_terminals) {
    static const uint32_t narrow[] = {0,      0x09,    0x20,    0x61,   0x7E,    0x7F,    0xAD,
                                      0xE9,   0x2FF,   0x370,   0x605,  0x6DD,   0x10FF,  0x2319,
                                      0x231C, 0x27FF,  0x303F,  0xA4D0, 0xE0A4,  0xFF61,  0xFFDF,
                                      0xFFFD, 0x1F003, 0x1F005, 0xE000, 0xF0000, 0x10FFFF};
    static const uint32_t wide[] = {0x1100, 0x115F,  0x231A,  0x231B,  0x3000, 0x3041,
                                    0x65E5, 0x9FFF,  0xAC00,  0xD7A3,  0xFF01, 0xFF60,
                                    0xFFE6, 0x1F004, 0x1F600, 0x20000, 0x3FFFD};
    static const uint32_t joined[] = {0x300,  0x301,  0x36F,  0x483,   0x489,  0x5BF,  0x610,
                                      0x93C,  0x1160, 0x11FF, 0x200B,  0x200D, 0x20E3, 0x302A,
                                      0x3099, 0xFE0F, 0xFEFF, 0xE0101, 0xE01EF};
    static const uint32_t replaced[] = {CHARNN_SYMBOL_UNKNOWN, CHARNN_RAW_BYTE + 0x80,
                                        CHARNN_RAW_BYTE + 0xFF};
    check_columns(replaced, sizeof replaced / sizeof replaced[0], 1);
    check_columns(narrow, sizeof narrow / sizeof narrow[0], 1);
    check_columns(wide, sizeof wide / sizeof wide[0], 2);
    check_columns(joined, sizeof joined / sizeof joined[0], 0);
}
END_TEST

START_TEST(letters_of_most_alphabets_take_one) {
    for (uint32_t code = 'a'; code < 0x300; code++) {
        check_columns(&code, 1, 1);
    }
    for (uint32_t code = 0x410; code < 0x450; code++) {
        check_columns(&code, 1, 1);
    }
}
END_TEST

START_TEST(columns_of_a_text_add_up) {
    static const char text[] = "a\xC3\xA9\xE6\x97\xA5"
                               "e\xCC\x81\xFF\n";
    ck_assert_uint_eq(text_columns(text, strlen(text)), 1 + 1 + 2 + 1 + 0 + 1 + 1);
    ck_assert_uint_eq(text_columns(text, 0), 0);
}
END_TEST

Suite *width_suite(void) {
    Suite *suite = suite_create("width");
    TCase *test = tcase_create("width");
    tcase_add_test(test, characters_have_the_columns_of_terminals);
    tcase_add_test(test, letters_of_most_alphabets_take_one);
    tcase_add_test(test, columns_of_a_text_add_up);
    suite_add_tcase(suite, test);
    return suite;
}
