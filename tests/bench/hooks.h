/*
 * Hooks into the program: the linker option --wrap replaces kernels_current() and thread_pool_run()
 * by functions of hooks.c, so the program itself contains no code for the benchmark.
 */
#ifndef CHARNN_BENCH_HOOKS_H
#define CHARNN_BENCH_HOOKS_H

#include "base/machine/thread_pool.h"
#include "kernels/dispatch.h"

/* Everything created from now on uses these kernels and their cells; NULL restores the default. */
void hooks_set_kernels(const struct kernels *kernels);

/* Replaces thread_pool_run(); NULL restores it. */
typedef void hooks_run(struct thread_pool *pool, thread_task *task, void *context);
void hooks_set_run(hooks_run *run);

/* The original functions. */
const struct kernels *hooks_own_kernels(void);
void hooks_own_run(struct thread_pool *pool, thread_task *task, void *context);

/* The reference for checks: the scalar kernels. */
const struct kernels *hooks_reference_kernels(void);

/* Whether the kernels in use must give the same bits as the reference. Without fused multiply-adds
 * results differ by rounding. */
bool hooks_same_bits(void);

#endif
