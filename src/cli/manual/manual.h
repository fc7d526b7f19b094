/*
 * The manual, printed from the tables of commands and options as roff source: charnn(1) and a page
 * for each command, such as charnn-train(1). Writes are not checked.
 */
#ifndef CHARNN_CLI_MANUAL_MANUAL_H
#define CHARNN_CLI_MANUAL_MANUAL_H

#include "cli/options/command.h"

/* charnn(1): overview, commands, exit status, environment, files. */
void manual_print(FILE *out, const struct command *commands);

/* charnn-COMMAND(1): description, options, examples. `commands`: the pages to refer to. */
void manual_print_command(FILE *out, const struct command_spec *command,
                          const struct command *commands);

#endif
