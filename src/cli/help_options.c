#include "cli/options/command.h"
#include "cli/options/help.h"

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct help_settings, field)

static const struct option_spec rows[] = {
    {.name = "man",
     FIELD(FLAG, man),
     .help = "print the manual page charnn(1), for man(1) to read",
     .heading = "Options"},
    {.name = "completion",
     FIELD(FLAG, completion),
     .help = "print the completion script for bash, to be read with 'source'"},
    CHARNN_OPTION_HELP_ROW,
};

static const struct command_example examples[] = {
    {"charnn help train", "What 'charnn train' does, and its options."},
    {"source <(charnn help --completion)", "Completes charnn's options in this bash."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct help_settings *help = settings;
    if ((size_t)help->man + (size_t)help->completion + options->argument_count > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "it gives one thing at a time: a COMMAND, --man or --completion");
    }
    return CHARNN_OK;
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct help_settings),
};

const struct command_spec help_command = {
    .name = "help",
    .summary = "describe a command; print the manual page or the bash completion",
    .arguments = "[COMMAND]",
    .argument_maximum = 1,
    .description = "Describes the program or one of its commands.",
    .options = &table,
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
    .run = cmd_help,
};
