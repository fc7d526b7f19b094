/* Completion of command lines in bash, made from the tables of commands and options. */
#ifndef CHARNN_CLI_OPTIONS_COMPLETION_H
#define CHARNN_CLI_OPTIONS_COMPLETION_H

#include <stdio.h>

/*
 * Prints a script that defines the function _charnn and registers it: commands, options, choices
 * and defaults as values, and file names for all else. It needs bash 3.2 and nothing besides.
 */
void completion_print(FILE *out);

#endif
