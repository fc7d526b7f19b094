#include "train/step.h"

#include "base/clock.h"
#include "train/schedule.h"

#include <math.h>
#include <string.h>

static double fraction_of_steps(const struct trainer *t) {
    double done = t->plan.updates > 0 ? (double)t->progress.step / (double)t->plan.updates : 0;
    return fmin(done, 1);
}

/* By steps or time, whichever is further; 0 without limits. */
static double fraction_of_run(const struct trainer *t) {
    double limit = t->parts.settings->max_seconds;
    double by_time = limit > 0 ? t->progress.seconds / limit : 0;
    return fmin(fmax(fraction_of_steps(t), by_time), 1);
}

/* Forward and backward; returns the mean loss. */
static double accumulate_gradients(struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    struct train_progress *p = &t->progress;
    double loss = 0;
    for (size_t i = 0; i < s->accumulate; i++) {
        struct dropout dropout = {.rate = s->dropout, .seed = s->seed, .step = p->windows};
        if (batches_next(t->batches, t->x, t->y)) {
            network_reset_state(t->network);
        }
        loss += network_train(t->network, t->x, t->y, t->plan.steps, &dropout,
                              1.0F / (float)s->accumulate);
        p->windows++;
    }
    p->epoch = (double)p->windows / (double)t->plan.windows;
    return loss / (double)s->accumulate;
}

static void skip(struct trainer *t) {
    const struct parameters *p = &t->parts.model->parameters;
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
    network_reset_state(t->network); /* otherwise a NaN would stay in it */
    t->progress.skipped++;
    t->progress.bad_steps++;
}

static void add_to_mean(struct train_mean *mean, double value) {
    mean->sum += value;
    mean->count++;
}

static void apply(struct trainer *t, double loss, double rate) {
    struct train_progress *p = &t->progress;
    optimizer_step(t->optimizer, rate);
    network_update_weights(t->network);
    p->bad_steps = 0;
    size_t done = optimizer_steps(t->optimizer);
    double weight = done < 100 ? 1 / (double)done : 0.01;
    p->smooth = done == 1 ? loss : p->smooth + (loss - p->smooth) * weight;
    add_to_mean(&p->loss, loss);
    add_to_mean(&p->printed, loss);
}

void train_step(struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    struct train_progress *p = &t->progress;
    struct schedule_position position = {
        .step = p->step, .epochs = p->epoch, .progress = fraction_of_run(t)};
    double rate = schedule_rate(s, position) * ldexp(1, -(int)p->rollbacks);
    double loss = accumulate_gradients(t);
    double norm = optimizer_measure(t->optimizer);
    const char *bad = !isfinite(loss) ? "loss" : !isfinite(norm) ? "gradient" : NULL;
    p->step++;
    if (bad != NULL) {
        skip(t);
    } else {
        apply(t, loss, rate);
    }
    p->seconds = clock_seconds() - t->started;
    t->report = (struct train_report){
        .progress = p,
        .loss = loss,
        .mean_loss = p->printed.count > 0 ? p->printed.sum / (double)p->printed.count : NAN,
        .skipped = bad,
        .rate = rate,
        .gradient_norm = norm,
        .characters = t->plan.batch * t->plan.steps * s->accumulate,
        .steps_done = fraction_of_steps(t),
        .seconds_left = s->max_seconds > 0 ? s->max_seconds - p->seconds : INFINITY,
    };
    if (s->print_every > 0 && p->step % s->print_every == 0) {
        p->printed = (struct train_mean){0};
    }
}
