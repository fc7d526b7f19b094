/* Compares arrays of numbers and reports the worst element. NaN never passes. */
#ifndef CHARNN_TESTS_SUPPORT_COMPARE_H
#define CHARNN_TESTS_SUPPORT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* An element passes if |got - expected| <= absolute + relative * |expected|. */
struct tolerance {
    double absolute;
    double relative;
};

/* The element with the largest error relative to the tolerance. */
struct comparison {
    bool equal; /* all elements passed */
    size_t index;
    double got;
    double expected;
    double ratio; /* error / allowed error; infinite for NaN and unequal infinities */
};

struct comparison compare_doubles(const double *got, const double *expected, size_t count,
                                  struct tolerance tolerance);
struct comparison compare_floats(const float *got, const double *expected, size_t count,
                                 struct tolerance tolerance);

/* The largest magnitude, 0 for an empty array: the scale for an absolute tolerance. */
double compare_largest(const double *values, size_t count);

/* Fail the running test with `what` (a printf format) and the worst element. */
void assert_doubles(const double *got, const double *expected, size_t count,
                    struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 5, 6)));
void assert_floats(const float *got, const double *expected, size_t count,
                   struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* Compares bits (0 and -0 differ) and reports the first element that differs. */
void assert_same_bits(const float *got, const float *expected, size_t count, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif
