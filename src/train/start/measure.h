/* What a run will cost, measured before it starts. */
#ifndef CHARNN_TRAIN_START_MEASURE_H
#define CHARNN_TRAIN_START_MEASURE_H

#include "train/trainer.h"

/*
 * Seconds per window of training. Trains on up to `most` >= 1 windows, for about `seconds`; if not
 * even one window ends by then, its time follows from the part that is done. Validations and saves
 * are not counted. Writes no file, but changes the weights: the trainer must not be run afterwards.
 */
double trainer_measure_window(struct trainer *trainer, double seconds, size_t most);

/* Seconds that a validation takes, estimated from a part of it: at most 1 second and a hundredth of
 * max_seconds. */
double trainer_measure_validation(struct trainer *trainer);

/* Bytes of tensors in a checkpoint: `last` is resumable, the others are not. */
size_t trainer_checkpoint_size(const struct trainer *trainer, bool resumable);

#endif
