/*
 * The learning rate over the course of a run.
 *
 *   step    rate * decay^n, where n counts the decays due: one when `after` epochs are done and
 *           one more every `every` epochs (char-rnn's schedule with every = 1)
 *   cosine  rate * (1 + cos(pi p)) / 2, p the part of the run that is done (Loshchilov & Hutter
 *           2017, without restarts)
 *
 * The first warmup_steps updates are scaled up linearly.
 */
#ifndef CHARNN_TRAIN_SCHEDULE_H
#define CHARNN_TRAIN_SCHEDULE_H

#include "train/settings.h"

/* Where a run stands before an update. */
struct schedule_position {
    size_t step;     /* updates done */
    double epochs;   /* epochs done, with the part of the current one */
    double progress; /* part of the run that is done, 0 to 1 */
};

/* The rate of the next update. */
double schedule_rate(const struct train_settings *settings, struct schedule_position position);

#endif
