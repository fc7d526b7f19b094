/*
 * Compares the recurrent layers of charnn with the training primitives of oneDNN: `make
 * bench-peers`, if oneDNN 2 is installed. The two take turns after a check that their results
 * agree.
 *
 *   OMP_NUM_THREADS=N bench-onednn N [ROUNDS]
 */
#include "base/clock.h"
#include "kernels/dispatch.h"
#include "peer.h"

#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ROUNDS = 7,
    ROUNDS_MOST = 1000,
    THREADS_MOST = 1024,
    PAUSE = 50000 /* microseconds, for the threads of the other side to fall asleep */
};

static const double seconds_per_turn = 0.2;

static const struct layers_shape shapes[] = {
    {"lstm", 128, 50, 50}, {"lstm", 256, 50, 50}, {"lstm", 512, 50, 50},
    {"gru", 128, 50, 50},  {"gru", 256, 50, 50},  {"gru", 512, 50, 50},
};

struct contest {
    struct layers *layers;
    struct peer *peer;
};

static enum status run_charnn(struct contest *c, struct error *error) {
    (void)error;
    layers_run(c->layers);
    return CHARNN_OK;
}

static enum status run_peer(struct contest *c, struct error *error) {
    return peer_run(c->peer, error);
}

typedef enum status contest_run(struct contest *contest, struct error *error);

/* Seconds per step, over `steps` steps. */
static enum status take_turn(struct contest *c, contest_run *run, size_t steps, double *seconds,
                             struct error *error) {
    (void)usleep(PAUSE);
    double begun = clock_seconds();
    for (size_t i = 0; i < steps; i++) {
        if (run(c, error) != CHARNN_OK) {
            return error->status;
        }
    }
    *seconds = (clock_seconds() - begun) / (double)steps;
    return CHARNN_OK;
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts. */
static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare_doubles);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void print_result(const struct layers_shape *s, size_t gates, const double ours[3],
                         const double theirs[3]) {
    double characters = (double)(s->batch * s->steps);
    double flops = 6.0 * CHARNN_LAYERS * 2 * (double)(gates * s->hidden * s->hidden) * characters;
    printf("%-5s 2x%-4zu %9.4g (%.4g .. %.4g) %7.1f %9.4g (%.4g .. %.4g) %7.1f %7.2f\n", s->cell,
           s->hidden, ours[0] * 1e3, ours[1] * 1e3, ours[2] * 1e3, flops / ours[0] / 1e9,
           theirs[0] * 1e3, theirs[1] * 1e3, theirs[2] * 1e3, flops / theirs[0] / 1e9,
           theirs[0] / ours[0]);
    (void)fflush(stdout);
}

static enum status take_turns(struct contest *c, const struct layers_shape *shape, size_t rounds,
                              struct error *error) {
    static contest_run *const runs[2] = {run_charnn, run_peer};
    static double seconds[2][ROUNDS_MOST];
    size_t steps[2];
    for (int side = 0; side < 2; side++) { /* the comparison was the warm-up */
        double once = 0;
        if (take_turn(c, runs[side], 1, &once, error) != CHARNN_OK) {
            return error->status;
        }
        steps[side] = once < seconds_per_turn ? (size_t)(seconds_per_turn / once) : 1;
    }
    for (size_t i = 0; i < 2 * rounds; i++) {
        size_t side = i % 2;
        if (take_turn(c, runs[side], steps[side], &seconds[side][i / 2], error) != CHARNN_OK) {
            return error->status;
        }
    }
    double results[2][3];
    for (int side = 0; side < 2; side++) {
        results[side][0] = median(seconds[side], rounds);
        results[side][1] = seconds[side][0];
        results[side][2] = seconds[side][rounds - 1];
    }
    print_result(shape, layers_gates(c->layers), results[0], results[1]);
    return CHARNN_OK;
}

static enum status run_shape(const struct layers_shape *shape, struct thread_pool *pool,
                             size_t rounds, struct error *error) {
    struct contest c = {0};
    enum status status = layers_create(shape, pool, &c.layers, error);
    if (status == CHARNN_OK) {
        status = peer_create(shape, c.layers, &c.peer, error);
    }
    if (status == CHARNN_OK) {
        layers_run(c.layers);
        status = peer_run(c.peer, error);
    }
    if (status == CHARNN_OK) {
        status = peer_compare(c.peer, c.layers, error);
    }
    if (status == CHARNN_OK) {
        status = take_turns(&c, shape, rounds, error);
    }
    peer_destroy(c.peer);
    layers_destroy(c.layers);
    return status;
}

static enum status run(size_t threads, size_t rounds, struct error *error) {
    struct thread_pool *pool;
    const dnnl_version_t *version = dnnl_version();
    if (thread_pool_create(threads, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    printf("oneDNN %d.%d.%d, two layers alone, forward and backward, %zu threads, %zu rounds\n",
           version->major, version->minor, version->patch, threads, rounds);
    printf("layers        charnn ms (least .. most) GFLOP/s  oneDNN ms (least .. most) GFLOP/s "
           "speedup\n");
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] && status == CHARNN_OK; i++) {
        status = run_shape(&shapes[i], pool, rounds, error);
    }
    thread_pool_destroy(pool);
    return status;
}

int main(int argc, char **argv) {
    struct error error = {0};
    const char *openmp = getenv("OMP_NUM_THREADS");
    long threads = argc >= 2 ? strtol(argv[1], NULL, 10) : 0;
    long rounds = argc >= 3 ? strtol(argv[2], NULL, 10) : ROUNDS;
    if (argc > 3 || threads < 1 || threads > THREADS_MOST || rounds < 1 || rounds > ROUNDS_MOST ||
        openmp == NULL || strtol(openmp, NULL, 10) != threads || kernels_current() == NULL) {
        (void)fputs("usage: OMP_NUM_THREADS=N bench-onednn N [ROUNDS]\n", stderr);
        return status_exit_code(CHARNN_ERROR_USAGE);
    }
    enum status status = run((size_t)threads, (size_t)rounds, &error);
    if (status != CHARNN_OK) {
        (void)fprintf(stderr, "bench-onednn: %s\n", error.message);
    }
    return status_exit_code(status);
}
