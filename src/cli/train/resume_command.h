/*
 * The command that goes on with a training run, to be copied into a shell.
 */
#ifndef CHARNN_CLI_TRAIN_RESUME_COMMAND_H
#define CHARNN_CLI_TRAIN_RESUME_COMMAND_H

#include "train/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes it to text[size], cut where it does not fit; size 0 is fine. Returns the length of all of
 * it. `from_stdin`: the text must be given on standard input again. */
size_t resume_command(const struct train_settings *settings, bool from_stdin, char *text,
                      size_t size);

#endif
