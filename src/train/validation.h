/*
 * Validations. They are scheduled after each epoch and every eval_val_every steps. If a run ends at
 * another step, and not by a signal, it makes a final one. An uninterrupted run would not have made
 * it, so a resumed run that goes on first forgets what it changed.
 */
#ifndef CHARNN_TRAIN_VALIDATION_H
#define CHARNN_TRAIN_VALIDATION_H

#include "train/state.h"

/*
 * Computes the loss on the validation split, tells the observer, and saves `best` if the loss is
 * the lowest so far, or if there is no validation text. The caller then saves `last`. *what is
 * NULL; if the loss is not finite, it is "validation loss", and nothing else is done. The weights
 * must be finite.
 * Errors: CHARNN_ERROR_DATA if the text was modified; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status validation_run(struct trainer *trainer, bool scheduled,
                                             const char **what, struct error *error);

/* If the last validation was final, restores the progress before it. */
void validation_forget(struct trainer *trainer);

#endif
