#include "support/compare.h"
#include "suites.h"

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WHAT_LENGTH = 200 };

/* The error of an element divided by the allowed error. */
static double error_ratio(double got, double expected, struct tolerance tolerance) {
    if (got == expected) {
        return 0;
    }
    if (!isfinite(got) || !isfinite(expected)) {
        return INFINITY;
    }
    double allowed = tolerance.absolute + tolerance.relative * fabs(expected);
    return fabs(got - expected) / allowed;
}

static void comparison_add(struct comparison *comparison, size_t index, double got, double expected,
                           struct tolerance tolerance) {
    double ratio = error_ratio(got, expected, tolerance);
    if (index == 0 || ratio > comparison->ratio) {
        comparison->index = index;
        comparison->got = got;
        comparison->expected = expected;
        comparison->ratio = ratio;
    }
    comparison->equal = comparison->ratio <= 1;
}

struct comparison compare_doubles(const double *got, const double *expected, size_t count,
                                  struct tolerance tolerance) {
    struct comparison comparison = {.equal = true};
    for (size_t i = 0; i < count; i++) {
        comparison_add(&comparison, i, got[i], expected[i], tolerance);
    }
    return comparison;
}

struct comparison compare_floats(const float *got, const double *expected, size_t count,
                                 struct tolerance tolerance) {
    struct comparison comparison = {.equal = true};
    for (size_t i = 0; i < count; i++) {
        comparison_add(&comparison, i, (double)got[i], expected[i], tolerance);
    }
    return comparison;
}

double compare_largest(const double *values, size_t count) {
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(values[i]));
    }
    return largest;
}

static void comparison_assert(const struct comparison *comparison, size_t count, const char *what,
                              va_list arguments) {
    char name[WHAT_LENGTH];
    vsnprintf(name, sizeof name, what, arguments);
    ck_assert_msg(comparison->equal,
                  "%s: element %zu of %zu is %.9g, expected %.9g (%.3g times the allowed error)",
                  name, comparison->index, count, comparison->got, comparison->expected,
                  comparison->ratio);
}

void assert_doubles(const double *got, const double *expected, size_t count,
                    struct tolerance tolerance, const char *what, ...) {
    struct comparison comparison = compare_doubles(got, expected, count, tolerance);
    va_list arguments;
    va_start(arguments, what);
    comparison_assert(&comparison, count, what, arguments);
    va_end(arguments);
}

void assert_floats(const float *got, const double *expected, size_t count,
                   struct tolerance tolerance, const char *what, ...) {
    struct comparison comparison = compare_floats(got, expected, count, tolerance);
    va_list arguments;
    va_start(arguments, what);
    comparison_assert(&comparison, count, what, arguments);
    va_end(arguments);
}

void assert_same_bits(const float *got, const float *expected, size_t count, const char *what,
                      ...) {
    char name[WHAT_LENGTH];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(name, sizeof name, what, arguments);
    va_end(arguments);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits[2];
        memcpy(&bits[0], &got[i], sizeof bits[0]);
        memcpy(&bits[1], &expected[i], sizeof bits[1]);
        assert_each(bits[0] == bits[1], "%s: element %zu of %zu is %.9g (%#x), not %.9g (%#x)",
                    name, i, count, (double)got[i], bits[0], (double)expected[i], bits[1]);
    }
}
