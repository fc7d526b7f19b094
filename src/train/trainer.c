#include "train/trainer.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/plural.h"
#include "kernels/kernels.h"
#include "train/schedule.h"
#include "train/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

double trainer_epoch(const struct trainer *t) {
    return (double)t->progress.windows / (double)t->plan.windows;
}

const struct trainer_plan *trainer_plan(const struct trainer *trainer) {
    return &trainer->plan;
}

const struct train_progress *trainer_progress(const struct trainer *trainer) {
    return &trainer->progress;
}

struct model *trainer_model(struct trainer *trainer) {
    return trainer->average != NULL ? trainer->average : trainer->parts.model;
}

enum status trainer_checkpoint_path(const struct train_settings *s, const char *name, char *path,
                                    size_t size, struct error *error) {
    const char *prefix = s->savefile != NULL ? s->savefile : "";
    int length = snprintf(path, size, "%s/%s%s%s.safetensors", s->checkpoint_dir, prefix,
                          prefix[0] != '\0' ? "-" : "", name);
    if (length < 0 || (size_t)length >= size) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "the path of checkpoints in --checkpoint-dir is too long");
    }
    return CHARNN_OK;
}

/* The updates that make up `windows` windows. */
static size_t updates_of(const struct train_settings *s, size_t windows) {
    return (windows + s->accumulate - 1) / s->accumulate;
}

static enum status make_plan(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    corpus_split(corpus_length(t->parts.corpus), s->train_frac, s->val_frac, plan->splits);
    struct split train = plan->splits[CHARNN_SPLIT_TRAIN];
    if (train.end - train.begin < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s and needs at least 2; "
                         "use a longer text or a larger --train-frac",
                         train.end - train.begin, plural_ending(train.end - train.begin));
    }
    plan->batch = s->batch_size;
    plan->steps = s->seq_length;
    plan->reduced = batches_fit(train.end - train.begin, &plan->batch, &plan->steps);
    return CHARNN_OK;
}

/* How many updates the run has, where epochs or steps limit it. */
static void plan_length(struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    plan->windows = batches_windows_per_epoch(t->batches);
    size_t windows;
    if (s->max_epochs > 0 && size_multiply(s->max_epochs, plan->windows, &windows)) {
        plan->updates = updates_of(s, windows);
    }
    if (s->max_steps > 0 && (plan->updates == 0 || s->max_steps < plan->updates)) {
        plan->updates = s->max_steps;
    }
}

static size_t validation_symbols(const struct trainer *t) {
    struct split val = t->plan.splits[CHARNN_SPLIT_VAL];
    return val.end - val.begin;
}

static enum status create_average(struct trainer *t, struct error *error) {
    const struct parameters *p = &t->parts.model->parameters;
    if (t->parts.settings->average <= 0) {
        return CHARNN_OK;
    }
    if (model_create(&t->parts.model->shape, false, &t->average, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(t->average->parameters.values, p->values, p->size * sizeof *p->values);
    return CHARNN_OK;
}

static enum status trainer_init(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    struct parameters *p = &t->parts.model->parameters;
    if (make_plan(t, error) != CHARNN_OK || create_average(t, error) != CHARNN_OK ||
        batches_create(t->parts.corpus, t->parts.vocab, plan->splits[CHARNN_SPLIT_TRAIN],
                       plan->batch, plan->steps, &t->batches, error) != CHARNN_OK) {
        return error->status;
    }
    plan_length(t);
    struct network_plan network = {
        .batch = plan->batch, .steps = plan->steps, .trainable = true, .dropout = s->dropout > 0};
    size_t ids = plan->batch * plan->steps;
    void *x;
    void *y;
    if (network_create(t->parts.model, t->parts.pool, &network, &t->network, error) != CHARNN_OK ||
        optimizer_create(s, p, t->average != NULL ? t->average->parameters.values : NULL,
                         t->parts.pool, &t->optimizer, error) != CHARNN_OK ||
        evaluator_create(trainer_model(t), t->parts.pool, validation_symbols(t), false,
                         &t->evaluator, error) != CHARNN_OK ||
        memory_allocate(ids, sizeof *t->x, "a window of inputs", &x, error) != CHARNN_OK) {
        return error->status;
    }
    t->x = x;
    if (memory_allocate(ids, sizeof *t->y, "a window of targets", &y, error) != CHARNN_OK) {
        return error->status;
    }
    t->y = y;
    size_t arrays = t->average != NULL ? 3 : 2; /* values, gradients, average */
    plan->memory = network_memory(t->parts.model, &network, thread_pool_size(t->parts.pool)) +
                   optimizer_memory(s, p->size) +
                   evaluator_memory(t->parts.model, validation_symbols(t), false,
                                    thread_pool_size(t->parts.pool)) +
                   arrays * p->size * sizeof(float) + 2 * ids * sizeof *t->x;
    return CHARNN_OK;
}

enum status trainer_create(const struct trainer_parts *parts, struct trainer **trainer,
                           struct error *error) {
    void *memory;
    *trainer = NULL;
    if (memory_allocate(1, sizeof **trainer, "the trainer", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct trainer *t = memory;
    t->parts = *parts;
    t->progress = (struct train_progress){.train = NAN, .val = NAN, .best_val = NAN};
    t->saved_step = SIZE_MAX;
    t->valued_step = SIZE_MAX;
    t->corpus_checksum = corpus_checksum(parts->corpus);
    if (trainer_init(t, error) != CHARNN_OK) {
        trainer_destroy(t);
        return error->status;
    }
    *trainer = t;
    return CHARNN_OK;
}

void trainer_destroy(struct trainer *t) {
    if (t == NULL) {
        return;
    }
    memory_free(t->history);
    memory_free(t->y);
    memory_free(t->x);
    evaluator_destroy(t->evaluator);
    optimizer_destroy(t->optimizer);
    network_destroy(t->network);
    batches_destroy(t->batches);
    model_destroy(t->average);
    memory_free(t);
}

enum status trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint,
                            struct error *error) {
    if (snapshot_read(trainer, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    batches_seek(trainer->batches, trainer->progress.windows % trainer->plan.windows);
    network_update_weights(trainer->network);
    trainer->saved_step = trainer->progress.step;
    if (trainer->history_count > 0) { /* a signal may have ended the run some steps later */
        trainer->valued_step = trainer->history[trainer->history_count - 1].step;
    }
    return CHARNN_OK;
}

/* The part of the run that is done, by whichever limit is nearest; 0 without limits. */
static double part_done(const struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    double done = 0;
    if (t->plan.updates > 0) {
        done = (double)t->progress.step / (double)t->plan.updates;
    }
    if (s->max_seconds > 0 && t->progress.seconds / s->max_seconds > done) {
        done = t->progress.seconds / s->max_seconds;
    }
    return done < 1 ? done : 1;
}

/* Forward and backward over the windows of one update; their mean loss. */
static double accumulate_gradients(struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    double loss = 0;
    for (size_t i = 0; i < s->accumulate; i++) {
        struct dropout dropout = {.rate = s->dropout, .seed = s->seed, .step = t->progress.windows};
        if (batches_next(t->batches, t->x, t->y)) {
            network_reset_state(t->network);
        }
        loss += network_train(t->network, t->x, t->y, t->plan.steps, &dropout,
                              1.0F / (float)s->accumulate);
        t->progress.windows++;
    }
    return loss / (double)s->accumulate;
}

static enum status diverged(const struct trainer *t, const char *what, struct error *error) {
    return error_set(
        error, CHARNN_ERROR_DATA,
        "training diverged: the %s at step %zu is not finite; the checkpoints are from "
        "before it. Use a lower --learning-rate or clip with --grad-norm",
        what, t->progress.step);
}

/* One update. */
static enum status train_step(struct trainer *t, struct train_report *report, struct error *error) {
    struct schedule_position position = {
        .step = t->progress.step, .epochs = trainer_epoch(t), .progress = part_done(t)};
    double loss = accumulate_gradients(t);
    t->progress.step++;
    if (!isfinite(loss)) {
        return diverged(t, "loss", error);
    }
    double norm = optimizer_measure(t->optimizer);
    if (!isfinite(norm)) {
        return diverged(t, "gradient", error);
    }
    double rate = schedule_rate(t->parts.settings, position);
    optimizer_step(t->optimizer, rate);
    network_update_weights(t->network);
    t->progress.seconds = clock_seconds() - t->started;
    t->loss_sum += loss;
    t->loss_count++;
    *report = (struct train_report){
        .progress = &t->progress,
        .epoch = trainer_epoch(t),
        .loss = loss,
        .rate = rate,
        .gradient_norm = norm,
        .characters = t->plan.batch * t->plan.steps * t->parts.settings->accumulate,
        .done = part_done(t),
    };
    return CHARNN_OK;
}

static enum status add_history(struct trainer *t, struct error *error) {
    void *memory = t->history;
    size_t used = t->history_count * sizeof *t->history;
    enum status status = memory_grow(&memory, &t->history_capacity, used, used + sizeof *t->history,
                                     "the history", error);
    t->history = memory;
    if (status == CHARNN_OK) {
        t->history[t->history_count++] = (struct train_validation){
            .step = t->progress.step,
            .epoch = trainer_epoch(t),
            .train = t->progress.train,
            .val = t->progress.val,
        };
    }
    return status;
}

/* Whether no weight is infinite or NaN. */
static bool has_finite_weights(const struct model *model) {
    const struct parameters *p = &model->parameters;
    return isfinite(kernels_current()->sum_of_squares(p->values, p->size));
}

static enum status save(struct trainer *t, const char *name, bool resumable,
                        const struct train_observer *observer, struct error *error) {
    char path[4096];
    if (!has_finite_weights(t->parts.model) || !has_finite_weights(trainer_model(t))) {
        return diverged(t, "model", error);
    }
    if (trainer_checkpoint_path(t->parts.settings, name, path, sizeof path, error) != CHARNN_OK ||
        snapshot_write(t, path, resumable, error) != CHARNN_OK) {
        return error->status;
    }
    if (observer->saved != NULL) {
        observer->saved(observer->context, path);
    }
    return CHARNN_OK;
}

static enum status save_last(struct trainer *t, const struct train_observer *observer,
                             struct error *error) {
    t->saved_step = t->progress.step;
    return save(t, "last", true, observer, error);
}

/* Scores the validation part and keeps `best` and `last`. Training state is not touched. */
static enum status validate(struct trainer *t, struct train_report *report,
                            const struct train_observer *observer, struct error *error) {
    struct train_progress *p = &t->progress;
    if (t->loss_count > 0) {
        p->train = t->loss_sum / (double)t->loss_count;
        t->loss_sum = 0;
        t->loss_count = 0;
    }
    bool improved = true; /* without validation the newest is the best there is */
    struct evaluation result = evaluator_run(t->evaluator, t->parts.corpus, t->parts.vocab,
                                             t->plan.splits[CHARNN_SPLIT_VAL]);
    if (result.scored > 0) {
        p->val = evaluation_nats_per_symbol(&result);
        if (!isfinite(p->val)) {
            return diverged(t, "validation loss", error);
        }
        improved = !(p->val >= p->best_val);
    }
    if (improved) {
        p->best_val = p->val;
        p->best_step = p->step;
        p->best_epoch = trainer_epoch(t);
    }
    p->validations_since_best = improved ? 0 : p->validations_since_best + 1;
    p->seconds = clock_seconds() - t->started;
    t->valued_step = p->step;
    if (observer->validation != NULL) {
        observer->validation(observer->context, report, improved);
    }
    if (add_history(t, error) != CHARNN_OK ||
        (improved && save(t, "best", false, observer, error) != CHARNN_OK)) {
        return error->status;
    }
    return save_last(t, observer, error);
}

/* Whether the run is over, and why. */
static bool ended(const struct trainer *t, const volatile sig_atomic_t *stop, enum train_end *end) {
    const struct train_settings *s = t->parts.settings;
    const struct train_progress *p = &t->progress;
    if (*stop != 0) {
        *end = CHARNN_END_SIGNAL;
    } else if (s->max_epochs > 0 && p->windows >= s->max_epochs * t->plan.windows) {
        *end = CHARNN_END_EPOCHS;
    } else if (s->max_steps > 0 && p->step >= s->max_steps) {
        *end = CHARNN_END_STEPS;
    } else if (s->max_seconds > 0 && p->seconds >= s->max_seconds) {
        *end = CHARNN_END_SECONDS;
    } else if (s->patience > 0 && p->validations_since_best >= s->patience) {
        *end = CHARNN_END_PATIENCE;
    } else {
        return false;
    }
    return true;
}

/* What is due after an update: validation with checkpoints, numbered checkpoints. */
static enum status after_step(struct trainer *t, size_t windows_before, struct train_report *report,
                              const struct train_observer *observer, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    size_t step = t->progress.step;
    bool epoch_done = windows_before / t->plan.windows != t->progress.windows / t->plan.windows;
    bool due = epoch_done || (s->eval_val_every > 0 && step % s->eval_val_every == 0);
    if (due && validate(t, report, observer, error) != CHARNN_OK) {
        return error->status;
    }
    if (s->checkpoint_every > 0 && step % s->checkpoint_every == 0) {
        char name[64];
        (void)snprintf(name, sizeof name, "step-%08zu", step);
        return save(t, name, false, observer, error);
    }
    return CHARNN_OK;
}

enum status trainer_run(struct trainer *t, const struct train_observer *observer,
                        const volatile sig_atomic_t *stop, enum train_end *end,
                        struct error *error) {
    struct train_report report = {
        .progress = &t->progress,
        .epoch = trainer_epoch(t),
        .loss = t->progress.train,
        .rate = NAN,
        .gradient_norm = NAN,
    };
    t->started = clock_seconds();
    if (file_make_directory(t->parts.settings->checkpoint_dir, error) != CHARNN_OK) {
        return error->status;
    }
    while (!ended(t, stop, end)) {
        size_t windows_before = t->progress.windows;
        if (train_step(t, &report, error) != CHARNN_OK) {
            return error->status;
        }
        if (observer->step != NULL) {
            observer->step(observer->context, &report);
        }
        if (after_step(t, windows_before, &report, observer, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (*end == CHARNN_END_SIGNAL) { /* at once, without the validation */
        return t->saved_step != t->progress.step ? save_last(t, observer, error) : CHARNN_OK;
    }
    return t->valued_step != t->progress.step ? validate(t, &report, observer, error) : CHARNN_OK;
}
