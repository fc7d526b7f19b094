/*
 * The settings that --resume changes. They are printed, logged and, if they affect what is
 * learned, recorded in the checkpoints that follow. A new limit of the run's length does not affect
 * that, unless the learning rate falls along a cosine to the run's end; so a run in pieces has the
 * same checkpoints as one that was never stopped.
 */
#ifndef CHARNN_CLI_TRAIN_CHANGES_H
#define CHARNN_CLI_TRAIN_CHANGES_H

#include "cli/options/options.h"
#include "train/trainer.h"

/*
 * Compares the settings after options_resume(), and records the changes with the trainer after
 * trainer_restore(). *changes is a list of texts like "--learning-rate 0.001 instead of 0.002".
 * Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's, cJSON_Delete(), also after an error.
 */
CHARNN_MUST_CHECK enum status train_changes_create(const struct options *options,
                                                   struct trainer *trainer, cJSON **changes,
                                                   struct error *error);

#endif
