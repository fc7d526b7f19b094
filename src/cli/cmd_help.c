#include "cli/commands.h"
#include "cli/completion/completion.h"
#include "cli/manual/manual.h"
#include "cli/options/help.h"
#include "cli/terminal/terminal.h"

#include <string.h>

struct help_settings {
    bool man;
    bool completion;
};

#define OPTION(...) CHARNN_OPTION(struct help_settings, __VA_ARGS__)

static const struct option_spec rows[] = {
    OPTION("man", FLAG, man, NULL, NULL,
           "print the manual page charnn(1), or that of COMMAND, as roff source",
           .brief = "print the manual page charnn(1), or that of COMMAND", .heading = "Options"),
    OPTION("completion", FLAG, completion, NULL, NULL,
           "print the completion script for SHELL: bash, zsh or fish; default: bash",
           .brief = "print the completion script for bash, zsh or fish"),
    CHARNN_OPTION_HELP_ROWS,
};

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct help_settings),
};

static const struct command_example examples[] = {
    {"charnn help train", "Show the everyday options of 'charnn train'."},
    {"charnn help --man train | man -l -", "Read the manual of a program that is not installed."},
    {"source <(charnn help --completion)", "Complete charnn's options in this bash."},
    {"charnn help --completion zsh >~/.zfunc/_charnn",
     "Complete them in zsh, if ~/.zfunc is in its fpath."},
    {"charnn help --completion fish | source", "Complete them in this fish."},
    {NULL, NULL},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct help_settings *help = settings;
    (void)options;
    if (help->man && help->completion) {
        return error_set(error, CHARNN_ERROR_USAGE, "give only one of --man and --completion");
    }
    return CHARNN_OK;
}

const struct command_spec help_command = {
    .name = "help",
    .summary = "describe a command; print manual pages and shell completion",
    .sentence = "Describes the program or one of its commands.",
    .arguments = "[COMMAND|SHELL]",
    .argument_maximum = 1,
    .description = "Describes the program or one of its commands, as the command's --help does.",
    .options = &table,
    .examples = examples,
    .check = check,
};

static void describe(const struct command_spec *command, bool manual, FILE *out) {
    if (manual && command != NULL) {
        manual_print_command(out, command, charnn_commands);
    } else if (manual) {
        manual_print(out, charnn_commands);
    } else if (command != NULL) {
        help_print_command(out, command, terminal_width(out));
    } else {
        help_print_program(out, charnn_commands, terminal_width(out));
    }
}

enum status cmd_help(struct invocation *invocation, struct error *error) {
    const struct help_settings *settings = invocation->settings;
    const struct options *options = &invocation->options;
    const char *argument = options->argument_count > 0 ? options->arguments[0] : NULL;
    if (settings->completion) {
        return completion_print(invocation->out, argument, charnn_commands, error);
    }
    const struct command *command = NULL;
    bool names_command = argument != NULL && strcmp(argument, "charnn") != 0;
    if (names_command && command_find(charnn_commands, argument, &command, error) != CHARNN_OK) {
        return error->status;
    }
    describe(command != NULL ? command->spec : NULL, settings->man, invocation->out);
    return CHARNN_OK;
}
