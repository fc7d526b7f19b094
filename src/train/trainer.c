#include "train/trainer.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/plural.h"
#include "train/schedule.h"
#include "train/text_errors.h"
#include "train/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct trainer_plan *trainer_plan(const struct trainer *trainer) {
    return &trainer->plan;
}

const struct train_progress *trainer_progress(const struct trainer *trainer) {
    return &trainer->progress;
}

bool trainer_has_saved(const struct trainer *trainer) {
    return trainer->saved_step != SIZE_MAX;
}

struct model *trainer_model(struct trainer *trainer) {
    return trainer->average != NULL ? trainer->average : trainer->parts.model;
}

/* <dir>/<hidden><savefile>-<kind><name>.safetensors. */
static enum status make_path(const struct train_settings *s, const char *hidden, const char *kind,
                             const char *name, char *path, size_t size, struct error *error) {
    const char *prefix = s->savefile != NULL ? s->savefile : "";
    int length = snprintf(path, size, "%s/%s%s%s%s%s.safetensors", s->checkpoint_dir, hidden,
                          prefix, prefix[0] != '\0' ? "-" : "", kind, name);
    if (length < 0 || (size_t)length >= size) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "the path of checkpoints in --checkpoint-dir is too long");
    }
    return CHARNN_OK;
}

enum status trainer_checkpoint_path(const struct train_settings *s, const char *name, char *path,
                                    size_t size, struct error *error) {
    return make_path(s, "", "", name, path, size, error);
}

enum status trainer_aside_path(const struct train_settings *s, const char *name, char *path,
                               size_t size, struct error *error) {
    return make_path(s, ".", "scheduled-", name, path, size, error);
}

/* The updates that make up `windows` windows. */
static size_t updates_of(const struct train_settings *s, size_t windows) {
    return (windows + s->accumulate - 1) / s->accumulate;
}

static enum status make_plan(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    corpus_split(t->parts.corpus, s->train_frac, s->val_frac, plan->splits);
    struct split train = plan->splits[CHARNN_SPLIT_TRAIN];
    if (train.end - train.begin < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s and needs at least 2; "
                         "use a longer text%s or a larger --train-frac",
                         train.end - train.begin, plural_ending(train.end - train.begin),
                         corpus_records(t->parts.corpus) > 0 ? " of more --records" : "");
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
                       plan->batch, plan->steps, s->seed, &t->batches, error) != CHARNN_OK) {
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
                   arrays * p->size * sizeof(float) + 2 * ids * sizeof *t->x + snapshot_memory(t);
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
    t->progress = (struct train_progress){.train = NAN, .smooth = NAN, .val = NAN, .best_val = NAN};
    t->saved_step = SIZE_MAX;
    t->scheduled_step = SIZE_MAX;
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
    for (size_t i = 0; i < t->change_count; i++) {
        memory_free(t->changes[i].text);
    }
    memory_free(t->changes);
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
    if (trainer_go_to(trainer, checkpoint, error) != CHARNN_OK ||
        snapshot_read_past(trainer, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    trainer->saved_step = trainer->progress.step;
    return CHARNN_OK;
}

enum status trainer_go_to(struct trainer *t, const struct checkpoint *checkpoint,
                          struct error *error) {
    if (snapshot_read(t, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    t->progress.epoch = (double)t->progress.windows / (double)t->plan.windows;
    batches_seek(t->batches, t->progress.windows / t->plan.windows,
                 t->progress.windows % t->plan.windows);
    network_update_weights(t->network);
    /* A signal may have ended the run some steps later. */
    t->valued_step = t->history_count > 0 ? t->history[t->history_count - 1].step : SIZE_MAX;
    return CHARNN_OK;
}

enum status trainer_add_change(struct trainer *t, size_t step, const char *text,
                               struct error *error) {
    enum status status = MEMORY_GROW(&t->changes, &t->change_capacity, t->change_count,
                                     t->change_count + 1, "the changes", error);
    if (status == CHARNN_OK) {
        struct train_change *change = &t->changes[t->change_count];
        change->step = step;
        status = memory_copy_string(text, &change->text, error);
        t->change_count += status == CHARNN_OK;
    }
    return status;
}

enum status trainer_note_change(struct trainer *t, const char *text, struct error *error) {
    return trainer_add_change(t, t->progress.step, text, error);
}

static double part_of_steps(const struct trainer *t) {
    double done = t->plan.updates > 0 ? (double)t->progress.step / (double)t->plan.updates : 0;
    return done < 1 ? done : 1;
}

/* The part of the run that is done, by whichever limit is nearest; 0 without limits. */
static double part_done(const struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    double done = part_of_steps(t);
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
    t->progress.epoch = (double)t->progress.windows / (double)t->plan.windows;
    return loss / (double)s->accumulate;
}

static void add_to_mean(struct train_mean *mean, double value) {
    mean->sum += value;
    mean->count++;
}

/* Applies the gradients, or leaves them out where they are not finite; what was not, or NULL. */
static const char *update(struct trainer *t, double loss, double norm, double rate) {
    const char *bad = !isfinite(loss) ? "loss" : !isfinite(norm) ? "gradient" : NULL;
    t->progress.step++;
    if (bad != NULL) {
        recovery_skip(t, bad);
        return bad;
    }
    optimizer_step(t->optimizer, rate);
    network_update_weights(t->network);
    t->bad_steps = 0;
    size_t done = optimizer_steps(t->optimizer);
    double weight = done < 100 ? 1 / (double)done : 0.01;
    t->progress.smooth =
        done == 1 ? loss : t->progress.smooth + (loss - t->progress.smooth) * weight;
    add_to_mean(&t->loss, loss);
    add_to_mean(&t->printed, loss);
    return NULL;
}

/* One update. */
static void train_step(struct trainer *t, struct train_report *report) {
    const struct train_settings *s = t->parts.settings;
    struct schedule_position position = {
        .step = t->progress.step, .epochs = t->progress.epoch, .progress = part_done(t)};
    double loss = accumulate_gradients(t);
    double norm = optimizer_measure(t->optimizer);
    double rate = schedule_rate(s, position) * recovery_rate(t);
    const char *skipped = update(t, loss, norm, rate);
    t->progress.seconds = clock_seconds() - t->started;
    *report = (struct train_report){
        .progress = &t->progress,
        .loss = loss,
        .mean_loss = t->printed.count > 0 ? t->printed.sum / (double)t->printed.count : NAN,
        .skipped = skipped,
        .rate = rate,
        .gradient_norm = norm,
        .characters = t->plan.batch * t->plan.steps * s->accumulate,
        .steps_done = part_of_steps(t),
        .seconds_left = s->max_seconds > 0 ? s->max_seconds - t->progress.seconds : INFINITY,
    };
    if (s->print_every > 0 && t->progress.step % s->print_every == 0) {
        t->printed = (struct train_mean){0};
    }
}

/* Whether the run is over, and why. */
static bool ended(const struct trainer *t, const struct train_requests *requests,
                  enum train_end *end) {
    const struct train_settings *s = t->parts.settings;
    const struct train_progress *p = &t->progress;
    if (requests->stop != 0) {
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

/* What is due after an update: validation with checkpoints, numbered checkpoints; and a checkpoint
 * that was asked for. */
static enum status after_step(struct trainer *t, size_t windows_before, struct train_report *report,
                              const struct train_observer *observer,
                              struct train_requests *requests, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    size_t step = t->progress.step;
    bool epoch_done = windows_before / t->plan.windows != t->progress.windows / t->plan.windows;
    bool due = epoch_done || (s->eval_val_every > 0 && step % s->eval_val_every == 0);
    enum train_end end;
    t->ending = ended(t, requests, &end);
    if (due && validation_run(t, report, true, observer, error) != CHARNN_OK) {
        return error->status;
    }
    if (t->diverged == NULL && s->checkpoint_every > 0 && step % s->checkpoint_every == 0) {
        save_numbered(t, observer);
    }
    if (t->diverged == NULL && requests->save != 0) {
        requests->save = 0;
        save_last(t, t->scheduled_step == step, observer);
        if (t->saved_step == step && observer->saved_on_request != NULL) {
            observer->saved_on_request(observer->context);
        }
    }
    return CHARNN_OK;
}

static enum status advance(struct trainer *t, struct train_report *report,
                           const struct train_observer *observer, struct train_requests *requests,
                           struct error *error) {
    size_t windows_before = t->progress.windows;
    train_step(t, report);
    if (batches_changed(t->batches)) {
        return train_text_changed(t->progress.step, error);
    }
    if (observer->step != NULL) {
        observer->step(observer->context, report);
    }
    if (t->diverged == NULL &&
        after_step(t, windows_before, report, observer, requests, error) != CHARNN_OK) {
        return error->status;
    }
    return t->diverged != NULL ? recovery_roll_back(t, observer, error) : CHARNN_OK;
}

/* What is still to be done at the run's end; after it the run may have to go on. */
static enum status finish(struct trainer *t, struct train_report *report, enum train_end end,
                          const struct train_observer *observer, struct error *error) {
    bool valued = t->valued_step == t->progress.step;
    t->ending = true;
    if (end != CHARNN_END_SIGNAL && !valued) { /* a signal's end is at once, without validation */
        if (validation_run(t, report, false, observer, error) != CHARNN_OK) {
            return error->status;
        }
    } else if (t->saved_step != t->progress.step) {
        save_last(t, valued && !t->provisional, observer);
    }
    return t->diverged != NULL ? recovery_roll_back(t, observer, error) : CHARNN_OK;
}

/* The first checkpoint of a new run: to go back to, and to know that there can be some. */
static enum status begin(struct trainer *t, const struct train_observer *observer,
                         struct error *error) {
    t->started = clock_seconds();
    if (file_make_directory(t->parts.settings->checkpoint_dir, error) != CHARNN_OK) {
        return error->status;
    }
    if (trainer_has_saved(t)) {
        return CHARNN_OK;
    }
    t->ending = true; /* where this one fails, nothing begins */
    save_begin(t, observer);
    if (t->diverged != NULL) {
        return error_set(error, CHARNN_ERROR_DATA, "the weights to start from are not finite");
    }
    return save_check(t, error);
}

enum status trainer_run(struct trainer *t, const struct train_observer *observer,
                        struct train_requests *requests, enum train_end *end, struct error *error) {
    struct train_report report = {
        .progress = &t->progress,
        .loss = t->progress.train,
        .rate = NAN,
        .gradient_norm = NAN,
    };
    bool resumed = trainer_has_saved(t);
    if (begin(t, observer, error) != CHARNN_OK) {
        return error->status;
    }
    do { /* what goes wrong at the end may lead back */
        while (!ended(t, requests, end)) {
            if (resumed) {
                validation_forget(t);
                save_restore_best(t);
                resumed = false;
            }
            if (advance(t, &report, observer, requests, error) != CHARNN_OK) {
                return error->status;
            }
        }
        if (finish(t, &report, *end, observer, error) != CHARNN_OK) {
            return error->status;
        }
    } while (!ended(t, requests, end));
    return save_check(t, error);
}
