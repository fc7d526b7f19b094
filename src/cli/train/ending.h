/* What a run prints and logs when it ends: why it ended, and which checkpoints there are. */
#ifndef CHARNN_CLI_TRAIN_ENDING_H
#define CHARNN_CLI_TRAIN_ENDING_H

#include "cli/train/run.h"

/* For a run that ended by itself or by a signal; sets the invocation's signal in the second case.
 * Errors: CHARNN_ERROR_USAGE if the path of a checkpoint is too long. */
CHARNN_MUST_CHECK enum status train_ending_print(struct train_run *run, enum train_end end,
                                                 struct error *error);

/* For a run that ended with an error, which is also the log's last line; the caller reports it. */
void train_ending_print_failure(struct train_run *run, const struct error *error);

#endif
