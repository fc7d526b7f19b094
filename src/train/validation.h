/*
 * Validations. One is scheduled at the end of each epoch and every eval_val_every steps. A run that
 * ends elsewhere, but not by a signal, makes a final one. What a final validation changes must not
 * show in a run that is resumed and goes on, so it is taken back then.
 */
#ifndef CHARNN_TRAIN_VALIDATION_H
#define CHARNN_TRAIN_VALIDATION_H

#include "train/state.h"

/*
 * Scores the validation split, tells the observer, and saves `best`, if the loss is the lowest so
 * far or there is no validation text, and `last`. The training state stays as it is. If the loss is
 * not finite, *finite is false, and nothing is told or saved. Errors: CHARNN_ERROR_DATA if the text
 * was modified meanwhile; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status validation_run(struct trainer *trainer, bool scheduled, bool *finite,
                                             struct error *error);

/* Takes back what a final validation changed, if the last one was final. */
void validation_forget(struct trainer *trainer);

#endif
