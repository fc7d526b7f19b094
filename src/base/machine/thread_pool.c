#include "base/machine/thread_pool.h"

#include "base/clock.h"
#include "base/machine/cgroup.h"
#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/*
 * How long a thread polls before it sleeps: about the cost of sleeping and waking, so waiting takes
 * at most twice the time of the better choice. After each failure it polls half as long, since on a
 * busy machine the thread it waits for may need this processor. One success restores the full time.
 * With more threads than processors no thread polls.
 */
static const double poll_most = 100e-6; /* seconds */
static const double poll_least = 5e-6;
enum { POLLS_PER_CLOCK = 32 };

/* Tasks need far less stack. The default of 8 MB costs memory if the system uses huge pages. */
enum { STACK_BYTES = 1 << 20 };

/*
 * A number that one thread raises and others wait for.
 *
 * No wake-up is lost. The sleeper increments `sleepers` and then reads `value`; the raiser writes
 * `value` and then reads `sleepers`. All four are sequentially consistent, so at least one of the
 * two sees the other's write. If the sleeper does, it does not sleep. If the raiser does, it takes
 * the mutex, which the sleeper holds from the increment until it sleeps, so the signal comes later.
 * The mutex is used only if a thread sleeps.
 */
struct event {
    atomic_uint_fast64_t value;
    atomic_size_t sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t raised;
};

/* Each worker reports the end of a run in an event of its own, which only the caller reads. A
 * shared counter would be a cache line that passes from worker to worker; lines with one writer
 * each reach the caller in parallel. */
struct worker {
    _Alignas(CHARNN_ALIGNMENT) struct event done; /* value: finished runs */
    struct thread_pool *pool;
    size_t index;
    double poll; /* seconds to poll next time; 0: never */
    pthread_t thread;
};

struct thread_pool {
    size_t started; /* workers that exist */
    double poll;    /* the caller's, as a worker's */
    /* What a worker reads to begin a run: one cache line, written by the caller and by workers that
     * go to sleep. */
    _Alignas(CHARNN_ALIGNMENT) thread_task *task;
    void *context;
    size_t threads; /* with the caller */
    bool closing;
    struct event start; /* value: started runs */
    struct worker workers[];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void event_init(struct event *event) {
    pthread_mutex_init(&event->mutex, NULL);
    pthread_cond_init(&event->raised, NULL);
}

static void event_deinit(struct event *event) {
    pthread_cond_destroy(&event->raised);
    pthread_mutex_destroy(&event->mutex);
}

/* Threads that wait for the value see all earlier writes. */
static void event_raise(struct event *event, uint_fast64_t value) {
    atomic_store(&event->value, value);
    if (atomic_load(&event->sleepers) > 0) {
        pthread_mutex_lock(&event->mutex);
        pthread_cond_broadcast(&event->raised);
        pthread_mutex_unlock(&event->mutex);
    }
}

static bool event_is_at(struct event *event, uint_fast64_t value) {
    return atomic_load_explicit(&event->value, memory_order_acquire) == value;
}

/* Whether the event reaches `value` within *seconds; adapts these. */
static bool event_poll(struct event *event, uint_fast64_t value, double *seconds) {
    double end = clock_seconds() + *seconds;
    do {
        for (int i = 0; i < POLLS_PER_CLOCK; i++) {
            if (event_is_at(event, value)) {
                *seconds = poll_most;
                return true;
            }
            relax();
        }
    } while (clock_seconds() < end);
    *seconds = *seconds > 2 * poll_least ? *seconds / 2 : poll_least;
    return false;
}

static void event_wait(struct event *event, uint_fast64_t value, double *poll) {
    if (event_is_at(event, value) || (*poll > 0 && event_poll(event, value, poll))) {
        return;
    }
    pthread_mutex_lock(&event->mutex);
    atomic_fetch_add(&event->sleepers, 1);
    while (atomic_load(&event->value) != value) {
        pthread_cond_wait(&event->raised, &event->mutex);
    }
    atomic_fetch_sub(&event->sleepers, 1);
    pthread_mutex_unlock(&event->mutex);
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    for (uint_fast64_t run = 1;; run++) {
        event_wait(&pool->start, run, &worker->poll);
        if (pool->closing) {
            return NULL;
        }
        pool->task(pool->context, worker->index, pool->threads);
        event_raise(&worker->done, run);
    }
}

/* Publishes task, context and closing; returns the run's number. */
static uint_fast64_t start_run(struct thread_pool *pool) {
    uint_fast64_t run = atomic_load_explicit(&pool->start.value, memory_order_relaxed) + 1;
    event_raise(&pool->start, run);
    return run;
}

static int start_worker(struct worker *worker) {
    pthread_attr_t attributes;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) {
        return failure;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    /* Workers inherit a mask that leaves signals to the thread that made the pool, except those
     * that a worker's own instructions raise: if it blocked these, the system would end the program
     * at once. */
    static const int own[] = {SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        (void)sigdelset(&all, own[i]);
    }
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
    struct thread_pool *created;
    if (memory_allocate(1, size, "the thread pool", &created, error) != CHARNN_OK) {
        return error->status;
    }
    created->threads = threads;
    created->poll = threads > 1 && threads <= thread_pool_default_size() ? poll_most : 0;
    event_init(&created->start);
    for (size_t i = 0; i < threads - 1; i++) {
        struct worker *worker = &created->workers[i];
        worker->pool = created;
        worker->index = i + 1;
        worker->poll = created->poll;
        event_init(&worker->done);
        int failure = start_worker(worker);
        if (failure != 0) {
            event_deinit(&worker->done);
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
        event_deinit(&pool->workers[i].done);
    }
    event_deinit(&pool->start);
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
        event_wait(&pool->workers[i].done, run, &pool->poll);
    }
}

/* Those that the affinity mask of the process allows. */
static size_t count_processors(void) {
    long count = 0;
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) { /* else there are more than fit in a set */
        count = CPU_COUNT(&set);
    }
#endif
    count = count > 0 ? count : sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

static size_t default_size;

static void find_default_size(void) {
    size_t processors = count_processors();
    size_t quota = cgroup_processors("");
    default_size = processors < quota ? processors : quota;
}

size_t thread_pool_default_size(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_default_size);
    return default_size;
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
