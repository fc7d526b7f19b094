/*
 * A training run: truncated backpropagation through time over the windows of a text, with updates,
 * validations and checkpoints, until a limit of the settings is reached or a signal ends it. It
 * prints nothing; an observer does (train/report.h).
 *
 * A run that is stopped and resumed is the same run, bit for bit, as one that was not: its
 * checkpoints are equal byte by byte. Which are written when: train/saves.h.
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include "checkpoint/checkpoint.h"
#include "train/paths.h"
#include "train/plan.h"
#include "train/report.h"

struct trainer;

/* Errors: CHARNN_ERROR_DATA if the training split cannot fill one window of one stream;
 * CHARNN_ERROR_USAGE if paths of checkpoints are too long; CHARNN_ERROR_MEMORY. Ownership: the
 * caller's. */
CHARNN_MUST_CHECK enum status trainer_create(const struct trainer_parts *parts,
                                             struct trainer **trainer, struct error *error);

/* NULL is fine. */
void trainer_destroy(struct trainer *trainer);

const struct trainer_plan *trainer_plan(const struct trainer *trainer);
const struct train_progress *trainer_progress(const struct trainer *trainer);

/* Whether there is a `last`: the run was resumed, or has saved one. */
bool trainer_has_saved(const struct trainer *trainer);

/* The model to use: the running average of the weights, else the trained weights. Borrowed; changes
 * with each step. */
struct model *trainer_model(struct trainer *trainer);

/*
 * Continues the run that wrote `checkpoint`: weights, optimizer, position in the text, carried
 * state and progress. Errors: CHARNN_ERROR_DATA if the text is not the one of that run;
 * CHARNN_ERROR_FORMAT if the checkpoint cannot be resumed.
 */
CHARNN_MUST_CHECK enum status
trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

/* Records in later checkpoints that the run changes course at this step. `text` is copied. */
CHARNN_MUST_CHECK enum status trainer_note_change(struct trainer *trainer, const char *text,
                                                  struct error *error);

/*
 * Trains to the end of the run, with a final validation if the schedule has none there, and saves.
 *
 * A step whose loss or gradient is not finite is skipped. After max_bad_steps of them in a row, or
 * if weights or a validation loss are not finite when the schedule looks at them, the run has
 * diverged: it goes back to its last scheduled checkpoint and on with half the learning rate.
 *
 * A checkpoint that cannot be written does not end the run, unless it is the first of a new run.
 *
 * Errors: CHARNN_ERROR_DATA if the run diverged and on_divergence is to stop, or diverged too often
 * from the same checkpoint, or the text was modified meanwhile; that of checkpoint_write() if the
 * last attempt to write a checkpoint failed: the existing files are then older, but intact.
 */
CHARNN_MUST_CHECK enum status trainer_run(struct trainer *trainer,
                                          const struct train_observer *observer,
                                          struct train_requests *requests, enum train_end *end,
                                          struct error *error);

#endif
