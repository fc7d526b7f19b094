/*
 * What signals ask of a training run. SIGINT, SIGTERM and SIGHUP end it after its current step, a
 * second one of any of them at once and with its usual effect; SIGUSR1 has it save and go on.
 */
#ifndef CHARNN_CLI_TRAIN_SIGNALS_H
#define CHARNN_CLI_TRAIN_SIGNALS_H

#include "train/trainer.h"

/* To be called first: SIGUSR1 is noted from now on, where it would end the process before. */
void train_signals_begin(void);

/* From now on a run can be ended in order. Where SIGHUP is ignored, as under nohup, it stays so. */
void train_signals_watch(void);

/* What was asked for; `stop` is the signal's number. */
struct train_requests *train_signals_requests(void);

#endif
