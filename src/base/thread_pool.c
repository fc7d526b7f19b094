#include "base/thread_pool.h"

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/*
 * How long a waiter polls before it sleeps: at most about what sleeping and being woken costs, so
 * that waiting never takes more than twice the time of the better of the two. Each time that
 * polling was in vain it polls half as long the next time: perhaps the thread it waits for has no
 * other processor to run on, as the machine is busy. One success restores the full time. With more
 * threads than processors nobody polls at all.
 */
static const double poll_most = 100e-6; /* seconds */
static const double poll_least = 5e-6;
enum { POLLS_PER_CLOCK = 32 };

/*
 * Of each worker's stack. What tasks need is far less; the usual 8 MB would only cost addresses,
 * and memory where the system fills large maps with large pages.
 */
enum { STACK_BYTES = 1 << 20 };

/*
 * A number that one thread raises and others wait for.
 *
 * No wake-up is lost: the sleeper announces itself in `sleepers` and then looks at `value`, the
 * other thread sets `value` and then looks at `sleepers`, and as all four are sequentially
 * consistent, at least one of them sees what the other wrote. If it is the sleeper, it does not
 * sleep. If it is the other, it takes the mutex, which the sleeper holds from its announcement
 * until it sleeps, so its signal comes after that. While nobody sleeps the mutex is not touched.
 */
struct gate {
    atomic_uint_fast64_t value;
    atomic_size_t sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t raised;
};

/*
 * Every worker has a gate of its own to say that it is done, which only the caller looks at. One
 * counter for all would be a cache line that every worker must own in turn, one after the other;
 * lines with one writer each are fetched by the caller side by side.
 */
struct worker {
    _Alignas(CHARNN_ALIGNMENT) struct gate done; /* value: runs that it has finished */
    struct thread_pool *pool;
    size_t index;
    double poll; /* seconds to poll next time, for its own use; 0: never */
    pthread_t thread;
};

struct thread_pool {
    size_t started; /* workers that exist */
    double poll;    /* as a worker's, for the caller */
    /* What a worker reads to begin a run, in one cache line that only the caller writes, but for
     * workers that go to sleep. */
    _Alignas(CHARNN_ALIGNMENT) thread_task *task;
    void *context;
    size_t threads; /* workers and the caller */
    bool closing;
    struct gate start; /* value: runs begun */
    struct worker workers[];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void gate_init(struct gate *gate) {
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->raised, NULL);
}

static void gate_deinit(struct gate *gate) {
    pthread_cond_destroy(&gate->raised);
    pthread_mutex_destroy(&gate->mutex);
}

/* What was written before is seen by those who waited for it. */
static void gate_raise(struct gate *gate, uint_fast64_t value) {
    atomic_store(&gate->value, value);
    if (atomic_load(&gate->sleepers) > 0) {
        pthread_mutex_lock(&gate->mutex);
        pthread_cond_broadcast(&gate->raised);
        pthread_mutex_unlock(&gate->mutex);
    }
}

static bool gate_is_at(struct gate *gate, uint_fast64_t value) {
    return atomic_load_explicit(&gate->value, memory_order_acquire) == value;
}

/* Whether the gate came to be at `value` within *seconds, which are adapted. */
static bool gate_poll(struct gate *gate, uint_fast64_t value, double *seconds) {
    double end = clock_seconds() + *seconds;
    do {
        for (int i = 0; i < POLLS_PER_CLOCK; i++) {
            if (gate_is_at(gate, value)) {
                *seconds = poll_most;
                return true;
            }
            relax();
        }
    } while (clock_seconds() < end);
    *seconds = *seconds > 2 * poll_least ? *seconds / 2 : poll_least;
    return false;
}

static void gate_wait(struct gate *gate, uint_fast64_t value, double *poll) {
    if (gate_is_at(gate, value) || (*poll > 0 && gate_poll(gate, value, poll))) {
        return;
    }
    pthread_mutex_lock(&gate->mutex);
    atomic_fetch_add(&gate->sleepers, 1);
    while (atomic_load(&gate->value) != value) {
        pthread_cond_wait(&gate->raised, &gate->mutex);
    }
    atomic_fetch_sub(&gate->sleepers, 1);
    pthread_mutex_unlock(&gate->mutex);
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    for (uint_fast64_t run = 1;; run++) {
        gate_wait(&pool->start, run, &worker->poll);
        if (pool->closing) {
            return NULL;
        }
        pool->task(pool->context, worker->index, pool->threads);
        gate_raise(&worker->done, run);
    }
}

/* Publishes task, context and closing, which are written before it; returns the run's number. */
static uint_fast64_t start_run(struct thread_pool *pool) {
    uint_fast64_t run = atomic_load_explicit(&pool->start.value, memory_order_relaxed) + 1;
    gate_raise(&pool->start, run);
    return run;
}

static int start_worker(struct worker *worker) {
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) {
        return failure;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES); /* else the usual size */
    /* Signals are for the thread that made the pool: a worker inherits that it blocks them. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    failure = pthread_create(&worker->thread, &attributes, worker_main, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return failure;
}

enum status thread_pool_create(size_t threads, struct thread_pool **pool, struct error *error) {
    assert(threads >= 1);
    *pool = NULL;
    size_t size;
    if (!size_multiply(threads - 1, sizeof(struct worker), &size) ||
        !size_add(size, sizeof(struct thread_pool), &size)) {
        return error_set(error, CHARNN_ERROR_MEMORY, "%zu threads are too many", threads);
    }
    void *memory;
    if (memory_allocate(size, 1, "the thread pool", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct thread_pool *created = memory;
    created->threads = threads;
    created->poll = threads > 1 && threads <= thread_pool_default_size() ? poll_most : 0;
    gate_init(&created->start);
    for (size_t i = 0; i < threads - 1; i++) {
        struct worker *worker = &created->workers[i];
        worker->pool = created;
        worker->index = i + 1;
        worker->poll = created->poll;
        gate_init(&worker->done);
        int failure = start_worker(worker);
        if (failure != 0) {
            gate_deinit(&worker->done);
            thread_pool_destroy(created);
            return error_set_errno(error, CHARNN_ERROR_MEMORY, failure,
                                   "cannot start thread %zu of %zu; ask for fewer with --threads",
                                   i + 2, threads);
        }
        created->started++;
    }
    *pool = created;
    return CHARNN_OK;
}

void thread_pool_destroy(struct thread_pool *pool) {
    if (pool == NULL) {
        return;
    }
    pool->closing = true;
    (void)start_run(pool);
    for (size_t i = 0; i < pool->started; i++) {
        pthread_join(pool->workers[i].thread, NULL);
        gate_deinit(&pool->workers[i].done);
    }
    gate_deinit(&pool->start);
    memory_free(pool);
}

size_t thread_pool_size(const struct thread_pool *pool) {
    return pool != NULL ? pool->threads : 1;
}

void thread_pool_run(struct thread_pool *pool, thread_task *task, void *context) {
    if (thread_pool_size(pool) == 1) {
        task(context, 0, 1);
        return;
    }
    pool->task = task;
    pool->context = context;
    uint_fast64_t run = start_run(pool);
    task(context, 0, pool->threads);
    for (size_t i = 0; i < pool->threads - 1; i++) {
        gate_wait(&pool->workers[i].done, run, &pool->poll);
    }
}

/* Those that the affinity mask of the process allows. */
static size_t count_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) { /* more processors than a set has room for */
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        return online > 0 ? (size_t)online : 1;
    }
    int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

size_t thread_pool_default_size(void) {
    size_t processors = count_processors();
    size_t quota = cgroup_processors("");
    return processors < quota ? processors : quota;
}

size_t thread_pool_size_for(size_t threads) {
    return threads > 0 ? threads : thread_pool_default_size();
}

void thread_pool_share(size_t total, size_t grain, size_t index, size_t count, size_t *begin,
                       size_t *end) {
    size_t grains = (total + grain - 1) / grain;
    size_t first = grains / count * index + (index < grains % count ? index : grains % count);
    size_t last = first + grains / count + (index < grains % count ? 1 : 0);
    *begin = first * grain < total ? first * grain : total;
    *end = last * grain < total ? last * grain : total;
}
