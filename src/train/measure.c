#include "train/measure.h"

#include "base/clock.h"
#include "train/state.h"
#include "train/step.h"

double trainer_measure_window(struct trainer *t, double seconds, size_t most) {
    const struct train_settings *own = t->parts.settings;
    struct train_settings single = *own;
    single.accumulate = 1; /* so that a step is a window */
    t->parts.settings = &single;
    double began = t->started = clock_seconds();
    double spent = 0;
    size_t windows = 0;
    while (windows < most && spent < seconds) {
        (void)train_step(t); /* nothing ends it early */
        double now = clock_seconds();
        spent = now - began;
        if (windows == 0 && spent < seconds / 2) { /* the first one also warms the caches */
            began = now;
            most--;
        } else {
            windows++;
        }
    }
    t->parts.settings = own;
    return windows > 0 ? spent / (double)windows : spent;
}

size_t trainer_checkpoint_size(const struct trainer *t, bool resumable) {
    const struct model_shape *shape = &t->model->shape;
    size_t arrays = optimizer_array_count(t->optimizer) + (t->average != NULL ? 1 : 0);
    size_t state = shape->layers * network_state_kinds(t->network) * t->plan.batch * shape->hidden;
    size_t elements = t->model->parameters.elements;
    return sizeof(float) * (resumable ? elements * (1 + arrays) + state : elements);
}
