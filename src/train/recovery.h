/* Rollback of a diverged run. */
#ifndef CHARNN_TRAIN_RECOVERY_H
#define CHARNN_TRAIN_RECOVERY_H

#include "train/state.h"

/* Goes back to the last scheduled checkpoint and halves the learning rate, because `what` ("loss",
 * "model") is not finite. Errors: CHARNN_ERROR_DATA if on_divergence is CHARNN_DIVERGENCE_STOP, or
 * after too many rollbacks to that checkpoint; as checkpoint_open() and snapshot_read(). */
CHARNN_MUST_CHECK enum status recovery_roll_back(struct trainer *trainer, const char *what,
                                                 struct error *error);

#endif
