#include "measure.h"

#include "base/clock.h"
#include "base/memory.h"
#include "peak.h"

#include <stdlib.h>

/* The limits of the processor: peak arithmetic and reading. */
struct limits {
    const struct peak *peak;
    struct thread_pool *pool;
    size_t rounds; /* of multiply-adds per slice */
    float *data;   /* [count], NULL without bytes */
    size_t count;
    size_t times; /* that data is read per slice */
    float *sinks; /* [threads][CHARNN_LANES] */
};

/* The results of each repeat: [repeats], for the limits [repeats + 1]. */
struct samples {
    double *seconds, *peak, *of_peak, *reading, *of_reading;
};

static void multiply_add_task(void *context, size_t index, size_t count) {
    (void)count;
    const struct limits *l = context;
    l->sinks[index * CHARNN_LANES] = l->peak->multiply_add(l->rounds);
}

/* FLOP/s of all threads. */
static double peak_rate(struct limits *l) {
    double begun = clock_seconds();
    thread_pool_run(l->pool, multiply_add_task, l);
    double flops = l->peak->flops_per_round * (double)(l->rounds * thread_pool_size(l->pool));
    return flops / (clock_seconds() - begun);
}

static void read_task(void *context, size_t index, size_t count) {
    const struct limits *l = context;
    size_t begin;
    size_t end;
    thread_pool_share(l->count, CHARNN_PEAK_GRAIN, index, count, &begin, &end);
    l->sinks[index * CHARNN_LANES] = l->peak->read(l->data + begin, end - begin, l->times);
}

/* Bytes/s of all threads, each with a share of the array. */
static double reading_rate(struct limits *l) {
    double begun = clock_seconds();
    thread_pool_run(l->pool, read_task, l);
    return (double)(l->count * l->times * sizeof *l->data) / (clock_seconds() - begun);
}

/* Doubles the work per slice until a slice is long enough. */
static void calibrate_limits(struct limits *l, double seconds) {
    l->rounds = 1;
    for (double elapsed = 0; elapsed < seconds; l->rounds *= 2) {
        double begun = clock_seconds();
        (void)peak_rate(l);
        elapsed = clock_seconds() - begun;
    }
    l->times = 1;
    for (double elapsed = 0; l->data != NULL && elapsed < seconds; l->times *= 2) {
        double begun = clock_seconds();
        (void)reading_rate(l);
        elapsed = clock_seconds() - begun;
    }
    l->rounds = (l->rounds + 1) / 2;
    l->times = (l->times + 1) / 2;
}

static enum status limits_init(struct limits *l, struct thread_pool *pool, double bytes,
                               struct error *error) {
    void *memory;
    *l = (struct limits){.peak = peak_current(), .pool = pool};
    if (memory_allocate(thread_pool_size(pool) * CHARNN_LANES, sizeof *l->sinks, "the sums",
                        &memory, error) != CHARNN_OK) {
        return error->status;
    }
    l->sinks = memory;
    if (bytes == 0) {
        return CHARNN_OK;
    }
    l->count = size_round_up((size_t)bytes / sizeof *l->data, CHARNN_PEAK_GRAIN);
    if (memory_allocate(l->count, sizeof *l->data, "the array to read", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    l->data = memory;
    for (size_t i = 0; i < l->count; i++) {
        l->data[i] = 1; /* written pages: unwritten ones would share one page of zeros */
    }
    return CHARNN_OK;
}

static void limits_deinit(struct limits *l) {
    memory_free(l->data);
    memory_free(l->sinks);
}

enum status measure_run_for(const struct bench_kind *kind, void *state, double at_least,
                            size_t *runs, double *seconds, struct error *error) {
    double begun = clock_seconds();
    *runs = 0;
    for (size_t more = 1;; more *= 2) {
        for (size_t i = 0; i < more; i++) {
            if (kind->run(state, error) != CHARNN_OK) {
                return error->status;
            }
        }
        *runs += more;
        *seconds = clock_seconds() - begun;
        if (*seconds >= at_least) {
            return CHARNN_OK;
        }
    }
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. */
static struct summary summarize(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    double median =
        count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    return (struct summary){median, values[0], values[count - 1]};
}

static enum status run_slice(const struct bench_kind *kind, void *state, size_t runs,
                             double *seconds, struct error *error) {
    double begun = clock_seconds();
    for (size_t i = 0; i < runs; i++) {
        if (kind->run(state, error) != CHARNN_OK) {
            return error->status;
        }
    }
    *seconds = (clock_seconds() - begun) / (double)runs;
    return CHARNN_OK;
}

static enum status take_samples(const struct bench_kind *kind, void *state, struct limits *limits,
                                const struct measurement *m, struct samples *samples,
                                struct error *error) {
    const struct samples s = *samples;
    for (size_t i = 0; i <= m->repeats; i++) {
        s.peak[i] = m->work.flops > 0 ? peak_rate(limits) : 0;
        s.reading[i] = m->work.bytes > 0 ? reading_rate(limits) : 0;
        if (i < m->repeats && run_slice(kind, state, m->runs, &s.seconds[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    for (size_t i = 0; i < m->repeats; i++) {
        double peak = (s.peak[i] + s.peak[i + 1]) / 2;
        double reading = (s.reading[i] + s.reading[i + 1]) / 2;
        s.of_peak[i] = peak > 0 ? m->work.flops / s.seconds[i] / peak : 0;
        s.of_reading[i] = reading > 0 ? m->work.bytes / s.seconds[i] / reading : 0;
    }
    return CHARNN_OK;
}

static enum status measure_samples(const struct bench_kind *kind, void *state,
                                   struct limits *limits, struct measurement *m,
                                   struct error *error) {
    void *memory;
    size_t stride = m->repeats + 1;
    if (memory_allocate(5 * stride, sizeof(double), "the samples", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    double *values = memory;
    struct samples s = {values, values + stride, values + 2 * stride, values + 3 * stride,
                        values + 4 * stride};
    enum status status = take_samples(kind, state, limits, m, &s, error);
    if (status == CHARNN_OK) {
        m->seconds = summarize(s.seconds, m->repeats);
        m->peak = summarize(s.peak, stride);
        m->of_peak = summarize(s.of_peak, m->repeats);
        m->reading = summarize(s.reading, stride);
        m->of_reading = summarize(s.of_reading, m->repeats);
    }
    memory_free(values);
    return status;
}

enum status measure(const struct bench_kind *kind, void *state, const struct bench_work *work,
                    struct thread_pool *pool, const struct measure_settings *settings,
                    struct measurement *m, struct error *error) {
    struct limits limits;
    double seconds;
    size_t runs;
    *m = (struct measurement){.repeats = settings->repeats, .work = *work};
    enum status status = limits_init(&limits, pool, work->bytes, error);
    if (status == CHARNN_OK) {
        calibrate_limits(&limits, settings->limit_seconds);
        status = measure_run_for(kind, state, settings->case_seconds, &runs, &seconds, error);
    }
    if (status == CHARNN_OK) {
        double wanted = settings->case_seconds / seconds * (double)runs;
        m->runs = wanted > 1 ? (size_t)(wanted + 0.5) : 1;
        status = measure_samples(kind, state, &limits, m, error);
    }
    limits_deinit(&limits);
    return status;
}
