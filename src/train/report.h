/* What a training run reports to its observer, and what signal handlers can request of it. */
#ifndef CHARNN_TRAIN_REPORT_H
#define CHARNN_TRAIN_REPORT_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* The mean is sum / count. */
struct train_mean {
    double sum;
    size_t count;
};

/* When a resumed run was given its learning rate; zero: never. */
struct train_rate_start {
    size_t step;
    double seconds; /* of training, as max_seconds counts them */
    size_t rollbacks;
};

/* How far a run has come; saved in every checkpoint, but the time only with max_seconds. Losses are
 * in nats per character; NaN: none yet. */
struct train_progress {
    size_t step;           /* updates done, including skipped ones */
    size_t windows;        /* windows done */
    double epoch;          /* epochs done, with the fraction of the current one */
    double seconds;        /* of training since the run began or was resumed */
    double seconds_before; /* of training before `seconds`; max_seconds limits the sum */
    struct train_rate_start rate_start;

    /* set by a validation */
    double train; /* mean training loss between the last two validations */
    double val;   /* loss of the last validation */
    double best_val;
    size_t best_step;
    double best_epoch;
    size_t validations_since_best; /* scheduled ones */
    size_t validations;            /* in the whole run */
    struct train_mean loss;        /* training loss since the last validation */

    double smooth;             /* training loss, moving average of about 100 steps */
    struct train_mean printed; /* training loss since the last multiple of print_every */
    size_t skipped;            /* steps not applied because loss or gradient was not finite */
    size_t skipped_undone;     /* skipped steps that a rollback has undone */
    size_t bad_steps;          /* skipped steps in a row, up to the last step */
    size_t rollbacks;          /* each has halved the learning rate */
    size_t scheduled_step;     /* step of the newest scheduled `last` (train/saves.h) */
    bool due;                  /* a signal stopped the validation after this step */
};

/* About the last update. */
struct train_report {
    const struct train_progress *progress;
    double loss;          /* mean over its windows, before the update */
    double mean_loss;     /* mean since the last multiple of print_every; NaN for none */
    const char *skipped;  /* what was not finite in a skipped step: "loss", "gradient"; else NULL */
    bool scheduled;       /* the validation is not final (train/validation.h) */
    double rate;          /* learning rate */
    double gradient_norm; /* before clipping by norm */
    size_t characters;    /* trained on in this update */
    double steps_done;    /* fraction of trainer_plan.updates; 0 if they are unlimited */
    double seconds_left;  /* until max_seconds; infinite without that limit */
};

/* Why a run ended. */
enum train_end {
    CHARNN_END_EPOCHS,
    CHARNN_END_STEPS,
    CHARNN_END_SECONDS,
    CHARNN_END_PATIENCE,
    CHARNN_END_SIGNAL
};

/* Callbacks. Optional ones may be NULL. */
struct train_observer {
    void *context;
    void (*step)(void *context, const struct train_report *report);
    /* optional: within a step, of which the fraction `done` is done; often, so it must be quick */
    void (*working)(void *context, double done);
    /* after a validation, before its checkpoints are written */
    void (*validation)(void *context, const struct train_report *report, bool improved);
    /* optional: a checkpoint is in place */
    void (*saved)(void *context, const char *path);
    /* optional: train_requests.save is served, and `last` is of this step */
    void (*saved_on_request)(void *context);
    /* a checkpoint could not be written; `again`: a later save will try again */
    void (*save_failed)(void *context, const struct error *error, bool again);
    /* `what` was not finite at step `from`, so the run has gone back to an earlier step; before
     * `last` is written */
    void (*rolled_back)(void *context, size_t from, const char *what);
};

/* Set by signal handlers and read during and after updates and validations; zero: no request. With
 * several ranks, each has its own, and all obey those of any. */
struct train_requests {
    volatile sig_atomic_t stop; /* end the run: undo the update in progress, save `last` */
    volatile sig_atomic_t save; /* save `last` after the update and go on; the run resets it */
    int ended_by; /* the signal that ends the run, `stop` of any rank; set by the run */
};

#endif
