/* The bash completion script, printed from the tables of commands and options. */
#ifndef CHARNN_CLI_OPTIONS_COMPLETION_H
#define CHARNN_CLI_OPTIONS_COMPLETION_H

#include "cli/options/command.h"

/*
 * Prints a script for bash 3.2 or later. It completes commands, option names, the names that an
 * option accepts, the default of a number (to show it), and file names elsewhere. Writes are not
 * checked.
 */
void completion_print(FILE *out, const struct command *commands);

#endif
