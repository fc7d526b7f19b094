#include "cli/command.h"
#include "infer/settings.h"

static const struct option_spec rows[] = {
    {.name = "json",
     CHARNN_OPTION_FIELD(FLAG, struct info_settings, json),
     .help = "print it as JSON",
     .heading = "Options"},
    CHARNN_OPTION_HELP_ROW,
};

static const struct command_example examples[] = {
    {"charnn info cv/best.safetensors", "What this model is and how it was trained."},
};

const struct command_spec info_command = {
    .name = "info",
    .summary = "describe a checkpoint",
    .arguments = "CHECKPOINT",
    .argument_minimum = 1,
    .argument_maximum = 1,
    .description = "Prints a checkpoint's settings, vocabulary, tensors with their shapes, number "
                   "of parameters, and the history of its training in brief.",
    .options = {.rows = rows,
                .count = sizeof rows / sizeof rows[0],
                .settings_size = sizeof(struct info_settings)},
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .run = cmd_info,
};
