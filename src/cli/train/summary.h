/* What a run prints before its first step: text, model, memory, length, notes and advice. */
#ifndef CHARNN_CLI_TRAIN_SUMMARY_H
#define CHARNN_CLI_TRAIN_SUMMARY_H

#include "cli/train/run.h"

void train_summary_print(struct train_run *run);

#endif
