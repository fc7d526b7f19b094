#include "cli/info/settings.h"
#include "cli/options/command.h"

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct info_settings, field)

static const struct option_spec rows[] = {
    {.name = "json", FIELD(FLAG, json), .help = "print it as JSON", .heading = "Options"},
    {.name = "build",
     FIELD(FLAG, build),
     .help = "instead of a checkpoint describe this program: version, compiler and its flags, the "
             "libraries for compressed texts and line editing, the kernels that it has, which of "
             "them this processor supports, which one is in use and why, and how many threads are "
             "used where --threads is not given"},
    CHARNN_OPTION_HELP_ROW,
};

static const struct command_example examples[] = {
    {"charnn info cv/best.safetensors", "What this model is and how it was trained."},
    {"charnn info --build", "What this program is and how it will compute here."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct info_settings *info = settings;
    if (info->build && options->argument_count > 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "unexpected argument '%s' with --build, which describes this program",
                         options->arguments[0]);
    }
    if (!info->build && options->argument_count == 0) {
        return error_set(
            error, CHARNN_ERROR_USAGE,
            "missing argument: expected CHECKPOINT or --build; see 'charnn info --help'");
    }
    return CHARNN_OK;
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct info_settings),
};

const struct command_spec info_command = {
    .name = "info",
    .summary = "describe a checkpoint, or this program",
    .arguments = "[CHECKPOINT]",
    .argument_maximum = 1,
    .description = "Prints a checkpoint's settings, vocabulary, tensors with their shapes, number "
                   "of parameters, and the history of its training in brief.\n\n"
                   "Kernels are the innermost loops, compiled for several levels of processors: "
                   "on x86-64 v2 (SSE4.2), v3 (AVX2 and FMA) and v4 (AVX-512), on ARM neon, and "
                   "scalar everywhere. The best that the processor supports is used, or the one "
                   "that the environment variable CHARNN_KERNELS names.",
    .options = &table,
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
};
