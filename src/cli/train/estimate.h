/* How long a run will take, in words. */
#ifndef CHARNN_CLI_TRAIN_ESTIMATE_H
#define CHARNN_CLI_TRAIN_ESTIMATE_H

#include "cli/train/run.h"

enum { CHARNN_ESTIMATE_TEXT = 256 };

/* Seconds until the run ends by its steps or --max-seconds; infinite without a limit.
 * `window_seconds`: measured time of a window. */
double estimate_seconds(const struct train_run *run, double window_seconds);

/* "about 12 minutes for 50 epochs (at 87,000 characters/s)" */
void estimate_format(const struct train_run *run, double window_seconds,
                     char text[CHARNN_ESTIMATE_TEXT]);

#endif
