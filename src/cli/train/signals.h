/*
 * Signals during training.
 *
 * SIGINT, SIGTERM and SIGHUP end a run in order: the handler only sets `stop`. The trainer sees it
 * after the current step, writes `last`, without a validation, and returns CHARNN_END_SIGNAL from
 * trainer_run(). The command then prints the step, the path and how to resume (ending.h), and the
 * process exits with 128 + the signal's number. A second signal of these ends the process at once,
 * by its default action and without saving.
 *
 * SIGUSR1 sets `save`: the trainer writes `last` after the current step and goes on.
 */
#ifndef CHARNN_CLI_TRAIN_SIGNALS_H
#define CHARNN_CLI_TRAIN_SIGNALS_H

#include "train/trainer.h"

/* Handles SIGUSR1, whose default action would end the process, from the command's start. */
void train_signals_begin(void);

/* Handles the signals that end a run, once there is one to save. SIGHUP stays ignored if it is, as
 * under nohup. */
void train_signals_watch(void);

/* What the signals have asked for; `stop` is the signal's number. */
struct train_requests *train_signals_requests(void);

#endif
