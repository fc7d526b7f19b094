#include "phases.h"

#include "base/clock.h"
#include "base/memory.h"
#include "hooks.h"

#include <assert.h>
#include <string.h>

/* Seconds of one thread, in cache lines of its own. */
struct slot {
    _Alignas(2 * CHARNN_ALIGNMENT) double phases[CHARNN_PHASE_COUNT];
    double in_tasks;
};

/* Globals, because kernels and cells have no context argument. */
static struct slot slots[CHARNN_PHASES_THREADS];
static double running; /* seconds in thread_pool_run() */
static struct kernels own, timed;
static const struct cell *own_cell;
static struct cell timed_cell;
static bool measuring;
static _Thread_local struct slot *mine; /* NULL outside of tasks */

const char *phase_name(enum phase phase) {
#define PHASE_NAME(phase, name) name,
    static const char *const names[] = {CHARNN_PHASES(PHASE_NAME)};
#undef PHASE_NAME
    return names[phase];
}

static void add_time(enum phase phase, double begun) {
    if (mine != NULL) {
        mine->phases[phase] += clock_seconds() - begun;
    }
}

/* A function that calls `member` and adds its time to the phase. */
#define TIMED(owner, member, phase, parameters, arguments)                                         \
    static void timed_##member parameters {                                                        \
        double begun = clock_seconds();                                                            \
        owner member arguments;                                                                    \
        add_time(CHARNN_PHASE_##phase, begun);                                                     \
    }

TIMED(own., product, PRODUCTS, (const struct product *p), (p))
TIMED(own., outer_product, OUTER_PRODUCTS, (const struct outer_product *p), (p))
TIMED(own., pack, PACKING, (const float *b, size_t ldb, size_t k, size_t n, float *packed),
      (b, ldb, k, n, packed))
TIMED(own., pack_transposed, PACKING,
      (const float *s, size_t lds, size_t k, size_t n, float *packed), (s, lds, k, n, packed))
TIMED(own., cross_entropy, SOFTMAX,
      (float *logits, size_t ld, size_t rows, size_t vocab, const int32_t *target, float factor,
       float *loss),
      (logits, ld, rows, vocab, target, factor, loss))
TIMED(own., adam, OPTIMIZER, (const struct adam_update *u), (u))
TIMED(own., clip, OPTIMIZER, (float *values, size_t count, float limit), (values, count, limit))
TIMED(own., scale, OPTIMIZER, (float *values, size_t count, float factor), (values, count, factor))
TIMED(own_cell->, forward, POINTWISE, (const struct cell_step *s), (s))
TIMED(own_cell->, backward, POINTWISE, (const struct cell_step *s), (s))

static double timed_sum_of_squares(const float *values, size_t count) {
    double begun = clock_seconds();
    double sum = own.sum_of_squares(values, count);
    add_time(CHARNN_PHASE_OPTIMIZER, begun);
    return sum;
}

struct timed_task {
    thread_task *task;
    void *context;
};

static void run_timed_task(void *context, size_t index, size_t count) {
    const struct timed_task *timed_task = context;
    mine = &slots[index];
    double begun = clock_seconds();
    timed_task->task(timed_task->context, index, count);
    mine->in_tasks += clock_seconds() - begun;
    mine = NULL;
}

static void run_timed(struct thread_pool *pool, thread_task *task, void *context) {
    if (mine != NULL) { /* a pool of one thread, inside a task of another pool */
        hooks_own_run(pool, task, context);
        return;
    }
    assert(thread_pool_size(pool) <= CHARNN_PHASES_THREADS);
    struct timed_task timed_task = {task, context};
    double begun = clock_seconds();
    hooks_own_run(pool, run_timed_task, &timed_task);
    running += clock_seconds() - begun;
}

void phases_begin(void) {
    own = *hooks_own_kernels();
    timed = own;
    timed.product = timed_product;
    timed.outer_product = timed_outer_product;
    timed.pack = timed_pack;
    timed.pack_transposed = timed_pack_transposed;
    timed.cross_entropy = timed_cross_entropy;
    timed.adam = timed_adam;
    timed.clip = timed_clip;
    timed.scale = timed_scale;
    timed.sum_of_squares = timed_sum_of_squares;
    measuring = true;
    hooks_set_kernels(&timed);
    hooks_set_run(run_timed);
    phases_clear();
}

void phases_end(void) {
    measuring = false;
    hooks_set_kernels(NULL);
    hooks_set_run(NULL);
}

const struct cell *phases_cell(const struct cell *cell) {
    if (!measuring) {
        return cell;
    }
    own_cell = cell;
    timed_cell = *cell;
    timed_cell.forward = timed_forward;
    timed_cell.backward = timed_backward;
    return &timed_cell;
}

void phases_clear(void) {
    memset(slots, 0, sizeof slots);
    running = 0;
}

void phases_shares(size_t threads, double seconds, double shares[CHARNN_PHASE_COUNT]) {
    double all = (double)threads * seconds;
    double in_tasks = 0;
    double known = 0;
    memset(shares, 0, CHARNN_PHASE_COUNT * sizeof *shares);
    for (size_t i = 0; i < threads; i++) {
        in_tasks += slots[i].in_tasks;
        for (size_t p = 0; p < CHARNN_PHASE_WAITING; p++) {
            shares[p] += slots[i].phases[p] / all;
        }
    }
    /* During a run, threads wait outside of their task; between runs, all but the caller wait. */
    double idle =
        (double)threads * running - in_tasks + (double)(threads - 1) * (seconds - running);
    shares[CHARNN_PHASE_WAITING] = idle / all;
    for (size_t p = 0; p < CHARNN_PHASE_REST; p++) {
        known += shares[p];
    }
    shares[CHARNN_PHASE_REST] = 1 - known;
}
