/*
 * Times a case together with the limits of the processor. Each repeat times a slice of peak
 * arithmetic (and of reading memory), then a slice of the case, so that a disturbance of the
 * machine affects both. A fraction refers to the mean of the slices before and after.
 */
#ifndef CHARNN_BENCH_MEASURE_H
#define CHARNN_BENCH_MEASURE_H

#include "bench.h"

struct measure_settings {
    size_t repeats;       /* >= 1 */
    double case_seconds;  /* length of a slice of the case; at least one run */
    double limit_seconds; /* length of a slice of peak arithmetic or of reading */
};

struct summary {
    double median, min, max;
};

struct measurement {
    size_t repeats, runs;      /* runs: per repeat */
    struct bench_work work;    /* of one run */
    struct summary seconds;    /* of one run */
    struct summary peak;       /* FLOP/s of all threads; 0 if the case has no FLOPs */
    struct summary of_peak;    /* fraction */
    struct summary reading;    /* bytes/s of all threads from work.bytes bytes; 0 without */
    struct summary of_reading; /* fraction */
};

/* Warms up and measures a created case. Errors: from its run(). */
CHARNN_MUST_CHECK enum status measure(const struct bench_kind *kind, void *state,
                                      const struct bench_work *work, struct thread_pool *pool,
                                      const struct measure_settings *settings,
                                      struct measurement *measurement, struct error *error);

/* Runs until `at_least` seconds have passed; *runs and *seconds are what that took. */
CHARNN_MUST_CHECK enum status measure_run_for(const struct bench_kind *kind, void *state,
                                              double at_least, size_t *runs, double *seconds,
                                              struct error *error);

#endif
