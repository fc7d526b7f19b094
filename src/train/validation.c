/* The validations of a run, due and at its end, and what is kept of them. */
#include "base/clock.h"
#include "base/memory.h"
#include "train/text_errors.h"
#include "train/trainer_internal.h"

#include <math.h>

static enum status add_history(struct trainer *t, struct error *error) {
    enum status status = MEMORY_GROW(&t->history, &t->history_capacity, t->history_count,
                                     t->history_count + 1, "the history", error);
    if (status == CHARNN_OK) {
        t->history[t->history_count++] = (struct train_validation){
            .step = t->progress.step,
            .epoch = t->progress.epoch,
            .train = t->progress.train,
            .val = t->progress.val,
        };
    }
    return status;
}

static void mark(struct trainer *t) {
    t->provisional = true;
    t->scheduled = (struct train_mark){
        .progress = t->progress, .loss = t->loss, .history_count = t->history_count};
}

void validation_forget(struct trainer *t) {
    if (t->provisional) {
        t->provisional = false;
        t->progress = t->scheduled.progress;
        t->loss = t->scheduled.loss;
        t->history_count = t->scheduled.history_count;
    }
}

/* Scores the validation part; *improved: it is the best so far, as it is without such a part. */
static enum status score(struct trainer *t, bool *improved, struct error *error) {
    struct train_progress *p = &t->progress;
    struct evaluation result = evaluator_run(t->evaluator, t->parts.corpus, t->parts.vocab,
                                             t->plan.splits[CHARNN_SPLIT_VAL], NULL);
    *improved = true;
    if (result.changed) {
        return train_text_changed(p->step, error);
    }
    if (result.scored == 0) {
        return CHARNN_OK;
    }
    *improved = false;
    double val = evaluation_nats_per_symbol(&result);
    if (!isfinite(val)) {
        t->diverged = "validation loss";
        return CHARNN_OK;
    }
    p->val = val;
    *improved = !(p->val >= p->best_val);
    return CHARNN_OK;
}

enum status validation_run(struct trainer *t, struct train_report *report, bool due,
                           const struct train_observer *observer, struct error *error) {
    struct train_progress *p = &t->progress;
    if (!recovery_check_weights(t)) {
        return CHARNN_OK;
    }
    t->provisional = false;
    if (!due) {
        mark(t);
    }
    if (t->loss.count > 0) {
        p->train = t->loss.sum / (double)t->loss.count;
        t->loss = (struct train_mean){0};
    }
    bool improved;
    if (score(t, &improved, error) != CHARNN_OK) {
        return error->status;
    }
    if (t->diverged != NULL) {
        return CHARNN_OK;
    }
    struct train_progress before = *p;
    if (improved) {
        p->best_val = p->val;
        p->best_step = p->step;
        p->best_epoch = t->progress.epoch;
    }
    if (due) {
        p->validations_since_best = improved ? 0 : p->validations_since_best + 1;
    }
    p->seconds = clock_seconds() - t->started;
    t->valued_step = p->step;
    report->scheduled = due;
    if (observer->validation != NULL) {
        observer->validation(observer->context, report, improved);
    }
    if (add_history(t, error) != CHARNN_OK) {
        return error->status;
    }
    if (improved && !save_best(t, due, observer)) {
        p->best_val = before.best_val;
        p->best_step = before.best_step;
        p->best_epoch = before.best_epoch;
    }
    save_last(t, due, observer);
    return CHARNN_OK;
}
