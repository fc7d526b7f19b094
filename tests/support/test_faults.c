#include "support/faults.h"

#include "base/machine/thread_pool.h"
#include "base/memory.h"
#include "suites.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(the_chosen_allocations_fail) {
    struct error error = {0};
    void *memory[5];
    size_t before = faults_blocks();
    faults_clear();
    faults_add(FAULT_ALLOCATE, 2, 3, ENOMEM);
    for (size_t i = 0; i < 5; i++) {
        bool fails = i == 1 || i == 2;
        size_t size = i % 2 == 0 ? 100 : (size_t)3 << 20; /* small and on huge pages */
        ck_assert_int_eq(memory_allocate(size, 1, "a test", &memory[i], &error),
                         fails ? CHARNN_ERROR_MEMORY : CHARNN_OK);
        ck_assert_int_eq(memory[i] == NULL, fails);
    }
    ck_assert_uint_eq(faults_calls(FAULT_ALLOCATE), 5);
    ck_assert_uint_eq(faults_failed(FAULT_ALLOCATE), 2);
    ck_assert_uint_eq(faults_blocks(), before + 3);
    for (size_t i = 0; i < 5; i++) {
        memory_free(memory[i]);
    }
    ck_assert_uint_eq(faults_blocks(), before);
    faults_clear();
    ck_assert_uint_eq(faults_calls(FAULT_ALLOCATE), 0);
}
END_TEST

/* Makes a call of each kind; whether it fails with -1, NULL or the number. */
static bool call_fails(enum fault_kind kind) {
    char byte = 0;
    FILE *stream;
    void *memory = NULL;
    struct error error;
    struct thread_pool *pool = NULL;
    switch (kind) {
    case FAULT_ALLOCATE:
        return memory_allocate(1, 1, "a test", &memory, &error) != CHARNN_OK;
    case FAULT_OPEN:
        stream = fopen("/dev/null", "r");
        return open("/dev/null", O_RDONLY) == -1 && openat(-1, "/dev/null", O_RDONLY) == -1 &&
               stream == NULL;
    case FAULT_READ:
        return read(-1, &byte, 1) == -1;
    case FAULT_WRITE:
        return write(-1, &byte, 1) == -1 && pwrite(-1, &byte, 1, 0) == -1;
    case FAULT_FLUSH:
        return fdatasync(-1) == -1 && fsync(-1) == -1;
    case FAULT_CLOSE:
        return close(-1) == -1;
    case FAULT_RENAME:
        return rename("/no/1", "/no/2") == -1 && renameat(-1, "/no/1", -1, "/no/2") == -1;
    case FAULT_LINK:
        return link("/no/1", "/no/2") == -1;
    case FAULT_REMOVE:
        return unlink("/no/1") == -1 && unlinkat(-1, "/no/1", 0) == -1;
    case FAULT_TRUNCATE:
        return ftruncate(-1, 0) == -1;
    case FAULT_FOLDER:
        return mkdir("/no/1", 0777) == -1;
    case FAULT_MAP:
        return mmap(NULL, 1, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED;
    case FAULT_LOCK:
        return flock(-1, LOCK_EX) == -1;
    case FAULT_THREAD:
        errno = thread_pool_create(2, &pool, &error) != CHARNN_OK ? ENOLCK : 0;
        return errno != 0;
    default:
        return false;
    }
}

/* An error number that no call here gives by itself. */
START_TEST(every_kind_can_fail) {
    enum fault_kind kind = (enum fault_kind)_i;
    faults_clear();
    faults_add(kind, 1, SIZE_MAX, ENOLCK);
    errno = 0;
    ck_assert(call_fails(kind));
    ck_assert(errno == ENOLCK || kind == FAULT_ALLOCATE);
    ck_assert_uint_ge(faults_failed(kind), 1);
    ck_assert_uint_eq(faults_failed(kind), faults_calls(kind));
    faults_clear();
}
END_TEST

START_TEST(a_short_call_does_half) {
    int pair[2];
    char got[8] = "";
    ck_assert_int_eq(pipe(pair), 0);
    faults_clear();
    faults_add(FAULT_WRITE, 1, 2, FAULT_SHORT);
    faults_add(FAULT_READ, 1, 1, FAULT_SHORT);
    ck_assert_int_eq(write(pair[1], "abcd", 4), 2);
    ck_assert_int_eq(write(pair[1], "c", 1), 1);
    ck_assert_int_eq(write(pair[1], "def", 3), 3);
    ck_assert_int_eq(read(pair[0], got, 6), 3);
    ck_assert_int_eq(read(pair[0], got + 3, 5), 3);
    ck_assert_str_eq(got, "abcdef");
    faults_clear();
    ck_assert_int_eq(close(pair[0]), 0);
    ck_assert_int_eq(close(pair[1]), 0);
}
END_TEST

START_TEST(a_call_can_kill) {
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        faults_clear();
        faults_add(FAULT_FLUSH, 2, 2, FAULT_KILL);
        (void)fsync(-1);
        (void)fsync(-1);
        _exit(0);
    }
    int result = 0;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert(WIFSIGNALED(result));
    ck_assert_int_eq(WTERMSIG(result), SIGKILL);
}
END_TEST

enum { SIGNALS = 300 };
static atomic_int signals_taken;

static void write_in_a_handler(int number) {
    (void)number;
    int before = errno;
    (void)!write(-1, "x", 1);
    errno = before;
    atomic_fetch_add(&signals_taken, 1);
}

/* Sends each signal after the previous one was handled. */
static void *send_signals(void *argument) {
    pthread_t receiver = *(pthread_t *)argument;
    for (int i = 0; i < SIGNALS; i++) {
        (void)pthread_kill(receiver, SIGUSR1);
        while (atomic_load(&signals_taken) <= i) {
            (void)sched_yield();
        }
    }
    return NULL;
}

/* A lock would deadlock if a signal came while a call is counted. */
START_TEST(a_handler_makes_calls_at_any_moment) {
    struct sigaction action = {.sa_handler = write_in_a_handler};
    struct error error;
    pthread_t self = pthread_self();
    pthread_t sender;
    size_t allocated = 0;
    faults_clear();
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    ck_assert_int_eq(pthread_create(&sender, NULL, send_signals, &self), 0);
    while (atomic_load(&signals_taken) < SIGNALS) {
        void *memory;
        assert_each(memory_allocate(1, 1, "a test", &memory, &error) == CHARNN_OK, "%s",
                    error.message);
        memory_free(memory);
        allocated++;
    }
    ck_assert_int_eq(pthread_join(sender, NULL), 0);
    ck_assert_uint_eq(faults_calls(FAULT_WRITE), SIGNALS);
    ck_assert_uint_eq(faults_calls(FAULT_ALLOCATE), allocated);
    faults_clear();
}
END_TEST

Suite *faults_suite(void) {
    Suite *suite = suite_create("faults");
    TCase *test = tcase_create("faults");
    if (faults_available()) {
        tcase_add_test(test, the_chosen_allocations_fail);
        tcase_add_loop_test(test, every_kind_can_fail, 0, FAULT_KINDS);
        tcase_add_test(test, a_short_call_does_half);
        tcase_add_test(test, a_call_can_kill);
        tcase_add_test(test, a_handler_makes_calls_at_any_moment);
    }
    suite_add_tcase(suite, test);
    return suite;
}
