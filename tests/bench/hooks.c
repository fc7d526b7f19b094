#include "hooks.h"

/* The names that --wrap=NAME gives to the replacement, __wrap_NAME, and the original, __real_NAME.
 */
const struct kernels *own_kernels_current(void) __asm__("__real_kernels_current");
void own_thread_pool_run(struct thread_pool *pool, thread_task *task,
                         void *context) __asm__("__real_thread_pool_run");
const struct kernels *hooks_kernels_current(void) __asm__("__wrap_kernels_current");
void hooks_thread_pool_run(struct thread_pool *pool, thread_task *task,
                           void *context) __asm__("__wrap_thread_pool_run");

/* Globals, because the wrapped functions have no context argument. */
static const struct kernels *kernels_in_use;
static hooks_run *run_in_use;

const struct kernels *hooks_own_kernels(void) {
    return own_kernels_current();
}

void hooks_own_run(struct thread_pool *pool, thread_task *task, void *context) {
    own_thread_pool_run(pool, task, context);
}

void hooks_set_kernels(const struct kernels *kernels) {
    kernels_in_use = kernels;
}

void hooks_set_run(hooks_run *run) {
    run_in_use = run;
}

const struct kernels *hooks_kernels_current(void) {
    return kernels_in_use != NULL ? kernels_in_use : hooks_own_kernels();
}

void hooks_thread_pool_run(struct thread_pool *pool, thread_task *task, void *context) {
    (run_in_use != NULL ? run_in_use : hooks_own_run)(pool, task, context);
}

const struct kernels *hooks_reference_kernels(void) {
    return kernels_table[kernels_count - 1];
}

bool hooks_same_bits(void) {
    return hooks_own_kernels()->fused;
}
