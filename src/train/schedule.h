/*
 * Learning rate schedules.
 *
 *   step    rate * decay^n: the first decay after `after` epochs, then one every `every` epochs
 *           (1 in char-rnn)
 *   cosine  rate * (1 + cos(pi p)) / 2, p the fraction of the run that is done
 *           (Loshchilov & Hutter 2017, without restarts)
 *   hold    rate * min(1, (1 - p) / (1 - 1/4)): so within the first quarter of a run its rate does
 *           not depend on its length
 *
 * In the first warmup_steps updates the rate rises linearly.
 */
#ifndef CHARNN_TRAIN_SCHEDULE_H
#define CHARNN_TRAIN_SCHEDULE_H

#include "train/settings.h"

/* The fraction of a run in which the rate of `hold` is constant. */
#define CHARNN_HOLD 0.25

/* Whether the schedule depends on the end of the run. */
static inline bool schedule_falls(const struct train_settings *settings) {
    return settings->schedule != CHARNN_SCHEDULE_STEP;
}

/* Before an update. */
struct schedule_position {
    size_t step;     /* updates done */
    double epochs;   /* epochs done, with the fraction of the current one */
    double since;    /* epochs when the learning rate was set; decays up to then do not apply */
    double progress; /* fraction of the run that is done, from when the learning rate was set */
};

/* The learning rate of the next update. */
double schedule_rate(const struct train_settings *settings, struct schedule_position position);

#endif
