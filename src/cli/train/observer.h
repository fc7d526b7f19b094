/* What a run logs and prints while the trainer works. */
#ifndef CHARNN_CLI_TRAIN_OBSERVER_H
#define CHARNN_CLI_TRAIN_OBSERVER_H

#include "cli/train/run.h"

/*
 * Trains to the end of the run. The log, the progress lines and the samples are written on the
 * calling thread, between steps; the threads of the pool only compute.
 * Errors: those of trainer_run().
 */
CHARNN_MUST_CHECK enum status train_run_observed(struct train_run *run, enum train_end *end,
                                                 struct error *error);

/* Prints the step and the path of the checkpoint that was just saved as `last`. */
void train_print_saved(struct train_run *run);

#endif
