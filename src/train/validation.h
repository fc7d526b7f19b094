/*
 * Validations. They are scheduled after each epoch and every eval_val_every steps. If a run ends at
 * another step, and not by a signal, it makes a final one. An uninterrupted run would not have made
 * the final one, so a resumed run that goes on first undoes the changes of the final one.
 */
#ifndef CHARNN_TRAIN_VALIDATION_H
#define CHARNN_TRAIN_VALIDATION_H

#include "train/state.h"

/*
 * Computes the loss on the validation split, tells the observer, and saves `best` if the loss is
 * the lowest so far, or if there is no validation text. The caller then saves `last`. *what is
 * NULL; if the loss is not finite, *what is "validation loss", and the observer is not told. The
 * weights must be finite. A signal stops the validation at once. A stopped validation changes
 * nothing, except that progress.due is set if it was scheduled.
 * Errors: CHARNN_ERROR_DATA if the text was modified; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status validation_run(struct trainer *trainer, bool scheduled,
                                             const char **what, struct error *error);

/* Estimates from a short trial how long a validation takes. */
void validation_estimate(struct trainer *trainer);

/* If the last validation was final, restores the progress before it. */
void validation_forget(struct trainer *trainer);

#endif
