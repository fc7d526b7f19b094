#include "base/clock.h"
#include "base/machine/thread_pool.h"
#include "suites.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { TEST_SOME_THREADS = 8, TEST_MOST_THREADS = 64, TEST_RUNS = 500 };

struct tally {
    atomic_size_t calls[TEST_MOST_THREADS];
    atomic_size_t wrong_count; /* calls with a wrong number of shares */
    size_t threads;
};

static void count_call(void *context, size_t index, size_t count) {
    struct tally *tally = context;
    if (count != tally->threads || index >= tally->threads) {
        atomic_fetch_add(&tally->wrong_count, 1);
        return;
    }
    atomic_fetch_add(&tally->calls[index], 1);
}

static struct thread_pool *make_pool(size_t threads) {
    struct error error = {0};
    struct thread_pool *pool = NULL;
    ck_assert_int_eq(thread_pool_create(threads, &pool, &error), CHARNN_OK);
    ck_assert_uint_eq(thread_pool_size(pool), threads);
    return pool;
}

static void check_calls(size_t threads, size_t runs) {
    struct thread_pool *pool = make_pool(threads);
    static struct tally tally;
    memset(&tally, 0, sizeof tally);
    tally.threads = threads;
    for (size_t run = 1; run <= runs; run++) {
        thread_pool_run(pool, count_call, &tally);
        for (size_t i = 0; i < threads; i++) {
            assert_each(atomic_load(&tally.calls[i]) == run, "thread %zu, run %zu", i, run);
        }
    }
    ck_assert_uint_eq(atomic_load(&tally.wrong_count), 0);
    thread_pool_destroy(pool);
}

START_TEST(every_index_runs_once_per_run) {
    for (size_t threads = 1; threads <= TEST_SOME_THREADS; threads++) {
        check_calls(threads, TEST_RUNS);
    }
}
END_TEST

/* More than most machines have processors. */
START_TEST(many_threads_finish) {
    check_calls(TEST_MOST_THREADS, TEST_RUNS);
}
END_TEST

/* A run needs no other synchronization of plain memory. */
struct rounds {
    size_t input;
    size_t output[TEST_MOST_THREADS];
};

static void add_index(void *context, size_t index, size_t count) {
    struct rounds *rounds = context;
    (void)count;
    rounds->output[index] = rounds->input + index;
}

START_TEST(a_run_sees_and_is_seen) {
    struct thread_pool *pool = make_pool(TEST_SOME_THREADS);
    struct rounds rounds = {0};
    for (size_t run = 0; run < TEST_RUNS; run++) {
        rounds.input = run * 100;
        thread_pool_run(pool, add_index, &rounds);
        for (size_t i = 0; i < TEST_SOME_THREADS; i++) {
            ck_assert_uint_eq(rounds.output[i], run * 100 + i);
        }
    }
    thread_pool_destroy(pool);
}
END_TEST

/* Long pauses put the threads to sleep. */
START_TEST(idle_threads_wake) {
    struct thread_pool *pool = make_pool(3);
    struct rounds rounds = {0};
    for (size_t run = 0; run < 3; run++) {
        const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
        nanosleep(&pause, NULL);
        rounds.input = run;
        thread_pool_run(pool, add_index, &rounds);
        ck_assert_uint_eq(rounds.output[2], run + 2);
    }
    thread_pool_destroy(pool);
}
END_TEST

static void work_for(double seconds) {
    double end = clock_seconds() + seconds;
    while (clock_seconds() < end) {
    }
}

/* Shares take different times in turn, so that every thread, and the caller, waits for every other
 * one, sometimes asleep. */
struct uneven {
    struct rounds rounds;
    size_t run;
    double seconds; /* the longest share */
};

static void add_index_unevenly(void *context, size_t index, size_t count) {
    struct uneven *uneven = context;
    size_t turn = (uneven->run + index) % count;
    work_for(uneven->seconds * (double)turn / (double)count);
    add_index(&uneven->rounds, index, count);
}

static void check_uneven(size_t threads, size_t runs, double seconds) {
    struct thread_pool *pool = make_pool(threads);
    struct uneven uneven = {.seconds = seconds};
    for (size_t run = 0; run < runs; run++) {
        uneven.run = run;
        uneven.rounds.input = run * 100;
        thread_pool_run(pool, add_index_unevenly, &uneven);
        for (size_t i = 0; i < threads; i++) {
            ck_assert_uint_eq(uneven.rounds.output[i], run * 100 + i);
        }
    }
    thread_pool_destroy(pool);
}

/* With more threads than processors, waiting threads sleep at once. */
START_TEST(uneven_shares_are_waited_for) {
    size_t processors = thread_pool_default_size();
    size_t few = processors < 2                   ? 2
                 : processors < TEST_SOME_THREADS ? processors
                                                  : TEST_SOME_THREADS;
    check_uneven(few, 100, 1e-3);
    check_uneven(few + 3, 100, 1e-3);
    check_uneven(TEST_MOST_THREADS, 10, 1e-3);
}
END_TEST

/* Pauses of about the time that a thread polls, so that it is woken while it falls asleep. */
START_TEST(threads_are_woken_while_they_fall_asleep) {
    for (size_t threads = 2; threads <= 3; threads++) {
        struct thread_pool *pool = make_pool(threads);
        struct rounds rounds = {0};
        for (size_t run = 0; run < 2000; run++) {
            work_for(1e-6 * (double)(run * 7 % 150));
            rounds.input = run;
            thread_pool_run(pool, add_index, &rounds);
            ck_assert_uint_eq(rounds.output[threads - 1], run + threads - 1);
        }
        thread_pool_destroy(pool);
    }
}
END_TEST

START_TEST(pools_come_and_go) {
    for (size_t i = 0; i < 100; i++) {
        struct thread_pool *pool = make_pool(1 + i % 4);
        if (i % 2 == 0) {
            struct rounds rounds = {.input = i};
            thread_pool_run(pool, add_index, &rounds);
            ck_assert_uint_eq(rounds.output[0], i);
        }
        thread_pool_destroy(pool);
    }
    thread_pool_destroy(NULL);
}
END_TEST

START_TEST(too_many_threads_are_refused) {
    struct error error = {0};
    struct thread_pool *pool = NULL;
    ck_assert_int_eq(thread_pool_create(SIZE_MAX, &pool, &error), CHARNN_ERROR_MEMORY);
    ck_assert_ptr_null(pool);
    ck_assert_ptr_nonnull(strstr(error.message, "18446744073709551615 threads"));
}
END_TEST

/* Whether a thread blocks signals: bit 0 for one that its instructions raise, bit 1 for another. */
static void look_at_mask(void *context, size_t index, size_t threads) {
    unsigned *blocked = context;
    sigset_t mask;
    (void)threads;
    ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    blocked[index] = (unsigned)sigismember(&mask, SIGBUS) | (unsigned)sigismember(&mask, SIGSEGV) |
                     (unsigned)sigismember(&mask, SIGTERM) << 1;
}

START_TEST(threads_block_signals_but_not_their_own_faults) {
    struct error error = {0};
    struct thread_pool *pool;
    unsigned blocked[3] = {9, 9, 9};
    ck_assert_int_eq(thread_pool_create(3, &pool, &error), CHARNN_OK);
    thread_pool_run(pool, look_at_mask, blocked);
    thread_pool_destroy(pool);
    ck_assert_uint_eq(blocked[0], 0);
    ck_assert_uint_eq(blocked[1], 2);
    ck_assert_uint_eq(blocked[2], 2);
}
END_TEST

START_TEST(there_is_a_processor) {
    ck_assert_uint_ge(thread_pool_default_size(), 1);
}
END_TEST

static void check_shares(size_t total, size_t grain, size_t count) {
    size_t next = 0;
    size_t smallest = SIZE_MAX;
    size_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t begin = SIZE_MAX;
        size_t end = SIZE_MAX;
        thread_pool_share(total, grain, i, count, &begin, &end);
        assert_each(begin == next, "share %zu of %zu begins at %zu", i, count, begin);
        assert_each(end >= begin && end <= total && (end == total || end % grain == 0),
                    "share %zu of %zu ends at %zu", i, count, end);
        size_t grains = (end - begin + grain - 1) / grain;
        smallest = grains < smallest ? grains : smallest;
        largest = grains > largest ? grains : largest;
        next = end;
    }
    ck_assert_uint_eq(next, total);
    ck_assert_uint_le(largest - smallest, 1);
}

START_TEST(shares_cover_all_without_overlap) {
    static const size_t grains[] = {1, 2, 3, 8, 16, 100};
    for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++) {
        for (size_t total = 0; total <= 130; total++) {
            for (size_t count = 1; count <= 9; count++) {
                check_shares(total, grains[g], count);
            }
        }
        check_shares(1000003, grains[g], 7);
    }
}
END_TEST

START_TEST(shares_are_as_expected) {
    size_t begin;
    size_t end;
    thread_pool_share(10, 4, 0, 2, &begin, &end);
    ck_assert_uint_eq(begin, 0);
    ck_assert_uint_eq(end, 8);
    thread_pool_share(10, 4, 1, 2, &begin, &end);
    ck_assert_uint_eq(begin, 8);
    ck_assert_uint_eq(end, 10);
}
END_TEST

/* Three streams on 64 threads: the first three threads have one each. */
START_TEST(shares_of_few_items_are_one_each) {
    for (size_t index = 0; index < 64; index++) {
        size_t begin = SIZE_MAX;
        size_t end = SIZE_MAX;
        thread_pool_share(3, 1, index, 64, &begin, &end);
        ck_assert_uint_eq(begin, index < 3 ? index : 3);
        ck_assert_uint_eq(end, index < 3 ? index + 1 : 3);
    }
}
END_TEST

Suite *thread_pool_suite(void) {
    Suite *suite = suite_create("thread_pool");
    TCase *test = tcase_create("thread_pool");
    tcase_add_test(test, every_index_runs_once_per_run);
    tcase_add_test(test, many_threads_finish);
    tcase_add_test(test, a_run_sees_and_is_seen);
    tcase_add_test(test, idle_threads_wake);
    tcase_add_test(test, uneven_shares_are_waited_for);
    tcase_add_test(test, threads_are_woken_while_they_fall_asleep);
    tcase_add_test(test, pools_come_and_go);
    tcase_add_test(test, too_many_threads_are_refused);
    tcase_add_test(test, threads_block_signals_but_not_their_own_faults);
    tcase_add_test(test, there_is_a_processor);
    tcase_add_test(test, shares_cover_all_without_overlap);
    tcase_add_test(test, shares_are_as_expected);
    tcase_add_test(test, shares_of_few_items_are_one_each);
    suite_add_tcase(suite, test);
    return suite;
}
