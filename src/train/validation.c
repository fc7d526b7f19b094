#include "train/validation.h"

#include "base/clock.h"
#include "base/memory.h"
#include "text/split.h"
#include "train/saves.h"
#include "train/text_errors.h"

#include <math.h>

void validation_forget(struct trainer *t) {
    if (t->final) {
        t->final = false;
        t->progress = t->scheduled;
    }
}

static enum status add_to_history(struct trainer *t, struct error *error) {
    struct train_progress *p = &t->progress;
    if (MEMORY_GROW(&t->history, &t->history_capacity, p->validations, p->validations + 1,
                    "the history", error) != CHARNN_OK) {
        return error->status;
    }
    t->history[p->validations++] = (struct train_validation){p->step, p->epoch, p->train, p->val};
    return CHARNN_OK;
}

enum status validation_run(struct trainer *t, bool scheduled, const char **what,
                           struct error *error) {
    struct train_progress *p = &t->progress;
    t->final = !scheduled;
    t->scheduled = *p;
    if (p->loss.count > 0) {
        p->train = p->loss.sum / (double)p->loss.count;
        p->loss = (struct train_mean){0};
    }
    struct evaluation result = evaluator_run(t->evaluator, t->parts.corpus, t->parts.vocab,
                                             t->plan.splits[CHARNN_SPLIT_VAL], NULL);
    double val = evaluation_nats_per_symbol(&result);
    *what = isfinite(val) ? NULL : "validation loss";
    if (result.changed || result.unknown > 0) { /* the vocabulary has all of the text's symbols */
        return train_text_changed(p->step, error);
    }
    if (*what != NULL) {
        return CHARNN_OK;
    }
    struct train_progress before = *p;
    p->val = result.scored > 0 ? val : p->val;
    bool improved = result.scored == 0 || !(val >= p->best_val);
    if (improved) {
        p->best_val = p->val;
        p->best_step = p->step;
        p->best_epoch = p->epoch;
    }
    if (scheduled) {
        p->validations_since_best = improved ? 0 : p->validations_since_best + 1;
    }
    p->seconds = clock_seconds() - t->started;
    t->report.scheduled = scheduled;
    t->observer->validation(t->observer->context, &t->report, improved);
    if (add_to_history(t, error) != CHARNN_OK) {
        return error->status;
    }
    if (improved && !save_best(t, scheduled)) {
        p->best_val = before.best_val;
        p->best_step = before.best_step;
        p->best_epoch = before.best_epoch;
    }
    return CHARNN_OK;
}
