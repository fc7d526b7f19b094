#include "train/validation.h"

#include "base/clock.h"
#include "base/memory.h"
#include "ranks/ranks.h"
#include "text/split.h"
#include "train/agreement.h"
#include "train/saves.h"
#include "train/text_errors.h"
#include "train/time_limit.h"

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

/* ---- how long one takes ---------------------------------------------------------------------- */

/* A validation that ends early. After the warm-up, time is in proportion to symbols. */
struct trial {
    const struct trainer *trainer;
    double began, limit; /* a clock time; seconds */
    double first_at, last_at;
    size_t first, last, whole; /* symbols scored */
};

static void note_scored(void *context, size_t done, size_t whole) {
    struct trial *trial = context;
    trial->last_at = clock_seconds();
    trial->last = done;
    trial->whole = whole;
    if (trial->first == 0) {
        trial->first_at = trial->last_at;
        trial->first = done;
    }
}

static bool ends_trial(void *context) {
    const struct trial *trial = context;
    return trial->trainer->requests->stop != 0 ||
           (trial->last > trial->first && trial->last_at - trial->began > trial->limit);
}

void validation_estimate(struct trainer *t) {
    struct trial trial = {
        .trainer = t,
        .began = clock_seconds(),
        .limit = fmin(0.01 * t->parts.settings->max_seconds, 1),
    };
    const struct evaluation_watch watch = {note_scored, ends_trial, &trial};
    struct evaluation result = evaluator_run(t->evaluator, t->parts.corpus, t->parts.vocab,
                                             t->plan.splits[CHARNN_SPLIT_VAL], &watch);
    double seconds = clock_seconds() - trial.began;
    if (result.stopped && trial.last > trial.first) {
        seconds += (double)(trial.whole - trial.last) * (trial.last_at - trial.first_at) /
                   (double)(trial.last - trial.first);
    }
    /* `best` is smaller than `last` */
    t->validation_seconds = ranks_first(seconds + 0.5 * t->save_seconds);
    agreement_on_time(t);
}

/* ---- validations ----------------------------------------------------------------------------- */

/* Whether a signal stops the validation. A requested save is made now, not after the validation;
 * but several ranks make it together, so they make it then. */
static bool stops(void *context) {
    struct trainer *t = context;
    if (t->requests->save != 0 && ranks_count() == 1) {
        save_on_request(t);
    }
    return t->requests->stop != 0;
}

/* A checkpoint that is saved meanwhile has the progress before the validation and, if the
 * validation is scheduled, says that it is due. */
static struct evaluation evaluate(struct trainer *t, bool scheduled) {
    const struct evaluation_watch watch = {.stops = stops, .context = t};
    t->progress.due = scheduled;
    struct evaluation result = evaluator_run(t->evaluator, t->parts.corpus, t->parts.vocab,
                                             t->plan.splits[CHARNN_SPLIT_VAL], &watch);
    t->progress.due = scheduled && result.stopped;
    agreement_on_time(t);
    return result;
}

static enum status note_result(struct trainer *t, const struct evaluation *result, bool scheduled,
                               const char **what, struct error *error) {
    struct train_progress *p = &t->progress;
    t->final = !scheduled;
    t->scheduled = *p;
    if (p->loss.count > 0) {
        p->train = p->loss.sum / (double)p->loss.count;
        p->loss = (struct train_mean){0};
    }
    double val = evaluation_nats_per_symbol(result);
    *what = isfinite(val) ? NULL : "validation loss";
    if (result->changed || result->unknown > 0) { /* the vocabulary has all symbols of the text */
        return ranks_agree(train_text_changed(p->step, error), error);
    }
    if (*what != NULL) {
        return CHARNN_OK;
    }
    struct train_progress before = *p;
    p->val = result->scored > 0 ? val : p->val;
    bool improved = result->scored == 0 || !(val >= p->best_val);
    if (improved) {
        p->best_val = p->val;
        p->best_step = p->step;
        p->best_epoch = p->epoch;
    }
    if (scheduled) {
        p->validations_since_best = improved ? 0 : p->validations_since_best + 1;
    }
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

enum status validation_run(struct trainer *t, bool scheduled, const char **what,
                           struct error *error) {
    double began = clock_seconds();
    struct evaluation result = evaluate(t, scheduled);
    *what = NULL;
    if (result.stopped) {
        return CHARNN_OK;
    }
    enum status status = note_result(t, &result, scheduled, what, error);
    t->validation_seconds = ranks_first(clock_seconds() - began);
    agreement_on_time(t);
    t->validated_at = time_spent(t);
    return status;
}
