/*
 * What is not as it was when a resumed run was saved: told, kept for the log and, where it changes
 * what is learned, noted in the checkpoints to come. A limit of the run's length does not change
 * that (but where the rate falls along a cosine to the run's end), so a run in pieces has the
 * checkpoints of one that was never stopped.
 */
#ifndef CHARNN_CLI_TRAIN_CHANGES_H
#define CHARNN_CLI_TRAIN_CHANGES_H

#include "cli/options/options.h"
#include "train/trainer.h"

#include <stdio.h>

/*
 * To be called after options_resume() and trainer_restore(). *changes is a list of texts like
 * "--learning-rate 0.001 instead of 0.002". Ownership: the caller's, cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status train_changes_note(const struct options *options,
                                                 struct trainer *trainer, cJSON **changes,
                                                 struct error *error);

/* A line for each. */
void train_changes_print(const cJSON *changes, FILE *err);

#endif
