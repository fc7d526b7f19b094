#include "cli/plot/axis.h"
#include "cli/plot/canvas.h"
#include "cli/plot/chart.h"
#include "suites.h"

#include <stdio.h>
#include <string.h>

/* The numbers of an axis, joined by spaces. */
static void check_ticks(double low, double high, size_t most, const char *expected) {
    struct plot_axis axis = plot_axis_fit(low, high, most);
    char all[256] = "";
    for (size_t i = 0; i < plot_axis_ticks(&axis); i++) {
        char text[CHARNN_AXIS_TEXT];
        (void)plot_axis_tick(&axis, i, text);
        (void)strcat(strcat(all, i > 0 ? " " : ""), text);
    }
    ck_assert_str_eq(all, expected);
}

START_TEST(ticks_are_round_numbers) {
    check_ticks(0, 50, 5, "0 10 20 30 40 50");
    check_ticks(1.47, 4.2, 6, "1.5 2.0 2.5 3.0 3.5 4.0");
    check_ticks(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0");
    check_ticks(1.601, 1.604, 3, "1.601 1.602 1.603 1.604");
    check_ticks(0, 12000, 4, "0 5000 10000");
    check_ticks(2, 2, 2, "1.9 2.0 2.1"); /* widened by a twentieth */
    check_ticks(0, 0, 2, "-1 0 1");
    check_ticks(0, 4, 0, "0");
}
END_TEST

START_TEST(values_have_places) {
    struct plot_axis axis = plot_axis_fit(1, 5, 4);
    ck_assert_double_eq(plot_axis_place(&axis, 1), 0);
    ck_assert_double_eq(plot_axis_place(&axis, 2), 0.25);
    ck_assert_double_eq(plot_axis_place(&axis, 5), 1);
}
END_TEST

/* The rows of a canvas, each as the program writes it. */
static void check_canvas(const struct canvas *canvas, bool colours, const char *expected) {
    char text[512] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    ck_assert_ptr_nonnull(out);
    for (size_t row = 0; row < canvas->rows; row++) {
        canvas_write_row(canvas, row, colours, out);
        (void)fputc('\n', out);
    }
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, expected);
}

START_TEST(lines_are_braille) {
    struct error error = {0};
    struct canvas canvas;
    ck_assert_int_eq(canvas_init(&canvas, 4, 2, &error), CHARNN_OK);
    canvas_draw_line(&canvas, (size_t[]){0, 0}, (size_t[]){7, 7}, 1, false);
    check_canvas(&canvas, false, "⠑⢄  \n  ⠑⢄\n");
    canvas_draw_line(&canvas, (size_t[]){7, 0}, (size_t[]){7, 0}, 0, true);
    check_canvas(&canvas, true, "\033[33m⠑⢄\033[0m \033[36m⠈\033[0m\n  \033[33m⠑⢄\033[0m\n");
    canvas_deinit(&canvas);
}
END_TEST

START_TEST(dotted_lines_have_every_other_dot) {
    struct error error = {0};
    struct canvas canvas;
    ck_assert_int_eq(canvas_init(&canvas, 4, 1, &error), CHARNN_OK);
    canvas_draw_line(&canvas, (size_t[]){7, 3}, (size_t[]){0, 3}, 0, true);
    check_canvas(&canvas, false, "⡀⡀⡀⡀\n");
    canvas_deinit(&canvas);
}
END_TEST

START_TEST(points_that_share_a_column_are_averaged) {
    struct plot_point points[] = {{1, 0, 9}, {2, 0.01, 7}, {3, 1, 4}, {4, 1.99, 1}, {5, 2, 3}};
    struct plot_log log = {.curves = {{.points = points, .count = 5}}};
    struct chart chart;
    chart_init(&chart, &log, 1, false);
    ck_assert_uint_eq(chart.count, 1);
    chart_fit(&chart, 3, 2, 2);
    ck_assert_uint_eq(log.curves[0].count, 3);
    ck_assert_double_eq(points[0].loss, 8);
    ck_assert_double_eq(points[1].loss, 4);
    ck_assert_double_eq(points[2].loss, 2);
    ck_assert_double_eq(chart.y.high, 8);
    ck_assert_double_eq(chart.curves[0].lowest.loss, 1); /* of the log, not of the means */
    ck_assert_double_eq(chart.curves[0].last.loss, 3);
}
END_TEST

START_TEST(letters_share_no_slot) {
    struct plot_point points[3][2] = {
        {{1, 0, 0}, {2, 1, 5}}, {{1, 0, 10}, {2, 1, 5}}, {{1, 0, 5}, {2, 1, 5}}};
    struct plot_log logs[3] = {0};
    struct chart chart;
    int letters[5];
    for (size_t i = 0; i < 3; i++) {
        logs[i].curves[CHARNN_PLOT_VALIDATION] =
            (struct plot_curve){.points = points[i], .count = 2};
    }
    chart_init(&chart, logs, 3, false);
    chart_fit(&chart, 100, 2, 2);
    chart_place_letters(&chart, letters, 5);
    const int expected[5] = {-1, -1, 0, 1, 2};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(letters[i], expected[i]);
    }
    chart_place_letters(&chart, letters, 1);
    ck_assert_int_eq(letters[0], 0);
}
END_TEST

START_TEST(letters_have_the_order_of_the_ends) {
    struct plot_point points[3][2] = {
        {{1, 0, 0}, {2, 1, 0.1}}, {{1, 0, 10}, {2, 1, 0.3}}, {{1, 0, 5}, {2, 1, 0.2}}};
    struct plot_log logs[3] = {0};
    struct chart chart;
    int letters[5];
    for (size_t i = 0; i < 3; i++) {
        logs[i].curves[CHARNN_PLOT_VALIDATION] =
            (struct plot_curve){.points = points[i], .count = 2};
    }
    chart_init(&chart, logs, 3, false);
    chart_fit(&chart, 100, 2, 2);
    chart_place_letters(&chart, letters, 5);
    const int expected[5] = {-1, -1, 1, 2, 0};
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(letters[i], expected[i]);
    }
}
END_TEST

START_TEST(a_long_name_keeps_its_end) {
    struct plot_point points[] = {{1, 0.5, 2}, {2, 1, 3}};
    struct plot_log logs[2] = {
        {.name = json_label("/runs/été/large.jsonl"), .curves = {{.points = points, .count = 2}}}};
    struct chart chart;
    char text[CHARNN_LEGEND_TEXT];
    chart_init(&chart, logs, 2, false);
    chart_legend(&chart, &chart.curves[0], 80, text);
    ck_assert_str_eq(text, "/runs/été/large.jsonl: training 3.0000, lowest 2.0000 at epoch 0.50");
    chart_legend(&chart, &chart.curves[0], 63, text);
    ck_assert_str_eq(text, "...té/large.jsonl: training 3.0000, lowest 2.0000 at epoch 0.50");
    chart_legend(&chart, &chart.curves[0], 10, text);
    ck_assert_str_eq(text, ": training");
}
END_TEST

Suite *plot_suite(void) {
    Suite *suite = suite_create("plot");
    TCase *test = tcase_create("plot");
    tcase_add_test(test, ticks_are_round_numbers);
    tcase_add_test(test, values_have_places);
    tcase_add_test(test, lines_are_braille);
    tcase_add_test(test, dotted_lines_have_every_other_dot);
    tcase_add_test(test, points_that_share_a_column_are_averaged);
    tcase_add_test(test, letters_share_no_slot);
    tcase_add_test(test, letters_have_the_order_of_the_ends);
    tcase_add_test(test, a_long_name_keeps_its_end);
    suite_add_tcase(suite, test);
    return suite;
}
