#include "cli/terminal/format.h"
#include "suites.h"

#include <math.h>
#include <stdint.h>

/* The functions return `text`, which must be `expected`. */
static void check(const char *got, const char *text, const char *expected) {
    ck_assert_ptr_eq(got, text);
    ck_assert_str_eq(text, expected);
}

static void check_count(size_t count, const char *expected) {
    char text[CHARNN_FORMAT_SIZE];
    check(format_count(count, text), text, expected);
}

START_TEST(counts_are_grouped) {
    check_count(0, "0");
    check_count(7, "7");
    check_count(42, "42");
    check_count(999, "999");
    check_count(1000, "1,000");
    check_count(12345, "12,345");
    check_count(999999, "999,999");
    check_count(1115394, "1,115,394");
    check_count(1000000000, "1,000,000,000");
    check_count(SIZE_MAX, "18,446,744,073,709,551,615");
}
END_TEST

static void check_duration(double seconds, const char *expected) {
    char text[CHARNN_FORMAT_SIZE];
    check(format_duration(seconds, text), text, expected);
}

START_TEST(durations_are_read_as_a_clock) {
    check_duration(0, "0 s");
    check_duration(0.4, "0 s");
    check_duration(0.6, "1 s");
    check_duration(9, "9 s");
    check_duration(59.4, "59 s");
    check_duration(59.6, "1:00");
    check_duration(60, "1:00");
    check_duration(245, "4:05");
    check_duration(3599.4, "59:59");
    check_duration(3599.6, "1:00:00");
    check_duration(12000, "3:20:00");
    check_duration(86399, "23:59:59");
    check_duration(86400, "1 day 0:00:00");
    check_duration(2 * 86400 + 12000, "2 days 3:20:00");
    check_duration(100.0 * 86400 + 1, "100 days 0:00:01");
}
END_TEST

START_TEST(odd_durations_fit) {
    check_duration(-1, "0 s");
    check_duration(-INFINITY, "0 s");
    check_duration(1e15, "11574074074 days 1:46:40");
    check_duration(1e300, "11574074074 days 1:46:40");
    check_duration(INFINITY, "11574074074 days 1:46:40");
    check_duration(NAN, "11574074074 days 1:46:40");
}
END_TEST

static void check_percent(double share, const char *expected) {
    char text[CHARNN_FORMAT_SIZE];
    check(format_percent(share, text), text, expected);
}

START_TEST(small_shares_are_not_zero) {
    check_percent(0, "0.0%");
    check_percent(1e-300, "<0.1%");
    check_percent(1.0 / 7760, "<0.1%");
    check_percent(0.000499, "<0.1%");
    check_percent(0.000501, "0.1%");
    check_percent(0.1234, "12.3%");
    check_percent(0.9994, "99.9%");
    check_percent(0.9996, ">99.9%");
    check_percent(1, "100.0%");
}
END_TEST

START_TEST(bits_are_nats_over_ln_2) {
    ck_assert_double_eq(format_bits(0), 0);
    ck_assert_double_eq_tol(format_bits(0.693147180559945309), 1, 1e-15);
    ck_assert_double_eq_tol(format_bits(1.465), 2.113548, 1e-6);
    ck_assert_double_nan(format_bits(NAN));
}
END_TEST

Suite *format_suite(void) {
    Suite *suite = suite_create("format");
    TCase *test = tcase_create("format");
    tcase_add_test(test, counts_are_grouped);
    tcase_add_test(test, durations_are_read_as_a_clock);
    tcase_add_test(test, odd_durations_fit);
    tcase_add_test(test, small_shares_are_not_zero);
    tcase_add_test(test, bits_are_nats_over_ln_2);
    suite_add_tcase(suite, test);
    return suite;
}
