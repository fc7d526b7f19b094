/* The manual page charnn(1), printed from the tables of commands and options. */
#ifndef CHARNN_CLI_OPTIONS_MANUAL_H
#define CHARNN_CLI_OPTIONS_MANUAL_H

#include "cli/options/command.h"

/* Prints roff source with the man(7) macros. Writes are not checked. */
void manual_print(FILE *out, const struct command *commands);

#endif
