#include "report.h"

#include "base/files/atomic_file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/version.h"
#include "caches.h"
#include "kernels/dispatch.h"

#include <stdio.h>
#include <string.h>

enum { CACHES_LENGTH = 128 };

struct report {
    cJSON *json;
    cJSON *cases;                  /* in json */
    cJSON *last;                   /* the last case in cases */
    const struct bench_kind *kind; /* of the last case */
};

static const char explanation[] =
    "FLOP: 2 per multiply-add of a product. A character takes 6 FLOP per weight in products for\n"
    "training (2 forward, 4 backward) and 2 for sampling and scoring. The input of the first "
    "layer\n"
    "is a row of its weights, not a product, and counts as 0. Peak: multiply-adds that stay in\n"
    "registers, on the same number of threads, timed between the repeats. GB/s: the least bytes\n"
    "read and written; the share is of the rate at which the same threads read an array of that\n"
    "size. Bound: the limit with the larger share. Times: median of the repeats (least .. most).\n";

static void print_head(const struct measure_settings *settings) {
    char caches[CACHES_LENGTH];
    caches_describe(caches, sizeof caches);
    printf("charnn %s, kernels %s, %zu processors with caches %s, %zu repeats of %g s\n\n%s",
           CHARNN_VERSION, kernels_current()->name, thread_pool_default_size(), caches,
           settings->repeats, settings->case_seconds, explanation);
}

/* What bounds the case: NULL if it has no limit. */
static const char *bound_of(const struct measurement *m) {
    if (m->work.flops == 0 && m->work.bytes == 0) {
        return NULL;
    }
    return m->of_peak.median > m->of_reading.median ? "multiply-adds" : "reading";
}

static enum status fill_head(struct report *r, const struct measure_settings *settings,
                             struct error *error) {
    char caches[CACHES_LENGTH];
    caches_describe(caches, sizeof caches);
    if (json_create_object(&r->json, error) != CHARNN_OK ||
        json_add_string(r->json, "version", CHARNN_VERSION, error) != CHARNN_OK ||
        json_add_string(r->json, "kernels", kernels_current()->name, error) != CHARNN_OK ||
        json_add_size(r->json, "processors", thread_pool_default_size(), error) != CHARNN_OK ||
        json_add_string(r->json, "caches", caches, error) != CHARNN_OK ||
        json_add_size(r->json, "repeats", settings->repeats, error) != CHARNN_OK ||
        json_add_double(r->json, "seconds_per_repeat", settings->case_seconds, error) !=
            CHARNN_OK) {
        return error->status;
    }
    return json_add_array(r->json, "cases", &r->cases, error);
}

enum status report_create(const struct measure_settings *settings, struct report **report,
                          struct error *error) {
    void *memory;
    *report = NULL;
    if (memory_allocate(1, sizeof **report, "the report", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    if (fill_head(memory, settings, error) != CHARNN_OK) {
        report_destroy(memory);
        return error->status;
    }
    print_head(settings);
    *report = memory;
    return CHARNN_OK;
}

void report_destroy(struct report *report) {
    if (report != NULL) {
        cJSON_Delete(report->json);
        memory_free(report);
    }
}

static void print_case(struct report *r, const struct bench_case *c, const struct measurement *m) {
    if (r->kind == NULL || strcmp(r->kind->name, c->kind->name) != 0) {
        char rate[32];
        snprintf(rate, sizeof rate, "%s/s", c->kind->unit);
        printf("\n%-34s %9s %21s %13s %8s %8s %6s %7s %6s  %s\n", c->kind->name, "ms/step",
               "(least .. most)", rate, "GFLOP/s", "peak", "share", "GB/s", "share", "bound");
    }
    char range[32];
    snprintf(range, sizeof range, "(%.4g .. %.4g)", m->seconds.min * 1e3, m->seconds.max * 1e3);
    const char *name = strchr(c->name, '/');
    printf("%-34s %9.4g %21s %13.0f", name != NULL ? name + 1 : c->name, m->seconds.median * 1e3,
           range, m->work.items / m->seconds.median);
    if (m->work.flops > 0) {
        printf(" %8.1f %8.1f %5.1f%%", m->work.flops / m->seconds.median / 1e9,
               m->peak.median / 1e9, m->of_peak.median * 100);
    } else {
        printf(" %8s %8s %6s", "", "", "");
    }
    if (m->work.bytes > 0) {
        printf(" %7.1f %5.1f%%", m->work.bytes / m->seconds.median / 1e9,
               m->of_reading.median * 100);
    } else {
        printf(" %7s %6s", "", "");
    }
    const char *bound = bound_of(m);
    printf("  %s\n", bound != NULL ? bound : "");
    (void)fflush(stdout);
}

static enum status add_summary(cJSON *json, const char *key, struct summary summary, double unit,
                               struct error *error) {
    cJSON *object;
    if (json_add_object(json, key, &object, error) != CHARNN_OK ||
        json_add_double(object, "median", summary.median / unit, error) != CHARNN_OK ||
        json_add_double(object, "min", summary.min / unit, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(object, "max", summary.max / unit, error);
}

static enum status add_limit(cJSON *json, const char *const keys[3], double rate,
                             struct summary limit, struct summary fraction, struct error *error) {
    if (json_add_double(json, keys[0], rate / 1e9, error) != CHARNN_OK ||
        add_summary(json, keys[1], limit, 1e9, error) != CHARNN_OK) {
        return error->status;
    }
    return add_summary(json, keys[2], fraction, 1, error);
}

static enum status fill_case(cJSON *json, const struct bench_case *c, const struct measurement *m,
                             struct error *error) {
    static const char *const peak_keys[] = {"gflops", "peak_gflops", "of_peak"};
    static const char *const reading_keys[] = {"gbytes", "reading_gbytes", "of_reading"};
    char rate[32];
    double seconds = m->seconds.median;
    snprintf(rate, sizeof rate, "%s_per_second", c->kind->unit);
    if (json_add_string(json, "name", c->name, error) != CHARNN_OK ||
        json_add_size(json, "threads", c->threads, error) != CHARNN_OK ||
        json_add_size(json, "repeats", m->repeats, error) != CHARNN_OK ||
        json_add_size(json, "steps_per_repeat", m->runs, error) != CHARNN_OK ||
        add_summary(json, "ms_per_step", m->seconds, 1e-3, error) != CHARNN_OK ||
        json_add_double(json, rate, m->work.items / seconds, error) != CHARNN_OK) {
        return error->status;
    }
    if (m->work.flops > 0 && add_limit(json, peak_keys, m->work.flops / seconds, m->peak,
                                       m->of_peak, error) != CHARNN_OK) {
        return error->status;
    }
    if (m->work.bytes > 0 && add_limit(json, reading_keys, m->work.bytes / seconds, m->reading,
                                       m->of_reading, error) != CHARNN_OK) {
        return error->status;
    }
    const char *bound = bound_of(m);
    return bound != NULL ? json_add_string(json, "bound", bound, error) : CHARNN_OK;
}

enum status report_add(struct report *report, const struct bench_case *bench_case,
                       const struct measurement *measurement, struct error *error) {
    print_case(report, bench_case, measurement);
    report->kind = bench_case->kind;
    if (json_add_object(report->cases, NULL, &report->last, error) != CHARNN_OK) {
        return error->status;
    }
    return fill_case(report->last, bench_case, measurement, error);
}

enum status report_add_phases(struct report *report, const double shares[CHARNN_PHASE_COUNT],
                              struct error *error) {
    cJSON *object;
    if (json_add_object(report->last, "phases", &object, error) != CHARNN_OK) {
        return error->status;
    }
    printf("   ");
    for (int p = 0; p < CHARNN_PHASE_COUNT; p++) {
        const char *name = phase_name((enum phase)p);
        printf(" %s %.1f%%%s", name, shares[p] * 100, p + 1 < CHARNN_PHASE_COUNT ? "," : "\n");
        if (json_add_double(object, name, shares[p], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status report_write_json(const struct report *report, const char *path, struct error *error) {
    char *text;
    struct atomic_file *file = NULL;
    if (json_print(report->json, true, &text, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = atomic_file_create(path, &file, error);
    if (status == CHARNN_OK) {
        status = atomic_file_write(file, text, strlen(text), error);
    }
    if (status == CHARNN_OK) {
        status = atomic_file_write(file, "\n", 1, error);
    }
    if (status == CHARNN_OK) {
        status = atomic_file_commit(file, error);
    }
    atomic_file_destroy(file);
    memory_free(text);
    return status;
}
