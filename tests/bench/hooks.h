/*
 * Where the benchmark takes part in the program: the linker puts the functions of hooks.c in the
 * place of kernels_current() and thread_pool_run() (its option --wrap), so that the program's own
 * code carries nothing for the benchmark.
 */
#ifndef CHARNN_BENCH_HOOKS_H
#define CHARNN_BENCH_HOOKS_H

#include "base/thread_pool.h"
#include "kernels/dispatch.h"

/* Everything created from now on uses these kernels and their cells; NULL: the program's choice. */
void hooks_set_kernels(const struct kernels *kernels);

/* What runs in the place of thread_pool_run(); NULL: that itself. */
typedef void hooks_run(struct thread_pool *pool, thread_task *task, void *context);
void hooks_set_run(hooks_run *run);

/* The program's own functions. */
const struct kernels *hooks_own_kernels(void);
void hooks_own_run(struct thread_pool *pool, thread_task *task, void *context);

/* The kernels that results are checked with: the plain ones without vectors. */
const struct kernels *hooks_reference_kernels(void);

/*
 * Whether the kernels in use must give the same bits as the reference. Else, without a fused
 * multiply-add, the results differ by rounding.
 */
bool hooks_same_bits(void);

#endif
