/* One update of a training run. */
#ifndef CHARNN_TRAIN_STEP_H
#define CHARNN_TRAIN_STEP_H

#include "train/state.h"

/*
 * Forward and backward over the next `accumulate` windows, and the optimizer's step with their mean
 * gradient. If the loss or the gradient's norm is not finite, the weights stay as they are and the
 * carried state begins at zero again. Sets the trainer's report.
 */
void train_step(struct trainer *trainer);

#endif
