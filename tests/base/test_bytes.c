#include "base/bytes.h"
#include "suites.h"

#include <stdint.h>

static void check_bytes(size_t bytes, const char *expected) {
    char text[CHARNN_BYTES_TEXT];
    ck_assert_ptr_eq(format_bytes(bytes, text), text);
    ck_assert_str_eq(text, expected);
}

START_TEST(bytes_have_units) {
    check_bytes(0, "0 bytes");
    check_bytes(812, "812 bytes");
    check_bytes(999, "999 bytes");
    check_bytes(1000, "1.0 kB");
    check_bytes(1049, "1.0 kB");
    check_bytes(1051, "1.1 kB");
    check_bytes(9940, "9.9 kB");
    check_bytes(9960, "10 kB");
    check_bytes(10000, "10 kB");
    check_bytes(999499, "999 kB");
    check_bytes(999500, "1.0 MB");
    check_bytes(4600000, "4.6 MB");
    check_bytes(123456789, "123 MB");
    check_bytes(1234567890, "1.2 GB");
    check_bytes(5000000000000, "5.0 TB");
    check_bytes(7000000000000000, "7.0 PB");
    check_bytes(SIZE_MAX - 1, "18 EB");
    check_bytes(SIZE_MAX, "more than 18 EB");
}
END_TEST

Suite *bytes_suite(void) {
    Suite *suite = suite_create("bytes");
    TCase *all = tcase_create("all");
    tcase_add_test(all, bytes_have_units);
    suite_add_tcase(suite, all);
    return suite;
}
