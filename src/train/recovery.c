/* What a run does about losses, gradients and weights that are not finite. */
#include "base/file.h"
#include "base/plural.h"
#include "kernels/dispatch.h"
#include "train/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* With so many halvings the rate is a thousandth; what still diverges then has another reason. */
enum { ROLLBACKS_FROM_ONE_STEP = 10 };

static const char rollback_text[] = "back from step ";

static bool has_finite_weights(const struct model *model) {
    const struct parameters *p = &model->parameters;
    return kernels_all_finite(p->values, p->size);
}

bool recovery_check_weights(struct trainer *t) {
    if (!has_finite_weights(t->parts.model) || !has_finite_weights(trainer_model(t))) {
        t->diverged = "model";
    }
    return t->diverged == NULL;
}

void recovery_skip(struct trainer *t, const char *what) {
    const struct parameters *p = &t->parts.model->parameters;
    memset(p->gradients, 0, p->size * sizeof *p->gradients);
    network_reset_state(t->network); /* it may be NaN, and would stay so */
    t->progress.skipped++;
    t->bad_steps++;
    if (t->bad_steps >= t->parts.settings->max_bad_steps) {
        t->diverged = what;
    }
}

/* How often the run has gone back to where it would now. */
static size_t rollbacks_to(const struct trainer *t, size_t step) {
    size_t count = 0;
    for (size_t i = 0; i < t->change_count; i++) {
        const struct train_change *change = &t->changes[i];
        if (change->step == step &&
            strncmp(change->text, rollback_text, sizeof rollback_text - 1) == 0) {
            count++;
        }
    }
    return count;
}

/* The error of a run that is not to go on. */
static enum status give_up(const struct trainer *t, const char *more, struct error *error) {
    char row[64] = "";
    if (t->bad_steps > 1) {
        (void)snprintf(row, sizeof row, ", as in the %zu step%s before", t->bad_steps - 1,
                       plural_ending(t->bad_steps - 1));
    }
    return error_set(
        error, CHARNN_ERROR_DATA,
        "training diverged%s: the %s at step %zu is not finite%s; the checkpoints are from "
        "before it. Use a lower --learning-rate or clip with --grad-norm",
        more, t->diverged, t->progress.step, row);
}

/* Reads back the last checkpoint that was due; what is counted of the whole run is counted on. */
static enum status go_back(struct trainer *t, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    struct checkpoint *checkpoint;
    double seconds = t->progress.seconds;
    size_t skipped = t->progress.skipped;
    if (save_scheduled_path(t, path, sizeof path, error) != CHARNN_OK ||
        checkpoint_open(path, &checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = trainer_go_to(t, checkpoint, error);
    if (status == CHARNN_OK) {
        validation_forget(t); /* where it is one of a run's end */
    }
    t->progress.seconds = seconds;
    t->progress.skipped_undone += skipped - t->progress.skipped;
    t->progress.skipped = skipped;
    checkpoint_close(checkpoint);
    return status;
}

enum status recovery_roll_back(struct trainer *t, const struct train_observer *observer,
                               struct error *error) {
    char text[128];
    const char *what = t->diverged;
    size_t from = t->progress.step;
    size_t rollbacks = t->progress.rollbacks + 1;
    if (t->parts.settings->on_divergence == CHARNN_DIVERGENCE_STOP) {
        return give_up(t, "", error);
    }
    if (rollbacks_to(t, t->scheduled_step) >= ROLLBACKS_FROM_ONE_STEP) {
        return give_up(t, " again and again from the same checkpoint", error);
    }
    t->diverged = NULL;
    (void)snprintf(text, sizeof text, "%s%zu, where the %s was not finite; half the rate",
                   rollback_text, from, what);
    if (go_back(t, error) != CHARNN_OK ||
        trainer_add_change(t, t->progress.step, text, error) != CHARNN_OK) {
        return error->status;
    }
    t->progress.rollbacks = rollbacks;
    save_last(t, true, observer); /* so that a resumed run does not have to diverge again */
    if (observer->rolled_back != NULL) {
        observer->rolled_back(observer->context, from, what);
    }
    return CHARNN_OK;
}

double recovery_rate(const struct trainer *t) {
    return ldexp(1, -(int)t->progress.rollbacks);
}
