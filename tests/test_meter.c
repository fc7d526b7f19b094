#include "cli/meter.h"
#include "suites.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A terminal of our own; what is written to `stream` is read by `reader`. */
struct screen {
    int reader;
    FILE *stream;
};

/* False where the system has none to give. */
static bool screen_open(struct screen *screen) {
    ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
    screen->reader = posix_openpt(O_RDWR | O_NOCTTY);
    if (screen->reader < 0 || grantpt(screen->reader) != 0 || unlockpt(screen->reader) != 0) {
        return false;
    }
    const char *name = ptsname(screen->reader);
    screen->stream = name != NULL ? fopen(name, "w") : NULL;
    return screen->stream != NULL;
}

/* Fails where what is written next does not begin with this. */
static void expect_written(const struct screen *screen, const char *expected) {
    char text[256];
    ssize_t size = read(screen->reader, text, sizeof text - 1);
    ck_assert_int_gt(size, 0);
    text[size] = '\0';
    ck_assert_msg(strncmp(text, expected, strlen(expected)) == 0, "not \"%s\" but \"%s\"", expected,
                  text);
}

START_TEST(tells_how_far_it_is) {
    struct screen screen;
    if (!screen_open(&screen)) {
        return;
    }
    struct meter meter;
    ck_assert_int_eq(setenv("COLUMNS", "200", 1), 0);
    meter_begin(&meter, screen.stream, 10000);
    ck_assert(meter.line.live);
    meter_show(&meter, 100); /* in its first second it is quiet */
    meter.started_at -= 100;
    meter_show(&meter, 0);
    ck_assert(!meter.line.drawn);
    meter_show(&meter, 2550); /* 25 a second, a little less for the time that this test took */
    expect_written(&screen, "\r\033[K2,550 of 10,000 characters  25 chars/s  4:5");
    meter_show(&meter, 9999); /* too soon to be drawn again */
    meter_end(&meter);
    expect_written(&screen, "\r\033[K");
    ck_assert(!meter.line.drawn);
    meter_end(&meter);
    ck_assert_int_eq(setenv("COLUMNS", "12", 1), 0);
    meter_show(&meter, 10000);
    expect_written(&screen, "\r\033[K10,000 of 1");
    meter_end(&meter);
    expect_written(&screen, "\r\033[K");
    ck_assert_int_eq(fclose(screen.stream), 0);
    ck_assert_int_eq(close(screen.reader), 0);
}
END_TEST

START_TEST(says_nothing_in_a_file) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    struct meter meter;
    meter_begin(&meter, file, 1000);
    meter.started_at -= 100;
    meter_show(&meter, 500);
    meter_end(&meter);
    ck_assert_int_eq(ftell(file), 0);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

Suite *meter_suite(void) {
    Suite *suite = suite_create("meter");
    TCase *test = tcase_create("meter");
    tcase_add_test(test, tells_how_far_it_is);
    tcase_add_test(test, says_nothing_in_a_file);
    suite_add_tcase(suite, test);
    return suite;
}
