/*
 * A run's state in checkpoints. A checkpoint to resume from holds, besides the model and
 * charnn.training:
 *
 *   optim.<array>   the optimizer's arrays
 *   optim.raw       the trained weights, if the model's are their running average
 *   state.h_l<n>    [B][H] the state that layer n carries into the next window; state.c_l<n> too
 * for the LSTM
 */
#ifndef CHARNN_TRAIN_SNAPSHOT_H
#define CHARNN_TRAIN_SNAPSHOT_H

#include "checkpoint/checkpoint.h"
#include "train/state.h"

/* Writes a checkpoint to sample from, or one to resume from. Errors: as checkpoint_write(). */
CHARNN_MUST_CHECK enum status snapshot_write(const struct trainer *trainer, const char *path,
                                             bool resumable, struct error *error);

/* Bytes that snapshot_write() allocates, freed when it returns. */
size_t snapshot_memory(const struct trainer *trainer);

/* Puts the trainer back into the state in which it wrote the checkpoint. Errors: as
 * training_json_read(); CHARNN_ERROR_FORMAT if the checkpoint is not one to resume from. */
CHARNN_MUST_CHECK enum status
snapshot_read(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

#endif
