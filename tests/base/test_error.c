#include "base/error.h"
#include "suites.h"

#include <errno.h>
#include <string.h>

START_TEST(set_formats_and_returns_the_status) {
    struct error error = {0};
    ck_assert_int_eq(error.status, CHARNN_OK);
    ck_assert_int_eq(error_set(&error, CHARNN_ERROR_DATA, "%s has %d lines", "a.txt", 3),
                     CHARNN_ERROR_DATA);
    ck_assert_int_eq(error.status, CHARNN_ERROR_DATA);
    ck_assert_str_eq(error.message, "a.txt has 3 lines");
}
END_TEST

START_TEST(a_later_error_replaces_an_earlier_one) {
    struct error error = {0};
    error_set(&error, CHARNN_ERROR_DATA, "a rather long first message");
    error_set(&error, CHARNN_ERROR_USAGE, "second");
    ck_assert_int_eq(error.status, CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message, "second");
}
END_TEST

START_TEST(set_errno_appends_the_reason) {
    struct error error = {0};
    ck_assert_int_eq(error_set_errno(&error, CHARNN_ERROR_IO, ENOENT, "cannot open %s", "x"),
                     CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot open x: No such file or directory");
}
END_TEST

static enum status set_about(struct error *error, const char *about, const char *format, ...)
    CHARNN_PRINTF(3, 4);

static enum status set_about(struct error *error, const char *about, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum status status = error_vset_about(error, CHARNN_ERROR_FORMAT, about, format, arguments);
    va_end(arguments);
    return status;
}

START_TEST(set_about_begins_with_the_subject) {
    struct error error = {0};
    ck_assert_int_eq(set_about(&error, "100%s.txt", "tensor %d is missing", 3),
                     CHARNN_ERROR_FORMAT);
    ck_assert_int_eq(error.status, CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "100%s.txt: tensor 3 is missing");
}
END_TEST

START_TEST(a_long_message_is_cut_at_its_last_byte) {
    char text[2 * CHARNN_ERROR_LENGTH];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    struct error error = {0};
    error_set(&error, CHARNN_ERROR_DATA, "%s", text);
    ck_assert_uint_eq(strlen(error.message), CHARNN_ERROR_LENGTH - 1);
    error_set_errno(&error, CHARNN_ERROR_DATA, ENOENT, "%s", text);
    ck_assert_uint_eq(strlen(error.message), CHARNN_ERROR_LENGTH - 1);
}
END_TEST

/* One or two bytes of U+20AC, E2 82 AC, fit. */
START_TEST(a_long_message_is_cut_at_a_whole_character) {
    for (size_t fitting = 1; fitting <= 2; fitting++) {
        char text[2 * CHARNN_ERROR_LENGTH];
        memset(text, 'a', sizeof text);
        size_t start = CHARNN_ERROR_LENGTH - 1 - fitting;
        memcpy(text + start, "\xE2\x82\xAC", 3);
        text[sizeof text - 1] = '\0';
        struct error error = {0};
        error_set(&error, CHARNN_ERROR_DATA, "%s", text);
        ck_assert_uint_eq(strlen(error.message), start);
        ck_assert_mem_eq(error.message, text, start);
    }
}
END_TEST

START_TEST(statuses_have_exit_codes) {
    ck_assert_int_eq(status_exit_code(CHARNN_OK), 0);
    ck_assert_int_eq(status_exit_code(CHARNN_ERROR_MEMORY), 1);
    ck_assert_int_eq(status_exit_code(CHARNN_ERROR_IO), 1);
    ck_assert_int_eq(status_exit_code(CHARNN_ERROR_FORMAT), 1);
    ck_assert_int_eq(status_exit_code(CHARNN_ERROR_DATA), 1);
    ck_assert_int_eq(status_exit_code(CHARNN_ERROR_USAGE), 2);
}
END_TEST

Suite *error_suite(void) {
    Suite *suite = suite_create("error");
    TCase *test = tcase_create("error");
    tcase_add_test(test, set_formats_and_returns_the_status);
    tcase_add_test(test, a_later_error_replaces_an_earlier_one);
    tcase_add_test(test, set_errno_appends_the_reason);
    tcase_add_test(test, set_about_begins_with_the_subject);
    tcase_add_test(test, a_long_message_is_cut_at_its_last_byte);
    tcase_add_test(test, a_long_message_is_cut_at_a_whole_character);
    tcase_add_test(test, statuses_have_exit_codes);
    suite_add_tcase(suite, test);
    return suite;
}
