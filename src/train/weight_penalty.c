#include "train/weight_penalty.h"

struct work {
    const struct parameters *parameters;
    float l1, l2;
};

/* Share `index` of `count` of each matrix. Padding is zero, and has no gradient. */
static void add_task(void *context, size_t index, size_t count) {
    const struct work *work = context;
    for (size_t i = 0; i < work->parameters->count; i++) {
        const struct parameter *p = &work->parameters->table[i];
        const float *values = parameter_value(work->parameters, p);
        float *gradients = parameter_gradient(work->parameters, p);
        size_t begin = 0;
        size_t end = 0;
        if (p->rank == 2 && p->offset >= work->parameters->frozen) {
            thread_pool_share(p->inputs * p->stride, CHARNN_LANES, index, count, &begin, &end);
        }
        for (size_t j = begin; j < end; j++) {
            float sign = (float)((values[j] > 0) - (values[j] < 0));
            gradients[j] += work->l1 * sign + work->l2 * values[j];
        }
    }
}

void weight_penalty_add(const struct train_settings *settings, const struct parameters *parameters,
                        struct thread_pool *pool) {
    struct work work = {parameters, (float)settings->l1, (float)settings->l2};
    if (settings->l1 > 0 || settings->l2 > 0) {
        thread_pool_run(pool, add_task, &work);
    }
}
