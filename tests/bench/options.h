/* The benchmark's command line. */
#ifndef CHARNN_BENCH_OPTIONS_H
#define CHARNN_BENCH_OPTIONS_H

#include "bench.h"
#include "measure.h"

enum { CHARNN_BENCH_PATTERNS = 16 };

struct bench_options {
    const char *patterns[CHARNN_BENCH_PATTERNS]; /* cases to run; if none, by level */
    size_t pattern_count;
    enum bench_level level;
    struct measure_settings settings;
    size_t threads; /* number for "all threads" */
    const char *json_path;
    const char *serve_folder; /* see serve.h; NULL: run the benchmark */
    bool phases, list, help;
};

/* Errors: CHARNN_ERROR_USAGE. */
CHARNN_MUST_CHECK enum status
bench_options_parse(int argc, char **argv, struct bench_options *options, struct error *error);

void bench_options_print_help(void);

/* Whether a case runs. */
bool bench_options_select(const struct bench_options *options, const struct bench_case *bench_case);

#endif
