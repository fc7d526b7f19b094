/* One update of a training run. */
#ifndef CHARNN_TRAIN_STEP_H
#define CHARNN_TRAIN_STEP_H

#include "train/state.h"

/* The learning rate of the next update. */
double step_rate(const struct trainer *trainer);

/*
 * Runs forward and backward over the next `accumulate` windows and applies their mean gradient. If
 * the loss or the gradient's norm is not finite, skips the step and resets the carried state. Sets
 * the trainer's report. The watch is told of the whole step; if it ends the step, the result is
 * false, and but for the time everything is as before the step.
 */
CHARNN_MUST_CHECK bool train_step(struct trainer *trainer, const struct network_watch *watch);

#endif
