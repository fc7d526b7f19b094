#include "cli/commands.h"
#include "cli/options/completion.h"
#include "cli/options/help.h"
#include "cli/options/manual.h"
#include "cli/terminal/terminal.h"

struct help_settings {
    bool man;
    bool completion;
};

#define OPTION(...) CHARNN_OPTION(struct help_settings, __VA_ARGS__)

static const struct option_spec rows[] = {
    OPTION("man", FLAG, man, NULL, NULL, "print the manual page charnn(1) as roff source",
           .heading = "Options"),
    OPTION("completion", FLAG, completion, NULL, NULL, "print the completion script for bash"),
    CHARNN_OPTION_HELP_ROW,
};

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct help_settings),
};

static const struct command_example examples[] = {
    {"charnn help train", "Describe 'charnn train' and its options."},
    {"charnn help --man | man -l -", "Read the manual page of a program that is not installed."},
    {"source <(charnn help --completion)", "Complete charnn's options in this bash."},
    {NULL, NULL},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct help_settings *help = settings;
    if ((size_t)help->man + (size_t)help->completion + options->argument_count > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "give only one of COMMAND, --man and --completion");
    }
    return CHARNN_OK;
}

const struct command_spec help_command = {
    .name = "help",
    .summary = "describe a command, or print the manual page or the bash completion",
    .arguments = "[COMMAND]",
    .argument_maximum = 1,
    .description = "Describes the program or one of its commands.",
    .options = &table,
    .examples = examples,
    .check = check,
};

enum status cmd_help(struct invocation *invocation, struct error *error) {
    const struct help_settings *settings = invocation->settings;
    const struct options *options = &invocation->options;
    FILE *out = invocation->out;
    if (settings->man) {
        manual_print(out, charnn_commands);
    } else if (settings->completion) {
        completion_print(out, charnn_commands);
    } else if (options->argument_count == 0) {
        help_print_program(out, charnn_commands, terminal_width(out));
    } else {
        const struct command *command;
        if (command_find(charnn_commands, options->arguments[0], &command, error) != CHARNN_OK) {
            return error->status;
        }
        help_print_command(out, command->spec, terminal_width(out));
    }
    return CHARNN_OK;
}
