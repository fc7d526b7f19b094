/*
 * A fixed set of threads that run the same function together, each on its own share.
 *
 * Who waits polls for a moment and then sleeps; with more threads than processors it sleeps at
 * once. In a run nobody writes a cache line that others write, but to say that it has begun and,
 * each in a line of its own, that a share is done; so it is made for many threads as well as few.
 */
#ifndef CHARNN_BASE_THREAD_POOL_H
#define CHARNN_BASE_THREAD_POOL_H

#include "base/error.h"

#include <stddef.h>

struct thread_pool;

/* One share of the work: `index` of `count`. Must not fail. */
typedef void thread_task(void *context, size_t index, size_t count);

/* `threads` >= 1, the caller being one of them. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status thread_pool_create(size_t threads, struct thread_pool **pool,
                                                 struct error *error);

/* Ends and joins the threads; NULL is fine. */
void thread_pool_destroy(struct thread_pool *pool);

/* The number of threads. A NULL pool is the calling thread alone, here and in thread_pool_run(). */
size_t thread_pool_size(const struct thread_pool *pool);

/*
 * Runs task(context, i, n) for i in 0..n-1, one per thread, and returns when all are done. What was
 * written before is seen by the tasks, and what they write by the caller afterwards. One run at a
 * time, from one thread at a time.
 */
void thread_pool_run(struct thread_pool *pool, thread_task *task, void *context);

/* The number of processors this process may use, at least 1: those of its affinity mask, but no
 * more than the quota of its control group allows (base/cgroup.h). */
size_t thread_pool_default_size(void);

/* `threads`, or where that is 0 the number of processors. */
size_t thread_pool_size_for(size_t threads);

/*
 * The share of `total` items that falls to `index` of `count`: [*begin, *end), in multiples of
 * `grain` items but for the last, sizes as even as that allows: they differ by one grain at most
 * and the first shares are the larger ones. So where there are fewer grains than shares, the first
 * ones have a grain each and the others are empty.
 */
void thread_pool_share(size_t total, size_t grain, size_t index, size_t count, size_t *begin,
                       size_t *end);

#endif
