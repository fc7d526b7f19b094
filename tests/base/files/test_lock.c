#include "base/files/lock.h"
#include "suites.h"
#include "support/faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/charnn-lock-XXXXXX";
static char path[64];

static void set_up(void) {
    (void)snprintf(folder, sizeof folder, "/tmp/charnn-lock-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/.lock", folder);
    faults_clear();
}

static void tear_down(void) {
    (void)unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct lock *acquire(struct lock_holder *holder) {
    struct error error = {0};
    struct lock *lock;
    ck_assert_msg(lock_acquire(path, &lock, holder, &error) == CHARNN_OK, "%s", error.message);
    return lock;
}

static void write_text(const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(one_process_at_a_time_holds_it) {
    struct lock_holder holder;
    char host[64] = "";
    char expected[128];
    ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
    (void)snprintf(expected, sizeof expected, "process %ld on %.31s", (long)getpid(), host);
    struct lock *lock = acquire(&holder);
    ck_assert_ptr_nonnull(lock);
    ck_assert_str_eq(holder.text, "");
    ck_assert_ptr_null(acquire(&holder));
    ck_assert_str_eq(holder.text, expected);
    lock_release(lock);
    ck_assert_int_ne(access(path, F_OK), 0);
    lock = acquire(&holder);
    ck_assert_ptr_nonnull(lock);
    lock_release(lock);
    lock_release(NULL);
}
END_TEST

START_TEST(it_ends_with_its_process) {
    struct lock_holder holder;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        _exit(acquire(&holder) != NULL ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_int_eq(access(path, F_OK), 0);
    struct lock *lock = acquire(&holder);
    ck_assert_ptr_nonnull(lock);
    lock_release(lock);
}
END_TEST

/* The content of the file is only informative. */
START_TEST(its_holder_may_be_unknown) {
    static const struct {
        const char *text, *holder;
    } cases[] = {
        {"", "another process"},
        {"nonsense", "another process"},
        {"12", "another process"},
        {"-3 host\n", "another process"},
        {"99999999999999999999 host", "process 9223372036854775807 on host"},
        {"12 a host\nand more", "process 12 on a host"},
    };
    struct lock_holder holder;
    struct lock *lock = acquire(&holder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (sizeof(long) < 8 && i == 4) {
            continue;
        }
        write_text(cases[i].text);
        ck_assert_ptr_null(acquire(&holder));
        ck_assert_str_eq(holder.text, cases[i].holder);
    }
    lock_release(lock);
}
END_TEST

/* If the locked file was removed and made again, the new file belongs to another process. */
START_TEST(a_removed_file_is_not_removed_again) {
    struct lock_holder holder;
    struct lock *first = acquire(&holder);
    ck_assert_int_eq(unlink(path), 0);
    struct lock *second = acquire(&holder);
    ck_assert_ptr_nonnull(second);
    lock_release(first);
    ck_assert_int_eq(access(path, F_OK), 0);
    lock_release(second);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_an_error) {
    struct error error = {0};
    struct lock *lock;
    struct lock_holder holder;
    ck_assert_int_eq(lock_acquire("/proc/nowhere/.lock", &lock, &holder, &error), CHARNN_ERROR_IO);
    ck_assert_str_eq(error.message, "cannot open /proc/nowhere/.lock: No such file or directory");
    ck_assert_ptr_null(lock);
}
END_TEST

/* If flock() fails for another reason than missing support, another process may hold a lock. */
START_TEST(a_file_of_another_process_stays) {
    static const struct {
        int number;
        bool stays;
    } cases[] = {{ENOLCK, true},      {EIO, true},      {EBADF, true},
                 {EOPNOTSUPP, false}, {ENOTSUP, false}, {ENOSYS, false}};
    struct lock_holder holder;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_text("12 a host\n");
        faults_clear();
        faults_add(FAULT_LOCK, 1, 1, cases[i].number);
        ck_assert_ptr_null(acquire(&holder));
        ck_assert_str_eq(holder.text, "");
        ck_assert_int_eq(access(path, F_OK) == 0, cases[i].stays);
    }
    faults_clear();
}
END_TEST

START_TEST(failures_leave_nothing) {
    struct error error = {0};
    struct lock *lock;
    struct lock_holder holder;
    size_t blocks = faults_blocks();
    for (size_t n = 1; n <= 2; n++) {
        faults_clear();
        faults_add(FAULT_ALLOCATE, n, n, ENOMEM);
        ck_assert_int_eq(lock_acquire(path, &lock, &holder, &error), CHARNN_ERROR_MEMORY);
        ck_assert_ptr_null(lock);
    }
    faults_clear();
    faults_add(FAULT_LOCK, 1, 1, ENOLCK); /* a file system without locks */
    ck_assert_ptr_null(acquire(&holder));
    ck_assert_str_eq(holder.text, "");
    ck_assert_int_ne(access(path, F_OK), 0);
    faults_clear();
    faults_add(FAULT_LOCK, 1, 1, EINTR);
    faults_add(FAULT_OPEN, 1, 1, EINTR);
    lock = acquire(&holder);
    ck_assert_ptr_nonnull(lock);
    lock_release(lock);
    faults_clear();
    faults_add(FAULT_WRITE, 1, 1, ENOSPC); /* the lock holds without its text */
    lock = acquire(&holder);
    ck_assert_ptr_nonnull(lock);
    ck_assert_ptr_null(acquire(&holder));
    ck_assert_str_eq(holder.text, "another process");
    lock_release(lock);
    faults_clear();
    ck_assert_uint_eq(faults_blocks(), blocks);
}
END_TEST

Suite *lock_suite(void) {
    Suite *suite = suite_create("lock");
    TCase *test = tcase_create("lock");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, one_process_at_a_time_holds_it);
    tcase_add_test(test, it_ends_with_its_process);
    tcase_add_test(test, its_holder_may_be_unknown);
    tcase_add_test(test, a_removed_file_is_not_removed_again);
    tcase_add_test(test, a_file_that_cannot_be_opened_is_an_error);
    if (faults_available()) {
        tcase_add_test(test, a_file_of_another_process_stays);
        tcase_add_test(test, failures_leave_nothing);
    }
    suite_add_tcase(suite, test);
    return suite;
}
