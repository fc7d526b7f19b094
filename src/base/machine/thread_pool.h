/*
 * A fixed set of threads that run the same function together, each on its own share.
 *
 * A waiting thread polls for a moment and then sleeps; with more threads than processors it sleeps
 * at once. The start of a run is one write by the caller, and each thread reports its end in a
 * cache line of its own, so the pool scales to many threads.
 */
#ifndef CHARNN_BASE_MACHINE_THREAD_POOL_H
#define CHARNN_BASE_MACHINE_THREAD_POOL_H

#include "base/error.h"

#include <stddef.h>

struct thread_pool;

/* One share of the work: `index` of `count`. Must not fail. */
typedef void thread_task(void *context, size_t index, size_t count);

/* `threads` >= 1 includes the caller. */
CHARNN_MUST_CHECK enum status thread_pool_create(size_t threads, struct thread_pool **pool,
                                                 struct error *error);

/* Ends and joins the threads. */
void thread_pool_destroy(struct thread_pool *pool);

/* The number of threads. A NULL pool is the calling thread alone, here and in thread_pool_run(). */
size_t thread_pool_size(const struct thread_pool *pool);

/* Runs task(context, i, n) for i in 0..n-1, one per thread, and returns when all are done. Tasks
 * see what the caller wrote before, and the caller sees what they wrote. Not for concurrent or
 * nested calls. */
void thread_pool_run(struct thread_pool *pool, thread_task *task, void *context);

/* The number of processors this process may use, at least 1: those of its affinity mask, but no
 * more than the quota of its control group allows (base/machine/cgroup.h). Determined by the first
 * call, as it takes as long as starting a thread. */
size_t thread_pool_default_size(void);

/* `threads`, or thread_pool_default_size() if that is 0. */
size_t thread_pool_size_for(size_t threads);

/* Share `index` of `count` of `total` items: [*begin, *end), in multiples of `grain` items except
 * for the last. Sizes differ by at most one grain, larger shares first; with fewer grains than
 * shares, the last ones are empty. */
void thread_pool_share(size_t total, size_t grain, size_t index, size_t count, size_t *begin,
                       size_t *end);

#endif
