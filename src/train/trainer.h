/*
 * A training run: windows of truncated backpropagation through time, updates, validations and
 * checkpoints, until a limit is reached. It prints nothing: an observer is told what happens.
 *
 * The weights to use, validate and keep are the running average where averaging is on, else the
 * trained ones themselves.
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "nn/model.h"
#include "text/corpus.h"
#include "text/vocab.h"
#include "train/settings.h"

#include <signal.h>

/* What a run works on; all is borrowed and must outlive the trainer. */
struct trainer_parts {
    const struct train_settings *settings;
    const cJSON *config; /* the settings as they go into checkpoints */
    const struct corpus *corpus;
    const struct vocab *vocab;
    struct model *model; /* trainable, with its initial weights */
    struct thread_pool *pool;
};

/* What fits the data and the settings, before the first step. */
struct trainer_plan {
    struct split splits[CHARNN_SPLITS];
    size_t batch, steps; /* perhaps smaller than asked for, so that a window fits */
    bool reduced;        /* they are */
    size_t windows;      /* per epoch */
    size_t updates;      /* of the whole run as far as it is limited by counts; 0: not limited */
    size_t memory;       /* bytes of arrays for training and validation, the corpus not counted */
};

/* How far a run has come; saved with every checkpoint. Losses in nats per character. */
struct train_progress {
    size_t step;    /* updates done */
    size_t windows; /* windows done */
    double seconds; /* since training began or was resumed; not saved */
    double train;   /* mean loss since the validation before; NaN before the first step */
    double val;     /* last validation; NaN for none */
    double best_val;
    size_t best_step;
    double best_epoch;
    size_t validations_since_best;
};

/* What an observer is told after an update. */
struct train_report {
    const struct train_progress *progress;
    double epoch;         /* epochs done, with the part of the current one */
    double loss;          /* of this update's windows, before it */
    double rate;          /* learning rate */
    double gradient_norm; /* before clipping by norm */
    size_t characters;    /* trained on in this update */
    double done;          /* part of the run, 0 to 1; 0 where it has no limit */
};

enum train_end {
    CHARNN_END_EPOCHS,
    CHARNN_END_STEPS,
    CHARNN_END_SECONDS,
    CHARNN_END_PATIENCE,
    CHARNN_END_SIGNAL
};

/* All members may be NULL but context. */
struct train_observer {
    void *context;
    void (*step)(void *context, const struct train_report *report);
    /* after a validation, before its checkpoints; `improved`: the best so far */
    void (*validation)(void *context, const struct train_report *report, bool improved);
    /* a checkpoint is in place */
    void (*saved)(void *context, const char *path);
};

struct trainer;

/* Errors: CHARNN_ERROR_DATA where the training split cannot fill even one window of one stream;
 * CHARNN_ERROR_MEMORY. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status trainer_create(const struct trainer_parts *parts,
                                             struct trainer **trainer, struct error *error);

/* NULL is fine. */
void trainer_destroy(struct trainer *trainer);

const struct trainer_plan *trainer_plan(const struct trainer *trainer);
const struct train_progress *trainer_progress(const struct trainer *trainer);

/* The model to use: the average, or the trained one. Borrowed; its weights change with each step.
 */
struct model *trainer_model(struct trainer *trainer);

/*
 * Continues the run that wrote `checkpoint`: weights, optimizer, position in the text, carried
 * state and progress. Errors: CHARNN_ERROR_DATA where the corpus is not the one of that run;
 * CHARNN_ERROR_FORMAT where the checkpoint is not one to resume from.
 */
CHARNN_MUST_CHECK enum status
trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

/*
 * Trains until a limit of the settings is reached or *stop, set by a signal handler, is not 0; then
 * validates if anything is new, and saves. Errors: CHARNN_ERROR_DATA where the loss or the gradient
 * is no longer finite (nothing of that step is applied or saved); what checkpoint_write() gives.
 */
CHARNN_MUST_CHECK enum status trainer_run(struct trainer *trainer,
                                          const struct train_observer *observer,
                                          const volatile sig_atomic_t *stop, enum train_end *end,
                                          struct error *error);

/* The path of a run's checkpoint called `name` ("last", "best"), in `path` of `size` bytes;
 * CHARNN_ERROR_USAGE where it does not fit. */
CHARNN_MUST_CHECK enum status trainer_checkpoint_path(const struct train_settings *settings,
                                                      const char *name, char *path, size_t size,
                                                      struct error *error);

#endif
