/* One update of a training run. */
#ifndef CHARNN_TRAIN_STEP_H
#define CHARNN_TRAIN_STEP_H

#include "train/state.h"

/* The learning rate of the next update. */
double step_rate(const struct trainer *trainer);

/* Runs forward and backward over the next `accumulate` windows and applies their mean gradient. If
 * the loss or the gradient's norm is not finite, skips the step and resets the carried state. Sets
 * the trainer's report. Returns false if network_watch() has ended it; then nothing has changed. */
bool train_step(struct trainer *trainer);

#endif
