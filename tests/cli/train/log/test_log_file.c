#include "cli/train/log/file.h"
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/charnn-log-XXXXXX";
static char path[64];

static void set_up(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/charnn-log-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/log", folder);
}

static void tear_down(void) {
    (void)unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void expect_text(const char *text) {
    char buffer[1024];
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    buffer[fread(buffer, 1, sizeof buffer - 1, file)] = '\0';
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_str_eq(buffer, text);
}

static void rewind_to(size_t step, size_t rollbacks) {
    struct error error = {0};
    ck_assert_msg(log_file_rewind(path, step, rollbacks, false, &error) == CHARNN_OK, "%s",
                  error.message);
}

#define START "{\"event\":\"start\",\"step\":0}\n"
#define STEP(n) "{\"event\":\"step\",\"step\":" #n "}\n"
#define BACK(n) "{\"event\":\"rollback\",\"step\":" #n "}\n"

START_TEST(lines_after_a_step_are_removed) {
    static const char all[] = START STEP(2) STEP(4) "{\"event\":\"end\",\"step\":4}\n";
    write_text(all);
    rewind_to(4, 0);
    expect_text(all);
    rewind_to(9, 0);
    expect_text(all);
    rewind_to(3, 0);
    expect_text(START STEP(2));
    rewind_to(0, 0);
    expect_text(START);
}
END_TEST

/* Lines that a rollback undid stay if the run is past it, and go if the run is before it. */
START_TEST(rollbacks_are_counted) {
    static const char all[] = START STEP(2) STEP(8) BACK(2) STEP(4) STEP(9) BACK(3) STEP(5);
    static const struct {
        size_t step, rollbacks;
        const char *rest;
    } cases[] = {
        {5, 2, all},
        {4, 2, START STEP(2) STEP(8) BACK(2) STEP(4) STEP(9) BACK(3)},
        {3, 2, START STEP(2) STEP(8) BACK(2) STEP(4) STEP(9) BACK(3)},
        {9, 1, START STEP(2) STEP(8) BACK(2) STEP(4) STEP(9)},
        {3, 1, START STEP(2) STEP(8) BACK(2)},
        {8, 0, START STEP(2) STEP(8)},
        {1, 0, START},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text(all);
        rewind_to(cases[i].step, cases[i].rollbacks);
        expect_text(cases[i].rest);
    }
}
END_TEST

#define VALIDATION(n) "{\"event\":\"validation\",\"step\":" #n "}\n"

START_TEST(a_validation_that_is_due_is_removed) {
    static const char all[] = START STEP(2) VALIDATION(2) STEP(4) VALIDATION(4) STEP(6);
    struct error error = {0};
    write_text(all);
    rewind_to(4, 0);
    expect_text(START STEP(2) VALIDATION(2) STEP(4) VALIDATION(4));
    ck_assert_int_eq(log_file_rewind(path, 4, 0, true, &error), CHARNN_OK);
    expect_text(START STEP(2) VALIDATION(2) STEP(4));
}
END_TEST

#define START_AFTER(n, rollbacks)                                                                  \
    "{\"event\":\"start\",\"step\":" #n ",\"rollbacks\":" #rollbacks "}\n"
#define BACK_AS(n, rollbacks)                                                                      \
    "{\"event\":\"rollback\",\"step\":" #n ",\"rollbacks\":" #rollbacks "}\n"

/* A log that started after some rollbacks lacks them. */
START_TEST(rollbacks_may_be_older_than_the_log) {
    static const char all[] = START_AFTER(2, 3) STEP(4) STEP(8) BACK_AS(4, 4) STEP(6);
    static const struct {
        size_t step, rollbacks;
        const char *rest;
    } cases[] = {
        {6, 4, all},
        {5, 4, START_AFTER(2, 3) STEP(4) STEP(8) BACK_AS(4, 4)},
        {5, 3, START_AFTER(2, 3) STEP(4)},
        {5, 2, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text(all);
        rewind_to(cases[i].step, cases[i].rollbacks);
        expect_text(cases[i].rest);
    }
    write_text(STEP(4) BACK_AS(4, 3) STEP(5) STEP(7)); /* moved away during a run */
    rewind_to(6, 3);
    expect_text(STEP(4) BACK_AS(4, 3) STEP(5));
}
END_TEST

START_TEST(an_incomplete_line_is_removed) {
    write_text(START STEP(2) "{\"event\":\"st");
    rewind_to(2, 0);
    expect_text(START STEP(2));
    static const char *const torn[] = {"{\"event\":\"start\",\"sch", "{\"ev", "{"};
    for (size_t i = 0; i < sizeof torn / sizeof torn[0]; i++) {
        write_text(torn[i]);
        rewind_to(2, 0);
        expect_text("");
    }
}
END_TEST

/* Lines that are not JSON are the user's own. */
START_TEST(other_files_stay) {
    static const char *const texts[] = {"", "no log", "no log\n" STEP(9), "{\"step\":9}\n",
                                        STEP(1) "x\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        write_text(texts[i]);
        rewind_to(3, 0);
        expect_text(texts[i]);
    }
    struct error error = {0};
    ck_assert_int_eq(log_file_rewind("/dev/null", 0, 0, false, &error), CHARNN_OK);
    ck_assert_int_eq(log_file_rewind("/nowhere/at/all", 0, 0, false, &error), CHARNN_OK);
}
END_TEST

START_TEST(a_lost_file_is_noticed) {
    int fd = log_file_create(path);
    ck_assert_int_ge(fd, 0);
    ck_assert(!log_file_is_lost(fd, path));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert(log_file_is_lost(fd, path));
    write_text("another");
    ck_assert(log_file_is_lost(fd, path));
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(log_file_create(path), -1); /* something has that name */
    ck_assert_int_eq(errno, EEXIST);
    fd = log_file_open(path);
    ck_assert(!log_file_is_lost(fd, path));
    ck_assert(log_file_append(fd, " one", 4));
    ck_assert_int_eq(close(fd), 0);
    expect_text("another one");
}
END_TEST

/* Without a reader, and with one. */
START_TEST(only_regular_files_are_opened) {
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(log_file_open(path), -1);
    ck_assert_int_eq(errno, ENXIO);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    ck_assert_int_ge(reader, 0);
    ck_assert_int_eq(log_file_open(path), -1);
    ck_assert_int_eq(errno, EINVAL);
    ck_assert_int_eq(log_file_create(path), -1);
    ck_assert_int_eq(errno, EEXIST);
    ck_assert_int_eq(close(reader), 0);
    ck_assert_int_eq(log_file_open("/dev/null"), -1);
    ck_assert_int_eq(errno, EINVAL);
}
END_TEST

static enum log_owner owner_of(const char *id, const char *savefile) {
    struct error error = {0};
    enum log_owner owner;
    ck_assert_int_eq(log_file_owner(path, id, savefile, &owner, &error), CHARNN_OK);
    return owner;
}

START_TEST(the_first_line_says_whose_log_it_is) {
    ck_assert_int_eq(owner_of("a", NULL), CHARNN_LOG_UNKNOWN); /* no file */
    write_text("");
    ck_assert_int_eq(owner_of("a", NULL), CHARNN_LOG_UNKNOWN);
    write_text("{\"event\":\"start\",\"savefile\":\"x\",\"run\":\"a\"}\n" STEP(1));
    ck_assert_int_eq(owner_of("a", NULL), CHARNN_LOG_OWN);
    ck_assert_int_eq(owner_of("a", "x"), CHARNN_LOG_OWN);
    ck_assert_int_eq(owner_of("a", "y"), CHARNN_LOG_OTHER);
    ck_assert_int_eq(owner_of("b", NULL), CHARNN_LOG_OTHER);
    ck_assert_int_eq(owner_of(NULL, NULL), CHARNN_LOG_UNKNOWN);
    write_text(START); /* of an earlier version */
    ck_assert_int_eq(owner_of("a", "x"), CHARNN_LOG_UNKNOWN);
    write_text("{\"event\":\"start\",\"run\":\"a"); /* incomplete */
    ck_assert_int_eq(owner_of("b", NULL), CHARNN_LOG_UNKNOWN);
    write_text("no log\n");
    ck_assert_int_eq(owner_of("a", NULL), CHARNN_LOG_NONE);
}
END_TEST

Suite *log_file_suite(void) {
    Suite *suite = suite_create("log_file");
    TCase *test = tcase_create("log_file");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, lines_after_a_step_are_removed);
    tcase_add_test(test, rollbacks_are_counted);
    tcase_add_test(test, a_validation_that_is_due_is_removed);
    tcase_add_test(test, rollbacks_may_be_older_than_the_log);
    tcase_add_test(test, an_incomplete_line_is_removed);
    tcase_add_test(test, other_files_stay);
    tcase_add_test(test, a_lost_file_is_noticed);
    tcase_add_test(test, only_regular_files_are_opened);
    tcase_add_test(test, the_first_line_says_whose_log_it_is);
    suite_add_tcase(suite, test);
    return suite;
}
