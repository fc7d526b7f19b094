/*
 * --max-seconds, which includes the final validation: training ends early enough for it.
 *
 * Its time is that of the last validation, or before the first one an estimate. If another
 * validation has just ended, so that there is no time for one more, training goes on to the limit
 * and there is no final validation. If the only validation takes almost all of the time or more, a
 * tenth of the time is for training, and the run ends late.
 */
#ifndef CHARNN_TRAIN_TIME_LIMIT_H
#define CHARNN_TRAIN_TIME_LIMIT_H

#include "train/state.h"

/* Seconds of training up to the last step or validation, all resumes together. */
double time_spent(const struct trainer *trainer);

/* When training ends, by time_spent(); infinite without a limit. */
double time_of_end(const struct trainer *trainer);

/* Whether there is time for a final validation. */
bool time_allows_validation(const struct trainer *trainer);

/* Whether the time of a validation should be estimated now. */
bool time_needs_estimate(const struct trainer *trainer);

#endif
