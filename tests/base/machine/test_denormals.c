#include "base/machine/denormals.h"
#include "base/machine/thread_pool.h"
#include "base/number.h"
#include "suites.h"

#include <float.h>
#include <string.h>

enum { TEST_THREADS = 5 };

/* Of normal numbers, denormal; of a denormal number and itself, normal. */
struct results {
    float product, sum;
    double double_product;
};

static volatile float smallest = FLT_MIN;
static volatile float denormal = FLT_MIN / 2;
static volatile double smallest_double = DBL_MIN;

static void compute(void *context, size_t index, size_t count) {
    (void)count;
    struct results *results = context;
    results[index].product = smallest * 0.5F;
    results[index].sum = denormal + denormal;
    results[index].double_product = smallest_double * 0.5;
}

/* The runner has called denormals_flush(), as main() does. */
START_TEST(every_thread_takes_denormals_for_zero) {
#if defined(__x86_64__) || defined(__aarch64__)
    struct error error = {0};
    struct thread_pool *pool = NULL;
    ck_assert_int_eq(thread_pool_create(TEST_THREADS, &pool, &error), CHARNN_OK);
    struct results results[TEST_THREADS];
    memset(results, 0xff, sizeof results);
    thread_pool_run(pool, compute, results);
    thread_pool_destroy(pool);
    /* Of bits: a comparison of numbers would also take a denormal one for 0. */
    static const struct results zeros[TEST_THREADS];
    ck_assert_mem_eq(results, zeros, sizeof results);
    char text[CHARNN_NUMBER_SIZE];
    number_format(smallest_double / 2, text);
    ck_assert_str_eq(text, "0");
    number_format(-0x1p-1074, text);
    ck_assert_str_eq(text, "-0");
#endif
}
END_TEST

Suite *denormals_suite(void) {
    Suite *suite = suite_create("denormals");
    TCase *test = tcase_create("denormals");
    tcase_add_test(test, every_thread_takes_denormals_for_zero);
    suite_add_tcase(suite, test);
    return suite;
}
