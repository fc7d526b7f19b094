/* What a training run reports to its observer, and what it can be asked while it runs. */
#ifndef CHARNN_TRAIN_REPORT_H
#define CHARNN_TRAIN_REPORT_H

#include "base/error.h"
#include "train/progress.h"

#include <signal.h>
#include <stdbool.h>

/* The last update. */
struct train_report {
    const struct train_progress *progress;
    double loss;          /* mean over its windows, before the update */
    double mean_loss;     /* mean since the last multiple of print_every; NaN for none */
    const char *skipped;  /* "loss" or "gradient": not finite, so the update was skipped; or NULL */
    bool scheduled;       /* of a validation: scheduled, not final (train/validation.h) */
    double rate;          /* learning rate */
    double gradient_norm; /* before clipping by norm */
    size_t characters;    /* trained on in this update */
    double steps_done;    /* fraction of trainer_plan.updates; 0 if they are unlimited */
    double seconds_left;  /* of max_seconds; infinite without that limit */
};

/* Why a run ended. */
enum train_end {
    CHARNN_END_EPOCHS,
    CHARNN_END_STEPS,
    CHARNN_END_SECONDS,
    CHARNN_END_PATIENCE,
    CHARNN_END_SIGNAL
};

/* Callbacks. Any of them may be NULL. */
struct train_observer {
    void *context;
    void (*step)(void *context, const struct train_report *report);
    /* after a validation, before its checkpoints are written */
    void (*validation)(void *context, const struct train_report *report, bool improved);
    /* a checkpoint is in place */
    void (*saved)(void *context, const char *path);
    /* train_requests.save is done: `last` is of this step */
    void (*saved_on_request)(void *context);
    /* a checkpoint could not be written; `again`: a later save will write it */
    void (*save_failed)(void *context, const struct error *error, bool again);
    /* `what` was not finite at step `from`, so the run went back to its last checkpoint */
    void (*rolled_back)(void *context, size_t from, const char *what);
};

/* Set by signal handlers; zero: no request. The run looks at them after each update. */
struct train_requests {
    volatile sig_atomic_t stop; /* end now: save `last`, without a final validation */
    volatile sig_atomic_t save; /* save `last` and go on; the run sets it back to zero */
};

#endif
