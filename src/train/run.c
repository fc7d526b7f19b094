/*
 * trainer_run(): updates until the run ends.
 *
 * On SIGINT the handler (cli/train/signals.c) sets train_requests.stop. The update in progress ends
 * and is undone, as when max_seconds are over; a validation ends at once and is due when the run is
 * resumed. Then has_ended() is true, and finish() saves `last`, unless it is up to date. There is
 * no final validation.
 */
#include "base/clock.h"
#include "base/files/file.h"
#include "kernels/dispatch.h"
#include "ranks/ranks.h"
#include "train/agreement.h"
#include "train/recovery.h"
#include "train/saves.h"
#include "train/state.h"
#include "train/step.h"
#include "train/text_errors.h"
#include "train/time_limit.h"
#include "train/trainer.h"
#include "train/validation.h"

#include <math.h>

/* Must hold before weights are validated or saved. */
static bool has_finite_weights(const struct trainer *t) {
    const struct parameters *trained = &t->parts.model->parameters;
    const struct parameters *used = &t->model->parameters;
    return kernels_all_finite(trained->values, trained->size) &&
           (used == trained || kernels_all_finite(used->values, used->size));
}

/* Also takes over requests. */
static bool has_ended(struct trainer *t, enum train_end *end) {
    const struct train_settings *s = t->parts.settings;
    const struct train_progress *p = &t->progress;
    agreement_on_requests(t);
    if (t->requests->ended_by != 0) {
        *end = CHARNN_END_SIGNAL;
        return true;
    }
    if (p->due) {
        return false;
    }
    if (s->max_epochs > 0 && p->windows / t->plan.windows >= s->max_epochs) {
        *end = CHARNN_END_EPOCHS;
    } else if (s->max_steps > 0 && p->step >= s->max_steps) {
        *end = CHARNN_END_STEPS;
    } else if (trainer_time_is_up(t)) {
        *end = CHARNN_END_SECONDS;
    } else if (s->patience > 0 && p->validations_since_best >= s->patience) {
        *end = CHARNN_END_PATIENCE;
    } else {
        return false;
    }
    return true;
}

/* Validates and saves after an update. *what names a value that is not finite; NULL: none. */
static enum status after_step(struct trainer *t, bool validate, const char **what,
                              struct error *error) {
    const struct train_settings *s = t->parts.settings;
    bool numbered = s->checkpoint_every > 0 && t->progress.step % s->checkpoint_every == 0;
    enum train_end end;
    t->ending = has_ended(t, &end);
    bool requested = t->save_requested;
    *what = (validate || numbered || requested) && !has_finite_weights(t) ? "model" : NULL;
    if (*what == NULL && validate && validation_run(t, true, what, error) != CHARNN_OK) {
        return error->status;
    }
    t->ending = has_ended(t, &end); /* by --patience, or by a signal in the validation */
    bool done = *what == NULL && !t->progress.due;
    if (done && numbered) {
        save_numbered(t);
    }
    if (done && validate) {
        save_last(t, true);
    }
    if (*what == NULL && requested && t->save_requested) {
        save_on_request(t);
    }
    return CHARNN_OK;
}

/* The watch of an update. A minute-long one must not outlast the run. */
static bool update_goes_on(void *context, double done) {
    const struct trainer *t = context;
    double seconds = t->progress.seconds_before + clock_seconds() - t->started;
    if (t->observer->working != NULL) {
        t->observer->working(t->observer->context, done);
    }
    return done >= 1 || (t->requests->stop == 0 && seconds < time_of_end(t));
}

/* Makes an update, unless its watch ends it; *validate says whether a validation is scheduled after
 * it. */
static enum status update(struct trainer *t, bool *validate, struct error *error) {
    const struct train_progress *p = &t->progress;
    const struct network_watch watch = {.goes_on = update_goes_on, .context = t};
    size_t every = t->parts.settings->eval_val_every;
    size_t epoch = p->windows / t->plan.windows;
    *validate = false;
    if (!train_step(t, &watch)) {
        return CHARNN_OK;
    }
    if (t->text_changed) {
        return ranks_agree(train_text_changed(p->step, error), error);
    }
    t->observer->step(t->observer->context, &t->report);
    if (time_needs_estimate(t)) {
        validation_estimate(t);
    }
    *validate = p->windows / t->plan.windows != epoch || (every > 0 && p->step % every == 0);
    return CHARNN_OK;
}

/* Makes an update, or the validation that is due after the last one. */
static enum status advance(struct trainer *t, struct error *error) {
    bool validate = t->progress.due;
    size_t step = t->progress.step;
    t->progress.due = false;
    if (!validate && update(t, &validate, error) != CHARNN_OK) {
        return error->status;
    }
    if (!validate && t->progress.step == step) {
        return CHARNN_OK; /* the update was undone, because the run has ended */
    }
    bool diverged = t->progress.bad_steps >= t->parts.settings->max_bad_steps;
    const char *what = diverged ? t->report.skipped : NULL;
    if (what == NULL && after_step(t, validate, &what, error) != CHARNN_OK) {
        return error->status;
    }
    return what != NULL ? recovery_roll_back(t, what, error) : CHARNN_OK;
}

static bool is_validated(const struct trainer *t) {
    size_t count = t->progress.validations;
    return count > 0 && t->history[count - 1].step == t->progress.step;
}

/* Makes the final validation and the last save. Afterwards the run may go on after a rollback, or
 * may have ended by a signal, which stops the validation. */
static enum status finish(struct trainer *t, enum train_end end, struct error *error) {
    bool validated = is_validated(t);
    bool validate = !validated && end != CHARNN_END_SIGNAL && t->progress.step > 0 &&
                    (end != CHARNN_END_SECONDS || time_allows_validation(t));
    const char *what = NULL;
    t->ending = true;
    t->time_is_up = end == CHARNN_END_SECONDS;
    if (!validate && (t->saved_step == t->progress.step || t->gave_up)) {
        return CHARNN_OK;
    }
    if (!has_finite_weights(t)) {
        what = "model";
    } else if (validate && validation_run(t, false, &what, error) != CHARNN_OK) {
        return error->status;
    }
    if (what == NULL && (is_validated(t) || t->saved_step != t->progress.step)) {
        save_last(t, validated && !t->final);
    }
    t->time_is_up = false; /* nothing more is saved, unless the run goes on after a rollback */
    return what != NULL ? recovery_roll_back(t, what, error) : CHARNN_OK;
}

/* A new run saves before its first step, to have a checkpoint to roll back to and to find out
 * whether it can save at all. */
static enum status begin(struct trainer *t, struct error *error) {
    size_t kept;
    t->started = clock_seconds();
    enum status status = ranks_rank() == 0
                             ? file_make_directory(t->parts.settings->checkpoint_dir, &kept, error)
                             : CHARNN_OK;
    if (ranks_agree(status, error) != CHARNN_OK) {
        return error->status;
    }
    if (trainer_has_saved(t)) {
        return CHARNN_OK;
    }
    if (!has_finite_weights(t)) {
        return ranks_agree(
            error_set(error, CHARNN_ERROR_DATA, "the initial weights are not finite"), error);
    }
    t->ending = true; /* if this save fails, the run ends */
    save_last(t, true);
    return ranks_agree(save_check(t, error), error);
}

enum status trainer_run(struct trainer *t, const struct train_observer *observer,
                        struct train_requests *requests, enum train_end *end, struct error *error) {
    bool resumed = trainer_has_saved(t);
    t->observer = observer;
    t->requests = requests;
    t->report.progress = &t->progress;
    t->report.loss = t->progress.train;
    if (begin(t, error) != CHARNN_OK) {
        return error->status;
    }
    do { /* again if finish() has rolled back */
        while (!has_ended(t, end)) {
            if (resumed) { /* and the run had not ended */
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
    return ranks_agree(save_check(t, error), error);
}
