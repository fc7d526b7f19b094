/* The script of each shell, and what the scripts share. Writes are not checked. */
#ifndef CHARNN_CLI_OPTIONS_COMPLETION_SCRIPTS_H
#define CHARNN_CLI_OPTIONS_COMPLETION_SCRIPTS_H

#include "cli/options/command.h"

void completion_print_bash(FILE *out, const struct command *commands);
void completion_print_zsh(FILE *out, const struct command *commands);
void completion_print_fish(FILE *out, const struct command *commands);

/* The i-th value to offer, or NULL: a name that the option accepts; for a number the default, so
 * that the user sees it. */
const char *completion_value(const struct option_table *table, const struct option_spec *spec,
                             size_t i);

/* Prints the values to offer, with spaces between them. */
void completion_print_values(FILE *out, const struct option_table *table,
                             const struct option_spec *spec);

/* Prints the names of the commands, with spaces between them. */
void completion_print_commands(FILE *out, const struct command *commands);

/* Prints a text that stands between single quotes. Each character in `escaped` gets a backslash; a
 * single quote becomes `quote`. */
void completion_print_text(FILE *out, const char *text, const char *escaped, const char *quote);

/* What stands after an option's name in a list: its everyday description, or else its help. */
const char *completion_description(const struct option_spec *spec);

/* Whether the option takes a value that must be given. */
bool completion_takes_value(const struct option_spec *spec);

/* Whether the value is a folder, or a file. */
bool completion_takes_folder(const struct option_spec *spec);
bool completion_takes_file(const struct option_spec *spec);

/* Whether the command takes files as arguments. */
bool completion_command_takes_files(const struct command_spec *command);

#endif
