/*
 * --max-seconds includes the final validation, so training ends early enough for it.
 *
 * The final validation is expected to take as long as the last validation, or before the first one
 * as long as an estimate says. If the last validation ended so late that no time is left for
 * another one, training goes on to the limit, and there is no final validation. If the only
 * validation needs more than nine tenths of the time, training gets a tenth, and the run ends late.
 * A step that is in progress when training ends is undone.
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
