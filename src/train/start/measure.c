#include "train/start/measure.h"

#include "base/clock.h"
#include "train/plan.h"
#include "train/state.h"
#include "train/step.h"
#include "train/validation.h"

/* Windows that are measured. */
struct trial {
    double began, limit; /* clock; seconds */
    double done, spent;  /* of the current window, and the time when it was done */
};

static double spent(const struct trial *trial) {
    return clock_seconds() - trial->began;
}

static bool goes_on(void *context, double done) {
    struct trial *trial = context;
    trial->done = done;
    trial->spent = spent(trial);
    return done >= 1 || trial->spent < trial->limit;
}

/* The first window also warms the caches, so it is measured only if it is slow. */
static double measure(struct trainer *t, struct trial *trial, size_t most) {
    const struct network_watch watch = {.goes_on = goes_on, .context = trial};
    size_t windows = 0;
    double seconds = 0;
    bool warm = false;
    while (windows < most && seconds < trial->limit) {
        if (!train_step(t, &watch)) {
            return windows > 0 ? seconds / (double)windows : trial->spent / trial->done;
        }
        seconds = spent(trial);
        if (!warm && seconds < trial->limit / 2) {
            trial->began = clock_seconds();
            seconds = 0;
        } else {
            windows++;
        }
        warm = true;
    }
    return seconds / (double)windows;
}

double trainer_measure_window(struct trainer *t, double seconds, size_t most) {
    const struct train_settings *own = t->parts.settings;
    struct train_settings single = *own;
    single.accumulate = 1; /* so that a step is a window */
    t->parts.settings = &single;
    struct trial trial = {.began = clock_seconds(), .limit = seconds};
    t->started = trial.began;
    double window = measure(t, &trial, most);
    t->parts.settings = own;
    return window;
}

double trainer_measure_validation(struct trainer *t) {
    struct train_requests none = {0};
    t->requests = &none;
    validation_estimate(t);
    t->requests = NULL;
    return t->validation_seconds;
}

size_t trainer_checkpoint_size(const struct trainer *t, bool resumable) {
    size_t arrays = optimizer_array_count(t->optimizer) + (t->average != NULL ? 1 : 0);
    size_t state = plan_carried(t->model, t->plan.batch);
    size_t elements = t->model->parameters.elements;
    return sizeof(float) * (resumable ? elements * (1 + arrays) + state : elements);
}
