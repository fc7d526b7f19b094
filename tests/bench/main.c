/* The benchmark of charnn: `make bench`, or build/bench --help. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "bench.h"
#include "kernels/dispatch.h"
#include "options.h"
#include "phases.h"
#include "report.h"
#include "serve.h"

#include <stdio.h>
#include <string.h>

static enum status list_cases(struct bench_list *list, size_t threads, struct error *error) {
    if (train_add_cases(list, threads, error) != CHARNN_OK ||
        sample_add_cases(list, threads, error) != CHARNN_OK ||
        draw_add_cases(list, error) != CHARNN_OK ||
        eval_add_cases(list, threads, error) != CHARNN_OK ||
        scan_add_cases(list, error) != CHARNN_OK || product_add_cases(list, error) != CHARNN_OK ||
        cell_add_cases(list, error) != CHARNN_OK) {
        return error->status;
    }
    return pointwise_add_cases(list, error);
}

/* Checks the case, then times it. */
static enum status run_case(const struct bench_case *c, struct thread_pool *pool,
                            const struct measure_settings *settings, struct report *report,
                            struct error *error) {
    void *state;
    struct bench_work work;
    struct measurement measurement;
    if (c->kind->create(c, pool, &state, &work, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = c->kind->check(state, error);
    if (status == CHARNN_OK) {
        status = measure(c->kind, state, &work, pool, settings, &measurement, error);
    }
    c->kind->destroy(state);
    return status == CHARNN_OK ? report_add(report, c, &measurement, error) : status;
}

/* Runs the case again, with timed kernels. */
static enum status run_phases(const struct bench_case *c, struct thread_pool *pool,
                              const struct measure_settings *settings, struct report *report,
                              struct error *error) {
    void *state = NULL;
    struct bench_work work;
    double shares[CHARNN_PHASE_COUNT];
    double seconds;
    size_t runs;
    phases_begin();
    enum status status = c->kind->create(c, pool, &state, &work, error);
    if (status == CHARNN_OK) {
        status = c->kind->run(state, error); /* warm-up */
    }
    if (status == CHARNN_OK) {
        phases_clear();
        status =
            measure_run_for(c->kind, state, 3 * settings->case_seconds, &runs, &seconds, error);
    }
    if (status == CHARNN_OK) {
        phases_shares(c->threads, seconds, shares);
    }
    c->kind->destroy(state);
    phases_end();
    return status == CHARNN_OK ? report_add_phases(report, shares, error) : status;
}

static enum status run_one(const struct bench_options *options, const struct bench_case *c,
                           struct report *report, struct error *error) {
    struct thread_pool *pool;
    if (thread_pool_create(c->threads, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = run_case(c, pool, &options->settings, report, error);
    if (status == CHARNN_OK && options->phases && c->kind->has_phases) {
        status = run_phases(c, pool, &options->settings, report, error);
    }
    thread_pool_destroy(pool);
    return status;
}

/* Other cases run even if one fails. */
static enum status run_all(const struct bench_options *options, const struct bench_list *list,
                           struct error *error) {
    struct report *report;
    if (report_create(&options->settings, &report, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < list->count; i++) {
        struct error own = {0};
        const struct bench_case *c = &list->cases[i];
        if (!bench_options_select(options, c) || run_one(options, c, report, &own) == CHARNN_OK) {
            continue;
        }
        (void)fprintf(stderr, "%s: %s\n", c->name, own.message);
        if (status == CHARNN_OK) {
            status = error_set(error, own.status, "not all cases could be timed");
        }
    }
    if (options->json_path != NULL) {
        struct error own = {0};
        if (report_write_json(report, options->json_path, &own) != CHARNN_OK) {
            status = error_set(error, own.status, "%s", own.message);
        }
    }
    report_destroy(report);
    return status;
}

static void print_names(const struct bench_options *options, const struct bench_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (bench_options_select(options, &list->cases[i])) {
            printf("%s\n", list->cases[i].name);
        }
    }
}

static enum status serve_one(const struct bench_options *options, const struct bench_list *list,
                             struct error *error) {
    for (size_t i = 0; i < list->count; i++) {
        if (options->pattern_count == 1 && strcmp(list->cases[i].name, options->patterns[0]) == 0 &&
            strcmp(list->cases[i].kind->name, "train") == 0) {
            return serve(&list->cases[i], options->serve_folder, error);
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "--serve needs one --case with the full name of a train case (see --list)");
}

static enum status check_patterns(const struct bench_options *options,
                                  const struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < list->count; i++) {
        if (bench_options_select(options, &list->cases[i])) {
            return CHARNN_OK;
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE, "no case matches; --list --all prints all names");
}

static enum status act(const struct bench_options *options, struct error *error) {
    struct bench_list list = {0};
    enum status status = list_cases(&list, options->threads, error);
    if (status == CHARNN_OK) {
        status = check_patterns(options, &list, error);
    }
    if (status != CHARNN_OK) {
    } else if (options->list) {
        print_names(options, &list);
    } else if (options->serve_folder != NULL) {
        status = serve_one(options, &list, error);
    } else {
        status = run_all(options, &list, error);
    }
    bench_list_deinit(&list);
    return status;
}

int main(int argc, char **argv) {
    struct error error = {0};
    struct bench_options options;
    json_install_allocator();
    if (kernels_current() == NULL) {
        (void)fprintf(stderr, "bench: CHARNN_KERNELS names no supported kernels\n");
        return status_exit_code(CHARNN_ERROR_USAGE);
    }
    enum status status = bench_options_parse(argc, argv, &options, &error);
    if (status == CHARNN_OK && options.help) {
        bench_options_print_help();
    } else if (status == CHARNN_OK) {
        status = act(&options, &error);
    }
    if (status != CHARNN_OK) {
        (void)fprintf(stderr, "bench: %s\n", error.message);
    }
    return status_exit_code(status);
}
