/* Completion scripts for shells, printed from the tables of commands and options. */
#ifndef CHARNN_CLI_COMPLETION_COMPLETION_H
#define CHARNN_CLI_COMPLETION_COMPLETION_H

#include "cli/options/command.h"

/*
 * Prints the script for a shell: bash (also if `shell` is NULL; 3.2 or later), zsh or fish (3.0 or
 * later). It completes commands, option names, the names that an option accepts, the default of a
 * number (to show it), checkpoints and folders where a checkpoint is expected, and file names
 * elsewhere. Writes are not checked. Error: CHARNN_ERROR_USAGE if there is no such shell.
 */
CHARNN_MUST_CHECK enum status completion_print(FILE *out, const char *shell,
                                               const struct command *commands, struct error *error);

#endif
