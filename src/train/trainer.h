/*
 * A training run: windows of truncated backpropagation through time, updates, validations and
 * checkpoints, until a limit is reached. It prints nothing: an observer is told what happens.
 *
 * A run that ends and is resumed is the same run, bit for bit, as one that never ended. What is not
 * due by its schedule leaves no trace in it: the validation at its end where none was due, and
 * checkpoints that a signal asks for. Of the checkpoints that were due the newest, "last", and the
 * best, "best", are kept as ".scheduled-last" and ".scheduled-best" while others that were not due
 * have taken their names; the first to return to where a run diverges, the second to become "best"
 * again where the run goes on.
 *
 * The weights to use, validate and keep are the running average where averaging is on, else the
 * trained ones themselves.
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "nn/model.h"
#include "text/split.h"
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
    size_t memory;       /* bytes for training, validation and checkpoints, without the corpus */
};

/* How far a run has come; saved with every checkpoint. Losses in nats per character. */
struct train_progress {
    size_t step;    /* updates done */
    size_t windows; /* windows done */
    double seconds; /* since training began or was resumed; not saved */
    double train;   /* mean loss since the validation before; NaN before the first step */
    double smooth;  /* loss, over about the last hundred steps; NaN before the first */
    double val;     /* last validation; NaN for none */
    double best_val;
    size_t best_step;
    double best_epoch;
    size_t validations_since_best;
    size_t skipped;        /* steps whose loss or gradient was not finite, in the whole run */
    size_t skipped_undone; /* of these, those that the run then went back from */
    size_t rollbacks;      /* times that the run went back to a checkpoint, with half the rate */
};

/* What an observer is told after an update. */
struct train_report {
    const struct train_progress *progress;
    double epoch;         /* epochs done, with the part of the current one */
    double loss;          /* of this update's windows, before it */
    double mean_loss;     /* of the updates since the last multiple of print_every; NaN for none */
    const char *skipped;  /* "loss" or "gradient", which is not finite: it was not applied; NULL */
    bool scheduled;       /* a validation is of the schedule, not only of the run's end */
    double rate;          /* learning rate */
    double gradient_norm; /* before clipping by norm */
    size_t characters;    /* trained on in this update */
    double steps_done;    /* part of its steps, 0 to 1; 0 where their number has no limit */
    double seconds_left;  /* of max_seconds; infinite without */
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
    /* the run was asked to save, and `last` is of this step */
    void (*obeyed)(void *context);
    /* a checkpoint could not be written, and why; `again`: it is tried again when the next is due
     */
    void (*save_failed)(void *context, const struct error *error, bool again);
    /* the run has gone back to its checkpoint from step `from`, where `what` was not finite */
    void (*rolled_back)(void *context, size_t from, const char *what);
};

/* What signal handlers ask of a run: nothing while zero. */
struct train_requests {
    volatile sig_atomic_t stop; /* end after this step */
    volatile sig_atomic_t save; /* save after this step and go on; then set back */
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

/* Whether the run, or what it was resumed from, has been saved as `last`. */
bool trainer_has_saved(const struct trainer *trainer);

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

/* The error of a run that is resumed on another text than its own. */
enum status trainer_refuse_text(struct error *error);

/* Notes in the checkpoints to come what has changed the course of the run from here on. */
CHARNN_MUST_CHECK enum status trainer_note_change(struct trainer *trainer, const char *text,
                                                  struct error *error);

/*
 * Trains until a limit of the settings is reached or it is asked to stop; then validates if
 * anything is new, and saves. A new run saves before its first step.
 *
 * A step whose loss or gradient is not finite is not applied, and the carried state begins anew.
 * After max_bad_steps of them in a row, or where the weights or the validation are not finite, the
 * run has diverged: it goes back to its last checkpoint that was due, and on with half the rate.
 *
 * A checkpoint that cannot be written does not end the run, but for the first of a new run.
 *
 * Errors: CHARNN_ERROR_DATA where the run diverged and is to stop then, or diverged again and again
 * from the same checkpoint, or where the text was changed meanwhile; what checkpoint_write() gives
 * where the last try to write a checkpoint failed: those that are there are then intact and older.
 */
CHARNN_MUST_CHECK enum status trainer_run(struct trainer *trainer,
                                          const struct train_observer *observer,
                                          struct train_requests *requests, enum train_end *end,
                                          struct error *error);

/* The path of a run's checkpoint called `name` ("last", "best"), in `path` of `size` bytes;
 * CHARNN_ERROR_USAGE where it does not fit. */
CHARNN_MUST_CHECK enum status trainer_checkpoint_path(const struct train_settings *settings,
                                                      const char *name, char *path, size_t size,
                                                      struct error *error);

/* Likewise of the one that was due, while another that was not has its name. */
CHARNN_MUST_CHECK enum status trainer_aside_path(const struct train_settings *settings,
                                                 const char *name, char *path, size_t size,
                                                 struct error *error);

#endif
