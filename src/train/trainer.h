/*
 * A training run: truncated backpropagation through time, with validations and checkpoints, until a
 * limit of the settings or a signal ends it. It prints nothing, but tells an observer
 * (train/report.h).
 *
 * A run that is stopped and resumed ends with the same checkpoints, byte for byte, as an
 * uninterrupted one. train/saves.h says when they are written.
 */
#ifndef CHARNN_TRAIN_TRAINER_H
#define CHARNN_TRAIN_TRAINER_H

#include "checkpoint/checkpoint.h"
#include "train/paths.h"
#include "train/plan.h"
#include "train/report.h"

struct trainer;

/* Errors: CHARNN_ERROR_DATA if the training split cannot fill one window of one stream;
 * CHARNN_ERROR_USAGE if the paths of checkpoints are too long; CHARNN_ERROR_MEMORY. Ownership: the
 * caller's. */
CHARNN_MUST_CHECK enum status trainer_create(const struct trainer_parts *parts,
                                             struct trainer **trainer, struct error *error);

/* NULL is fine. */
void trainer_destroy(struct trainer *trainer);

const struct trainer_plan *trainer_plan(const struct trainer *trainer);
const struct train_progress *trainer_progress(const struct trainer *trainer);

/* Whether the run was resumed from `last` or has saved it. */
bool trainer_has_saved(const struct trainer *trainer);

/* The model to use. It has the average of the weights, or without averaging the trained weights.
 * Belongs to the trainer or its parts, and changes with each step. */
struct model *trainer_model(struct trainer *trainer);

/* Continues the run that wrote `checkpoint`: restores weights, optimizer, position in the text,
 * carried state and progress. Errors: CHARNN_ERROR_DATA if the text is not that of the run;
 * CHARNN_ERROR_FORMAT if the checkpoint is not resumable. */
CHARNN_MUST_CHECK enum status
trainer_restore(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

/* Whether max_seconds lets no further update begin. */
bool trainer_time_is_up(const struct trainer *trainer);

/* The learning rate of the next update. */
double trainer_rate(const struct trainer *trainer);

/* For a resumed run with another learning rate in the settings: starts its schedule at the next
 * update. Decays and halvings up to now do not apply, and cosine and hold begin here. */
void trainer_restart_rate(struct trainer *trainer);

/* Another number of updates of the whole run, instead of that of max_epochs and max_steps. */
void trainer_set_updates(struct trainer *trainer, size_t updates);

/* Records in all later checkpoints that a setting was changed at this step. Copies `text`. */
CHARNN_MUST_CHECK enum status trainer_note_change(struct trainer *trainer, const char *text,
                                                  struct error *error);

/*
 * Trains until the run ends; *end says why.
 *
 * A step whose loss or gradient is not finite is skipped. The run has diverged after max_bad_steps
 * skipped steps in a row, or if weights to be validated or saved, or a validation loss, are not
 * finite. It then goes back to its last scheduled checkpoint and halves the learning rate.
 *
 * A failed save does not end the run, except the first save of a new run.
 *
 * Errors: CHARNN_ERROR_DATA if the run diverged and on_divergence is CHARNN_DIVERGENCE_STOP, if it
 * diverged too often from the same checkpoint, or if the text was modified; as checkpoint_write()
 * if the last attempt to write a checkpoint failed (older files are intact).
 */
CHARNN_MUST_CHECK enum status trainer_run(struct trainer *trainer,
                                          const struct train_observer *observer,
                                          struct train_requests *requests, enum train_end *end,
                                          struct error *error);

#endif
