/* The course of a training run: trainer_run(). */
#include "base/clock.h"
#include "base/file.h"
#include "kernels/kernels.h"
#include "train/recovery.h"
#include "train/saves.h"
#include "train/state.h"
#include "train/step.h"
#include "train/text_errors.h"
#include "train/trainer.h"
#include "train/validation.h"

#include <math.h>

static bool is_finite(const struct model *model) {
    return kernels_all_finite(model->parameters.values, model->parameters.size);
}

/* To be checked before weights are saved or validated. */
static bool has_finite_weights(const struct trainer *t) {
    return is_finite(t->parts.model) && (t->average == NULL || is_finite(t->average));
}

static bool has_ended(const struct trainer *t, enum train_end *end) {
    const struct train_settings *s = t->parts.settings;
    const struct train_progress *p = &t->progress;
    if (t->requests->stop != 0) {
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

/* `last`, because a signal asks for it. */
static void save_on_request(struct trainer *t) {
    t->requests->save = 0;
    if (t->saved_step != t->progress.step) {
        save_last(t, false);
    }
    if (t->saved_step == t->progress.step && t->observer->saved_on_request != NULL) {
        t->observer->saved_on_request(t->observer->context);
    }
}

/* Validation and checkpoints after an update. *what: what was found not finite, or NULL. */
static enum status after_step(struct trainer *t, bool epoch_done, const char **what,
                              struct error *error) {
    const struct train_settings *s = t->parts.settings;
    size_t step = t->progress.step;
    bool validate = epoch_done || (s->eval_val_every > 0 && step % s->eval_val_every == 0);
    bool number = s->checkpoint_every > 0 && step % s->checkpoint_every == 0;
    bool requested = t->requests->save != 0;
    bool finite = !(validate || number || requested) || has_finite_weights(t);
    enum train_end end;
    *what = finite ? NULL : "model";
    t->ending = has_ended(t, &end);
    if (finite && validate) {
        if (validation_run(t, true, &finite, error) != CHARNN_OK) {
            return error->status;
        }
        *what = finite ? NULL : "validation loss";
    }
    if (finite && number) {
        save_numbered(t);
    }
    if (finite && requested) {
        save_on_request(t);
    }
    return CHARNN_OK;
}

/* One update with all that follows from it. */
static enum status advance(struct trainer *t, struct error *error) {
    size_t epoch = t->progress.windows / t->plan.windows;
    train_step(t);
    if (batches_changed(t->batches)) {
        return train_text_changed(t->progress.step, error);
    }
    t->observer->step(t->observer->context, &t->report);
    bool epoch_done = t->progress.windows / t->plan.windows != epoch;
    bool diverged = t->progress.bad_steps >= t->parts.settings->max_bad_steps;
    const char *what = diverged ? t->report.skipped : NULL;
    if (what == NULL && after_step(t, epoch_done, &what, error) != CHARNN_OK) {
        return error->status;
    }
    return what != NULL ? recovery_roll_back(t, what, error) : CHARNN_OK;
}

static bool is_validated(const struct trainer *t) {
    size_t count = t->progress.validations;
    return count > 0 && t->history[count - 1].step == t->progress.step;
}

/* Afterwards the run may have to go on, from a rollback. */
static enum status finish(struct trainer *t, enum train_end end, struct error *error) {
    bool validated = is_validated(t);
    bool validate = end != CHARNN_END_SIGNAL && !validated; /* a signal's end does not wait */
    bool finite = true;
    t->ending = true;
    if (!validate && t->saved_step == t->progress.step) {
        return CHARNN_OK;
    }
    if (!has_finite_weights(t)) {
        return recovery_roll_back(t, "model", error);
    }
    if (!validate) {
        save_last(t, validated && !t->final);
    } else if (validation_run(t, false, &finite, error) != CHARNN_OK) {
        return error->status;
    }
    return finite ? CHARNN_OK : recovery_roll_back(t, "validation loss", error);
}

/* A new run saves before its first step: to have a checkpoint to roll back to, and to find out now
 * whether it can save. */
static enum status begin(struct trainer *t, struct error *error) {
    t->started = clock_seconds();
    if (file_make_directory(t->parts.settings->checkpoint_dir, error) != CHARNN_OK) {
        return error->status;
    }
    if (trainer_has_saved(t)) {
        return CHARNN_OK;
    }
    if (!has_finite_weights(t)) {
        return error_set(error, CHARNN_ERROR_DATA, "the initial weights are not finite");
    }
    t->ending = true; /* if this save fails, the run does */
    save_begin(t);
    return save_check(t, error);
}

enum status trainer_run(struct trainer *t, const struct train_observer *observer,
                        struct train_requests *requests, enum train_end *end, struct error *error) {
    bool resumed = trainer_has_saved(t);
    t->observer = observer;
    t->requests = requests;
    t->report = (struct train_report){
        .progress = &t->progress,
        .loss = t->progress.train,
        .rate = NAN,
        .gradient_norm = NAN,
    };
    if (begin(t, error) != CHARNN_OK) {
        return error->status;
    }
    do { /* until the end is reached without a rollback */
        while (!has_ended(t, end)) {
            if (resumed) {
                validation_forget(t);
                save_restore_scheduled(t);
                resumed = false;
            }
            if (advance(t, error) != CHARNN_OK) {
                return error->status;
            }
        }
        if (finish(t, *end, error) != CHARNN_OK) {
            return error->status;
        }
    } while (!has_ended(t, end));
    return save_check(t, error);
}
