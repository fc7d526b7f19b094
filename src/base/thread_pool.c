#include "base/thread_pool.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * A waiter first polls, because the next piece of work usually comes within microseconds, and then
 * sleeps, because with more threads than processors polling takes time from whoever has work.
 */
enum { SPIN_LIMIT = 1000 };

struct worker {
    struct thread_pool *pool;
    size_t index;
    pthread_t thread;
};

struct thread_pool {
    size_t threads; /* workers and the caller */
    size_t started; /* workers that exist */
    thread_task *task;
    void *context;
    bool closing;
    /* Written once per run: `generation` by the caller, `finished` by each worker. */
    _Alignas(CHARNN_ALIGNMENT) atomic_uint_fast64_t generation;
    _Alignas(CHARNN_ALIGNMENT) atomic_size_t finished;
    _Alignas(CHARNN_ALIGNMENT) pthread_mutex_t mutex;
    pthread_cond_t work_ready;
    pthread_cond_t work_done;
    struct worker workers[];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void wait_for_generation(struct thread_pool *pool, uint_fast64_t last) {
    for (int i = 0; i < SPIN_LIMIT; i++) {
        if (atomic_load_explicit(&pool->generation, memory_order_acquire) != last) {
            return;
        }
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->generation, memory_order_acquire) == last) {
        pthread_cond_wait(&pool->work_ready, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_for_workers(struct thread_pool *pool) {
    size_t all = pool->threads - 1;
    for (int i = 0; i < SPIN_LIMIT; i++) {
        if (atomic_load_explicit(&pool->finished, memory_order_acquire) == all) {
            return;
        }
        relax();
    }
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load_explicit(&pool->finished, memory_order_acquire) != all) {
        pthread_cond_wait(&pool->work_done, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    for (uint_fast64_t generation = 0;; generation++) {
        wait_for_generation(pool, generation);
        if (pool->closing) {
            return NULL;
        }
        pool->task(pool->context, worker->index, pool->threads);
        size_t finished = atomic_fetch_add_explicit(&pool->finished, 1, memory_order_acq_rel) + 1;
        if (finished == pool->threads - 1) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->work_done);
            pthread_mutex_unlock(&pool->mutex);
        }
    }
}

/* Publishes task, context and closing, which are written before it. */
static void start_generation(struct thread_pool *pool) {
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    pthread_cond_broadcast(&pool->work_ready);
    pthread_mutex_unlock(&pool->mutex);
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
    pthread_mutex_init(&created->mutex, NULL);
    pthread_cond_init(&created->work_ready, NULL);
    pthread_cond_init(&created->work_done, NULL);
    for (size_t i = 0; i < threads - 1; i++) {
        struct worker *worker = &created->workers[i];
        *worker = (struct worker){.pool = created, .index = i + 1};
        int failure = pthread_create(&worker->thread, NULL, worker_main, worker);
        if (failure != 0) {
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
    start_generation(pool);
    for (size_t i = 0; i < pool->started; i++) {
        pthread_join(pool->workers[i].thread, NULL);
    }
    pthread_cond_destroy(&pool->work_done);
    pthread_cond_destroy(&pool->work_ready);
    pthread_mutex_destroy(&pool->mutex);
    memory_free(pool);
}

size_t thread_pool_size(const struct thread_pool *pool) {
    return pool->threads;
}

void thread_pool_run(struct thread_pool *pool, thread_task *task, void *context) {
    if (pool->threads == 1) {
        task(context, 0, 1);
        return;
    }
    pool->task = task;
    pool->context = context;
    atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
    start_generation(pool);
    task(context, 0, pool->threads);
    wait_for_workers(pool);
}

size_t thread_pool_default_size(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

void thread_pool_share(size_t total, size_t grain, size_t index, size_t count, size_t *begin,
                       size_t *end) {
    size_t grains = (total + grain - 1) / grain;
    size_t first = grains / count * index + (index < grains % count ? index : grains % count);
    size_t last = first + grains / count + (index < grains % count ? 1 : 0);
    *begin = first * grain < total ? first * grain : total;
    *end = last * grain < total ? last * grain : total;
}
