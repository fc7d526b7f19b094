#include "options.h"

#include "phases.h"

#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: bench [OPTION]...\n"
    "Times training, sampling, scoring and single kernels, on one thread and on all threads, and\n"
    "compares the speed with the limits of the processor. Each case is first checked against the\n"
    "reference kernels or plain loops.\n"
    "\n"
    "  --case PATTERN  run only cases whose name contains PATTERN (wildcards: * and ?);\n"
    "                  can be repeated\n"
    "  --all           run all cases\n"
    "  --quick         run a few cases, with short slices of time\n"
    "  --list          print the names of the cases and exit\n"
    "  --repeats N     repeats of each case, at least 1 (default: 7)\n"
    "  --threads N     number of all threads (default: the number of processors)\n"
    "  --phases        also print where networks spend their time, from separate runs\n"
    "  --json FILE     also write the results to FILE\n"
    "  --serve FOLDER  train the selected case on request, for tests/bench/peers.py\n"
    "  --help          print this help\n"
    "\n"
    "The environment variable CHARNN_KERNELS selects the kernels: v4, v3, v2, neon or scalar; "
    "v4-amx, v4-vnni and v3-vnni.\n"
    "Exit status: 0 success, 1 a case failed or gave a wrong result, 2 usage error.\n";

static enum status parse_count(const char *name, const char *text, size_t most, size_t *value,
                               struct error *error) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || number < 1 ||
        number > most) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s is \"%s\", but must be a whole number from 1 to %zu", name, text,
                         most);
    }
    *value = (size_t)number;
    return CHARNN_OK;
}

static enum status add_pattern(struct bench_options *o, const char *pattern, struct error *error) {
    if (o->pattern_count == CHARNN_BENCH_PATTERNS) {
        return error_set(error, CHARNN_ERROR_USAGE, "--case can be given at most %d times",
                         CHARNN_BENCH_PATTERNS);
    }
    o->patterns[o->pattern_count++] = pattern;
    return CHARNN_OK;
}

enum option_id { ALL, CASE, HELP, JSON, LIST, PHASES, QUICK, REPEATS, SERVE, THREADS };

static const struct option long_options[] = {
    {"all", no_argument, NULL, ALL},
    {"case", required_argument, NULL, CASE},
    {"help", no_argument, NULL, HELP},
    {"json", required_argument, NULL, JSON},
    {"list", no_argument, NULL, LIST},
    {"phases", no_argument, NULL, PHASES},
    {"quick", no_argument, NULL, QUICK},
    {"repeats", required_argument, NULL, REPEATS},
    {"serve", required_argument, NULL, SERVE},
    {"threads", required_argument, NULL, THREADS},
    {0},
};

static enum status set_option(struct bench_options *o, int id, const char *value,
                              struct error *error) {
    switch (id) {
    case ALL:
        o->level = CHARNN_BENCH_ALL;
        return CHARNN_OK;
    case CASE:
        return add_pattern(o, value, error);
    case HELP:
        o->help = true;
        return CHARNN_OK;
    case JSON:
        o->json_path = value;
        return CHARNN_OK;
    case LIST:
        o->list = true;
        return CHARNN_OK;
    case PHASES:
        o->phases = true;
        return CHARNN_OK;
    case QUICK:
        o->level = CHARNN_BENCH_QUICK;
        o->settings.case_seconds = 0.02;
        o->settings.limit_seconds = 0.01;
        return CHARNN_OK;
    case REPEATS:
        return parse_count("repeats", value, 100000, &o->settings.repeats, error);
    case SERVE:
        o->serve_folder = value;
        return CHARNN_OK;
    default:
        return parse_count("threads", value, CHARNN_PHASES_THREADS, &o->threads, error);
    }
}

enum status bench_options_parse(int argc, char **argv, struct bench_options *options,
                                struct error *error) {
    *options = (struct bench_options){
        .level = CHARNN_BENCH_USUAL,
        .settings = {.repeats = 7, .case_seconds = 0.1, .limit_seconds = 0.03},
        .threads = thread_pool_default_size(),
    };
    opterr = 0;
    for (;;) {
        int at = optind;
        int id = getopt_long(argc, argv, "", long_options, NULL);
        if (id == -1) {
            break;
        }
        if (id == '?') {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "unknown option or missing value: \"%s\"; see --help", argv[at]);
        }
        if (set_option(options, id, optarg, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (optind < argc) {
        return error_set(error, CHARNN_ERROR_USAGE, "unexpected argument \"%s\"; see --help",
                         argv[optind]);
    }
    return CHARNN_OK;
}

void bench_options_print_help(void) {
    (void)fputs(help, stdout);
}

bool bench_options_select(const struct bench_options *options,
                          const struct bench_case *bench_case) {
    for (size_t i = 0; i < options->pattern_count; i++) {
        char pattern[256];
        snprintf(pattern, sizeof pattern, "*%s*", options->patterns[i]);
        if (fnmatch(pattern, bench_case->name, 0) == 0) {
            return true;
        }
    }
    return options->pattern_count == 0 && bench_case->level <= options->level;
}
