/* Comparing arrays of numbers: the worst element is named, and NaN never passes. */
#ifndef CHARNN_TESTS_SUPPORT_COMPARE_H
#define CHARNN_TESTS_SUPPORT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* An element passes where |got - expected| <= absolute + relative * |expected|. */
struct tolerance {
    double absolute;
    double relative;
};

/* The element that is furthest beyond the tolerance. */
struct comparison {
    bool equal; /* every element passed; the rest is then the worst of those, if any */
    size_t index;
    double got;
    double expected;
    double ratio; /* of the error to what is allowed; infinite for NaN and unequal infinities */
};

struct comparison compare_doubles(const double *got, const double *expected, size_t count,
                                  struct tolerance tolerance);
struct comparison compare_floats(const float *got, const double *expected, size_t count,
                                 struct tolerance tolerance);

/* The largest magnitude in an array, 0 where it is empty: the scale for an absolute tolerance. */
double compare_largest(const double *values, size_t count);

/* Fail the running Check test, naming `what` (as in printf) and the worst element. */
void assert_doubles(const double *got, const double *expected, size_t count,
                    struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 5, 6)));
void assert_floats(const float *got, const double *expected, size_t count,
                   struct tolerance tolerance, const char *what, ...)
    __attribute__((format(printf, 5, 6)));

/* The same bits (0 and -0 differ), naming the first element that differs. */
void assert_same_bits(const float *got, const float *expected, size_t count, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif
