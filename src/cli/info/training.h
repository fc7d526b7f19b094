/* The training of a checkpoint, described for a person. */
#ifndef CHARNN_CLI_INFO_TRAINING_H
#define CHARNN_CLI_INFO_TRAINING_H

#include "checkpoint/checkpoint.h"

#include <stdio.h>

/* Origin, text files, progress, losses and history; nothing if the checkpoint records neither
 * training nor text files. */
void info_print_training(FILE *out, const struct checkpoint *checkpoint);

#endif
