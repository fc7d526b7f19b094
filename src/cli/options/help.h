/* The help, printed from the tables of commands and options. Writes are not checked. */
#ifndef CHARNN_CLI_OPTIONS_HELP_H
#define CHARNN_CLI_OPTIONS_HELP_H

#include "cli/options/command.h"

/* The program and its commands, in lines of `width` columns. */
void help_print_program(FILE *out, const struct command *commands, size_t width);

/* The usage of the program, with the first example of each of the first three commands. */
void help_print_usage(FILE *out, const struct command *commands, size_t width);

/* One command in short: usage, a sentence, the everyday options with their defaults, three
 * examples, and where the rest is. */
void help_print_command(FILE *out, const struct command_spec *command, size_t width);

/* One command: usage, description, all options with range and default, presets, examples. */
void help_print_command_in_full(FILE *out, const struct command_spec *command, size_t width);

/* The option as it is written: "--rnn-size N", "--[no-]peephole". */
void help_format_option(const struct option_spec *spec, char *text, size_t size);

/* The help line of an option, followed by range, default and example in parentheses. */
void help_format_description(const struct option_table *table, const struct option_spec *spec,
                             char *text, size_t size);

#endif
