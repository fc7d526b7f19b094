#include "cli/train/log/gauges.h"
#include "suites.h"

static void check_bar(double done, const char *expected) {
    char text[CHARNN_GAUGE_TEXT];
    gauge_bar(done, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(a_bar_shows_tenths) {
    check_bar(0, "░░░░░░░░░░");
    check_bar(0.04, "░░░░░░░░░░");
    check_bar(0.05, "█░░░░░░░░░");
    check_bar(0.4, "████░░░░░░");
    check_bar(1, "██████████");
}
END_TEST

static void check_sparks(const double *values, size_t count, const char *expected) {
    struct sparks sparks = {0};
    char text[CHARNN_GAUGE_TEXT];
    for (size_t i = 0; i < count; i++) {
        sparks_add(&sparks, values[i]);
    }
    sparks_draw(&sparks, text);
    ck_assert_str_eq(text, expected);
}

START_TEST(sparks_show_losses) {
    check_sparks((double[]){3}, 1, "");
    check_sparks((double[]){3, 3}, 2, "▁▁");
    check_sparks((double[]){8, 7, 6, 5, 4, 3, 2, 1}, 8, "█▇▆▅▄▃▂▁");
}
END_TEST

/* 16 values become 8 means, and the next one waits for its neighbour. */
START_TEST(sparks_show_the_whole_run) {
    double values[18];
    for (size_t i = 0; i < 18; i++) {
        size_t pair = i / 2;
        values[i] = (double)pair;
    }
    check_sparks(values, 15, "▁▁▂▂▃▃▄▄▅▅▆▆▇▇█");
    check_sparks(values, 16, "▁▂▃▄▅▆▇█");
    check_sparks(values, 17, "▁▂▃▄▅▆▇█");
    check_sparks(values, 18, "▁▂▃▄▅▅▆▇█");
}
END_TEST

Suite *gauges_suite(void) {
    Suite *suite = suite_create("gauges");
    TCase *test = tcase_create("gauges");
    tcase_add_test(test, a_bar_shows_tenths);
    tcase_add_test(test, sparks_show_losses);
    tcase_add_test(test, sparks_show_the_whole_run);
    suite_add_tcase(suite, test);
    return suite;
}
