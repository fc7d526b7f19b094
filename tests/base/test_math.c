#include "base/math.h"
#include "base/random.h"
#include "suites.h"

#include <float.h>
#include <math.h>

/* Within 2 ulp of the exact value, or 1e-16. */
static void check_log(double x) {
    long double exact = logl((long double)x);
    long double ulp = (long double)DBL_EPSILON * fabsl(exact);
    long double error = fabsl((long double)math_log(x) - exact);
    if (!(error <= fmaxl(2 * ulp, 1e-16L))) {
        ck_abort_msg("log of %.17g (%a) is %.17g, not %.17g", x, x, math_log(x), (double)exact);
    }
}

START_TEST(log_is_exact_at_every_size) {
    for (int exponent = DBL_MIN_EXP - 1; exponent <= 1023; exponent++) {
        for (int step = 0; step < 256; step++) {
            check_log(ldexp(1 + step * 0x1p-8, exponent));
        }
    }
    check_log(DBL_MIN);
    check_log(DBL_MAX);
}
END_TEST

START_TEST(log_is_exact_near_one) {
    for (int i = -100000; i <= 100000; i++) {
        check_log(1 + i * DBL_EPSILON);
        check_log(1 + i * 3e-6);
    }
    ck_assert_double_eq(math_log(1), 0);
}
END_TEST

START_TEST(log_is_exact_for_arbitrary_numbers) {
    for (uint32_t i = 0; i < 300000; i++) {
        uint32_t words[4];
        random_words(3, CHARNN_RANDOM_WEIGHTS, i, 0, 0, words);
        check_log(
            ldexp(random_to_unit_double(words[0], words[1]) + 0x1p-60, (int)(words[2] % 100) - 50));
    }
}
END_TEST

START_TEST(cos_pi_is_exact) {
    enum { STEPS = 100000 };
    const long double pi = 3.141592653589793238462643383279502884L;
    for (int i = 0; i <= STEPS; i++) {
        double x = (double)i / STEPS;
        double got = math_cos_pi(x);
        long double exact = cosl(pi * (long double)x);
        if (!(fabsl((long double)got - exact) <= 1e-15L)) {
            ck_abort_msg("cos(pi %.17g) is %.17g, not %.17g", x, got, (double)exact);
        }
    }
    ck_assert_double_eq(math_cos_pi(0.5), 0);
}
END_TEST

START_TEST(power_is_the_product) {
    double product = 1;
    for (uint64_t n = 0; n < 60; n++) {
        ck_assert_double_eq_tol(math_power(0.97, n), product, 1e-14 * product);
        ck_assert_double_eq(math_power(2, n), ldexp(1, (int)n));
        product *= 0.97;
    }
    ck_assert_double_eq(math_power(1, UINT64_MAX), 1);
    ck_assert_double_eq(math_power(0.5, UINT64_MAX), 0);
}
END_TEST

Suite *math_suite(void) {
    Suite *suite = suite_create("math");
    TCase *test = tcase_create("math");
    tcase_add_test(test, log_is_exact_at_every_size);
    tcase_add_test(test, log_is_exact_near_one);
    tcase_add_test(test, log_is_exact_for_arbitrary_numbers);
    tcase_add_test(test, power_is_the_product);
    tcase_add_test(test, cos_pi_is_exact);
    suite_add_tcase(suite, test);
    return suite;
}
