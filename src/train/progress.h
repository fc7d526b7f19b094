/* How far a training run has come. */
#ifndef CHARNN_TRAIN_PROGRESS_H
#define CHARNN_TRAIN_PROGRESS_H

#include <stddef.h>

/* A mean in the making. */
struct train_mean {
    double sum;
    size_t count;
};

/* Saved in every checkpoint, except `seconds`. Losses in nats per character; NaN: none yet. */
struct train_progress {
    size_t step;    /* updates done, including skipped ones */
    size_t windows; /* windows done */
    double epoch;   /* epochs done, with the fraction of the current one */
    double seconds; /* since this session began */

    /* changed by a validation */
    double train; /* mean training loss between the last two validations */
    double val;   /* loss of the last validation */
    double best_val;
    size_t best_step;
    double best_epoch;
    size_t validations_since_best; /* scheduled ones */
    size_t validations;            /* length of the history */
    struct train_mean loss;        /* training loss since the last validation */

    double smooth;             /* training loss, moving average of about 100 steps */
    struct train_mean printed; /* training loss since the last multiple of print_every */
    size_t skipped;            /* steps not applied, because loss or gradient was not finite */
    size_t skipped_undone;     /* those among them that a rollback has undone */
    size_t bad_steps;          /* skipped steps in a row, up to now */
    size_t rollbacks;          /* returns to an earlier checkpoint, each halves the learning rate */
    size_t scheduled_step;     /* step of the newest scheduled `last` (train/saves.h) */
};

#endif
