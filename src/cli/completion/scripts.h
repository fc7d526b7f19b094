/* The script of each shell, and what the scripts share. Writes are not checked. */
#ifndef CHARNN_CLI_COMPLETION_SCRIPTS_H
#define CHARNN_CLI_COMPLETION_SCRIPTS_H

#include "cli/options/command.h"

void completion_print_bash(FILE *out, const struct command *commands);
void completion_print_zsh(FILE *out, const struct command *commands);
void completion_print_fish(FILE *out, const struct command *commands);

/* Prints "# SHELL completion for charnn(1), ...", a comment, and an empty line. */
void completion_print_title(FILE *out, const char *shell);

/* What completes the value of an option. */
enum completion_kind {
    CHARNN_COMPLETION_CHECKPOINT,
    CHARNN_COMPLETION_FOLDER,
    CHARNN_COMPLETION_FILE,
    CHARNN_COMPLETION_WORDS, /* the names that it accepts; for a number the default, so that the
                                user sees it */
    CHARNN_COMPLETION_NOTHING,
    CHARNN_COMPLETION_KINDS
};

/* Prints how a shell completes the value of an option: `how` by its kind, NULL for nothing; words
 * follow `how`, with spaces between them, and then `end`. */
void completion_print_value(FILE *out, const struct option_table *table,
                            const struct option_spec *spec,
                            const char *const how[CHARNN_COMPLETION_KINDS], const char *end);

/* Prints the names of the commands, with spaces between them. */
void completion_print_commands(FILE *out, const struct command *commands);

/* Prints a text that stands between single quotes. Each character in `escaped` gets a backslash; a
 * single quote becomes `quote`. */
void completion_print_text(FILE *out, const char *text, const char *escaped, const char *quote);

/* What stands after an option's name in a list: its everyday description, or else its help. */
const char *completion_description(const struct option_spec *spec);

/* Whether the option takes a value that must be given. */
bool completion_takes_value(const struct option_spec *spec);

/* Whether the command takes files as arguments. */
bool completion_command_takes_files(const struct command_spec *command);

#endif
