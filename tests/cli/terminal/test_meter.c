#include "cli/terminal/meter.h"
#include "suites.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A pseudo-terminal: `reader` reads what is written to `stream`. */
struct screen {
    int reader;
    FILE *stream;
};

/* False if the system has no pseudo-terminal. */
static bool screen_open(struct screen *screen) {
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    ck_assert_int_eq(setenv("COLUMNS", "200", 1), 0);
    screen->reader = posix_openpt(O_RDWR | O_NOCTTY);
    if (screen->reader < 0) {
        return false;
    }
    ck_assert_int_eq(grantpt(screen->reader), 0);
    ck_assert_int_eq(unlockpt(screen->reader), 0);
    int writer = open(ptsname(screen->reader), O_WRONLY | O_NOCTTY);
    ck_assert_int_ge(writer, 0);
    screen->stream = fdopen(writer, "w");
    ck_assert_ptr_nonnull(screen->stream);
    return true;
}

static void screen_close(struct screen *screen) {
    ck_assert_int_eq(fclose(screen->stream), 0);
    ck_assert_int_eq(close(screen->reader), 0);
    ck_assert_int_eq(unsetenv("COLUMNS"), 0);
}

/* Fails unless `expected` has been written since the last call. */
static void expect_written(const struct screen *screen, const char *expected) {
    char text[256];
    ssize_t size = read(screen->reader, text, sizeof text - 1);
    ck_assert_int_gt(size, 0);
    text[size] = '\0';
    ck_assert_str_eq(text, expected);
}

/* A meter that began so long ago that the duration of this test does not matter. */
static struct meter begin(FILE *stream) {
    struct meter meter;
    meter_begin(&meter, stream);
    meter.started_at -= 1e6;
    return meter;
}

START_TEST(shows_progress) {
    struct screen screen;
    if (!screen_open(&screen)) {
        return;
    }
    struct meter meter = begin(screen.stream);
    meter_update(&meter, 0, 25502550); /* no speed yet */
    ck_assert(!meter.line.drawn);
    meter_update(&meter, 25500000, 25502550);
    ck_assert(meter.line.drawn);
    expect_written(&screen, "\r\033[K25,500,000 of 25,502,550 characters  25 chars/s  1:40 left");
    meter.line.drawn_at += 1e6;
    meter_update(&meter, 25501000, 25502550); /* too soon to draw */
    meter_end(&meter);
    expect_written(&screen, "\r\033[K");
    ck_assert(!meter.line.drawn);
    screen_close(&screen);
}
END_TEST

START_TEST(shows_no_speed_in_the_first_second) {
    struct screen screen;
    if (!screen_open(&screen)) {
        return;
    }
    struct meter meter;
    meter_begin(&meter, screen.stream);
    meter.started_at += 1e6; /* still the first second, however long this takes */
    meter_update(&meter, 100, 10000);
    expect_written(&screen, "\r\033[K100 of 10,000 characters");
    screen_close(&screen);
}
END_TEST

START_TEST(fits_the_terminal) {
    struct screen screen;
    if (!screen_open(&screen)) {
        return;
    }
    struct meter meter = begin(screen.stream);
    ck_assert_int_eq(setenv("COLUMNS", "12", 1), 0);
    meter_update(&meter, 20000, 20000);
    expect_written(&screen, "\r\033[K20,000 of 2");
    screen_close(&screen);
}
END_TEST

START_TEST(draws_nothing_in_a_file) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    struct meter meter = begin(file);
    meter_update(&meter, 500, 1000);
    meter_end(&meter);
    ck_assert_int_eq(ftell(file), 0);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

Suite *meter_suite(void) {
    Suite *suite = suite_create("meter");
    TCase *test = tcase_create("meter");
    tcase_add_test(test, shows_progress);
    tcase_add_test(test, shows_no_speed_in_the_first_second);
    tcase_add_test(test, fits_the_terminal);
    tcase_add_test(test, draws_nothing_in_a_file);
    suite_add_tcase(suite, test);
    return suite;
}
