/* Rollback: what a run does when it has diverged. */
#ifndef CHARNN_TRAIN_RECOVERY_H
#define CHARNN_TRAIN_RECOVERY_H

#include "train/state.h"

/*
 * Goes back to the last scheduled checkpoint, because `what` ("loss", "model") is not finite; from
 * there the learning rate is halved. Errors: CHARNN_ERROR_DATA if on_divergence is to stop, or
 * after too many rollbacks to the same step; as snapshot_read().
 */
CHARNN_MUST_CHECK enum status recovery_roll_back(struct trainer *trainer, const char *what,
                                                 struct error *error);

#endif
