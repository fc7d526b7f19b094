/* Help for a person at a terminal, made from the tables of commands and options. */
#ifndef CHARNN_CLI_OPTIONS_HELP_H
#define CHARNN_CLI_OPTIONS_HELP_H

#include "cli/options/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The settings of the command `help`. */
struct help_settings {
    bool man;
    bool completion;
};

/* What the program is and its commands, no wider than `width` columns where words allow. */
void help_print_program(FILE *out, size_t width);

/* One command: usage, description, every option with range and default, presets, examples. */
void help_print_command(FILE *out, const struct command_spec *command, size_t width);

/* The option as it is written: "--rnn-size N", "--[no-]peephole". */
void help_format_option(const struct option_spec *spec, char *text, size_t size);

/* What is said about it: its help line and, in parentheses, its note. */
void help_format_description(const struct option_table *table, const struct option_spec *spec,
                             char *text, size_t size);

#endif
