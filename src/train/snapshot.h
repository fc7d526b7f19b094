/*
 * The state of a run as a checkpoint. Besides the model and charnn.training, a resumable one holds:
 *
 *   optim.<array>              arrays of the optimizer
 *   optim.raw                  the trained weights, if the model has their average
 *   state.h_l<n>, state.c_l<n> [B][H] carried state of layer n; c for the LSTM only, and i, f, o
 *                              for its variant fgr
 *   state.attention            [B][1 + N H] memory of the attention
 */
#ifndef CHARNN_TRAIN_SNAPSHOT_H
#define CHARNN_TRAIN_SNAPSHOT_H

#include "checkpoint/checkpoint.h"
#include "train/state.h"

/* Rank 0 writes it; all ranks must call it, and get its errors. Errors: as checkpoint_write(). */
CHARNN_MUST_CHECK enum status snapshot_write(const struct trainer *trainer, const char *path,
                                             bool resumable, struct error *error);

/* Restores the state of the run that wrote the checkpoint. Errors: CHARNN_ERROR_FORMAT if the
 * checkpoint is not resumable; as training_json_read(). */
CHARNN_MUST_CHECK enum status
snapshot_read(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

#endif
