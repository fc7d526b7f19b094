/*
 * Timing a case beside what the processor can do at most. Each repeat times a slice of peak
 * arithmetic (and of reading memory), then a slice of the case, so that a disturbance of the
 * machine hits both; a fraction is of the mean of the slices before and behind.
 */
#ifndef CHARNN_BENCH_MEASURE_H
#define CHARNN_BENCH_MEASURE_H

#include "bench.h"

struct measure_settings {
    size_t repeats;       /* >= 1 */
    double case_seconds;  /* a slice of the case lasts about so long, but at least one run */
    double limit_seconds; /* a slice of peak arithmetic, or of reading */
};

struct summary {
    double median, min, max;
};

struct measurement {
    size_t repeats, runs;      /* runs of the case in each repeat */
    struct bench_work work;    /* of one run */
    struct summary seconds;    /* of one run */
    struct summary peak;       /* FLOP/s of all threads; 0 where the case has no FLOPs */
    struct summary of_peak;    /* fraction */
    struct summary reading;    /* bytes/s from an array as large as the case's bytes; 0 without */
    struct summary of_reading; /* fraction */
};

/* Warms up and measures; the state is that of the case. Errors: what its run() gives. */
CHARNN_MUST_CHECK enum status measure(const struct bench_kind *kind, void *state,
                                      const struct bench_work *work, struct thread_pool *pool,
                                      const struct measure_settings *settings,
                                      struct measurement *measurement, struct error *error);

/* Runs until so many seconds have passed; how many runs those were and what they took. */
CHARNN_MUST_CHECK enum status measure_run_for(const struct bench_kind *kind, void *state,
                                              double at_least, size_t *runs, double *seconds,
                                              struct error *error);

#endif
