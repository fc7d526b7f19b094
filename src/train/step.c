#include "train/step.h"

#include "ranks/ranks.h"
#include "train/agreement.h"
#include "train/schedule.h"
#include "train/time_limit.h"
#include "train/weight_penalty.h"

#include <math.h>
#include <string.h>

static double fraction_of_steps(const struct trainer *t) {
    double done = t->plan.updates > 0 ? (double)t->progress.step / (double)t->plan.updates : 0;
    return fmin(done, 1);
}

/* The fraction of the way from `from` to `limit` that is done; 0 without a limit. */
static double fraction(double from, double now, double limit) {
    if (limit <= 0) {
        return 0;
    }
    return limit > from ? fmin(fmax((now - from) / (limit - from), 0), 1) : 1;
}

/* By steps or time, whichever is further. */
static double fraction_of_schedule(const struct trainer *t) {
    const struct train_progress *p = &t->progress;
    const struct train_rate_start *from = &p->rate_start;
    double by_steps = fraction((double)from->step, (double)p->step, (double)t->plan.updates);
    double by_time = fraction(from->seconds, time_spent(t), time_of_end(t));
    return fmax(by_steps, by_time);
}

double step_rate(const struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    const struct train_progress *p = &t->progress;
    size_t windows = p->rate_start.step * s->accumulate;
    struct schedule_position position = {
        .step = p->step,
        .epochs = p->epoch,
        .since = (double)windows / (double)t->plan.windows,
        .progress = fraction_of_schedule(t),
    };
    size_t halved = p->rollbacks - p->rate_start.rollbacks;
    return ldexp(schedule_rate(s, position), -(int)halved);
}

/* Copies the carried state to t->carried, or back. */
static void move_state(const struct trainer *t, bool back) {
    float *part = t->carried;
    for (size_t i = 0; i < network_part_count(t->network); i++) {
        if (back) {
            network_set_part(t->network, i, part);
        } else {
            network_get_part(t->network, i, part);
        }
        part += t->plan.own * network_part_width(t->network, i);
    }
}

static void clear_gradients(const struct trainer *t) {
    const struct parameters *p = &t->parts.model->parameters;
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
}

/* The watch of a step, which of its windows runs, and how many layers have gradients whose sum over
 * the ranks has not begun. */
struct part {
    const struct network_watch *watch;
    const struct model *model;
    size_t window, windows, layers;
};

static bool part_goes_on(void *context, double done) {
    const struct part *part = context;
    ranks_sum_go_on();
    return part->watch->goes_on(part->watch->context,
                                ((double)part->window + done) / (double)part->windows);
}

static void begin_sum(void *context, size_t layer) {
    struct part *part = context;
    size_t begin;
    size_t end;
    if (part->window + 1 == part->windows) {
        model_layer_range(part->model, layer, &begin, &end);
        ranks_sum_begin(part->model->parameters.gradients + begin, end - begin);
        part->layers = layer;
    }
}

/* Also sums the gradients of what begin_sum() was not called for: the decoder, and all that is left
 * if this rank's watch has ended its windows, which the others do not know yet. */
static void end_sum(struct part *part) {
    const struct parameters *p = &part->model->parameters;
    size_t begin;
    size_t end;
    part->window = part->windows - 1;
    while (part->layers > 0) {
        begin_sum(part, part->layers - 1);
    }
    model_layer_range(part->model, part->model->shape.layers - 1, &begin, &end);
    ranks_sum_begin(p->gradients + end, p->size - end);
    ranks_sum_end();
}

/* Goes back to the state before a step of which `windows` windows are done. */
static void undo(struct trainer *t, size_t windows) {
    struct train_progress *p = &t->progress;
    p->windows -= windows;
    batches_seek(t->batches, p->windows / t->plan.windows, p->windows % t->plan.windows);
    move_state(t, true);
    clear_gradients(t);
}

/* Forward and backward; false if the watch has ended them. *loss and the gradients are the part
 * that this rank's streams have in the means of all. These are means over the number of targets to
 * learn that a window has on average: so one with few of them has a small part in the weights, and
 * the loss of an epoch is the mean over its targets. */
static bool run_windows(struct trainer *t, struct part *part, double *loss) {
    const struct train_settings *s = t->parts.settings;
    struct train_progress *p = &t->progress;
    double share = (double)t->plan.own / ((double)t->plan.batch * t->plan.learned);
    *loss = 0;
    for (; part->window < part->windows; part->window++) {
        const struct dropout dropout = {
            .rates = {[CHARNN_DROPOUT_OUTPUT] = s->dropout,
                      [CHARNN_DROPOUT_CANDIDATE] = s->recurrent_dropout},
            .seed = s->seed,
            .step = p->windows,
            .first = t->plan.first,
            .whole = t->plan.batch};
        if (batches_next(t->batches, t->x, t->y)) {
            network_reset_state(t->network);
        }
        *loss += share * network_train(t->network, t->x, t->y, t->plan.steps, &dropout,
                                       (float)share / (float)s->accumulate);
        if (network_stopped(t->network)) {
            return false;
        }
        p->windows++;
    }
    *loss /= (double)s->accumulate;
    return true;
}

/* Whether no rank's watch has ended its windows. *loss becomes the mean over all streams. */
static bool all_have_done(struct trainer *t, bool done, double *loss) {
    double values[] = {done ? 0 : 1, done ? *loss : 0, batches_changed(t->batches) ? 1 : 0};
    ranks_sum(values, sizeof values / sizeof values[0]);
    *loss = values[1];
    t->text_changed = values[2] > 0;
    return values[0] <= 0;
}

static bool accumulate_gradients(struct trainer *t, const struct network_watch *watch,
                                 double *loss) {
    const struct model *model = t->parts.model;
    struct part part = {.watch = watch,
                        .model = model,
                        .windows = t->parts.settings->accumulate,
                        .layers = model->shape.layers};
    const struct network_watch whole = {.goes_on = part_goes_on,
                                        .layer_done = ranks_count() > 1 ? begin_sum : NULL,
                                        .context = &part};
    move_state(t, false);
    network_set_watch(t->network, &whole);
    bool done = run_windows(t, &part, loss);
    network_set_watch(t->network, NULL);
    size_t windows = part.window;
    end_sum(&part);
    if (!all_have_done(t, done, loss)) {
        undo(t, windows);
        return false;
    }
    t->progress.epoch = (double)t->progress.windows / (double)t->plan.windows;
    return true;
}

static void skip(struct trainer *t) {
    clear_gradients(t);
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

bool train_step(struct trainer *t, const struct network_watch *watch) {
    const struct train_settings *s = t->parts.settings;
    struct train_progress *p = &t->progress;
    double rate = step_rate(t);
    double loss;
    if (!accumulate_gradients(t, watch, &loss)) {
        agreement_on_time(t);
        return false;
    }
    weight_penalty_add(s, &t->parts.model->parameters, t->parts.pool);
    double norm = optimizer_measure(t->optimizer);
    const char *bad = !isfinite(loss) ? "loss" : !isfinite(norm) ? "gradient" : NULL;
    p->step++;
    if (bad != NULL) {
        skip(t);
    } else {
        apply(t, loss, rate);
    }
    agreement_on_time(t);
    t->report = (struct train_report){
        .progress = p,
        .loss = loss,
        .mean_loss = p->printed.count > 0 ? p->printed.sum / (double)p->printed.count : NAN,
        .skipped = bad,
        .rate = rate,
        .gradient_norm = norm,
        .characters = t->plan.batch * t->plan.steps * s->accumulate,
        .steps_done = fraction_of_steps(t),
        .seconds_left = s->max_seconds > 0 ? s->max_seconds - time_spent(t) : INFINITY,
    };
    if (s->print_every > 0 && p->step % s->print_every == 0) {
        p->printed = (struct train_mean){0};
    }
    return true;
}
