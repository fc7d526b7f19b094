/*
 * Signals during training.
 *
 * SIGINT, SIGTERM, SIGHUP: the handler sets `stop` and prints a notice. trainer_run() undoes the
 * current step, or ends a validation or a sample, writes `last` without a validation and returns
 * CHARNN_END_SIGNAL. The command prints the path and how to resume (ending.c), and the
 * process exits with 128 + the signal's number. A second signal ends the process at once, without
 * saving.
 *
 * SIGUSR1: the handler sets `save`. After the current step, or at once during a validation,
 * trainer_run() writes `last` and continues.
 */
#ifndef CHARNN_CLI_TRAIN_SIGNALS_H
#define CHARNN_CLI_TRAIN_SIGNALS_H

#include "train/trainer.h"

/* Handles SIGUSR1 from the command's start: its default action would end the process. */
void train_signals_begin(void);

/* Handles the other signals once there is a run to save. SIGHUP stays ignored under nohup. A live
 * line on standard error is removed. */
void train_signals_watch(bool has_live_line);

/* What was asked for; `stop` is the number of the signal. */
struct train_requests *train_signals_requests(void);

#endif
