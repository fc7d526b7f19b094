#include "cli/info/settings.h"
#include "cli/options/command.h"

#define OPTION(...) CHARNN_OPTION(struct info_settings, __VA_ARGS__)

static const struct option_spec rows[] = {
    OPTION("json", FLAG, json, NULL, NULL, "print JSON", .heading = "Options",
           .brief = "print JSON"),
    OPTION("build", FLAG, build, NULL, NULL,
           "describe this program instead: version, compiler, libraries, kernels, and the default "
           "number of threads",
           .brief = "describe this program instead"),
    CHARNN_OPTION_HELP_ROWS,
};

static const struct command_example examples[] = {
    {"charnn info cv/best.safetensors", "Describe a model and its training."},
    {"charnn info --json cv/best.safetensors | jq .settings >settings.json",
     "Save the settings of a run, for train --config."},
    {"charnn info --build", "Describe this program and how it computes on this machine."},
    {NULL, NULL},
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
    .sentence = "Describes the model, vocabulary and training of a checkpoint.",
    .arguments = "[CHECKPOINT]",
    .argument_maximum = 1,
    .description =
        "Prints the model, vocabulary, settings, training history and tensors of a checkpoint. "
        "CHECKPOINT may be the folder of a run; its best.safetensors is used, or else its "
        "last.safetensors.\n\n"
        "Kernels are the innermost loops, compiled for several instruction sets: v2 (SSE4.2), v3 "
        "(AVX2 and FMA) and v4 (AVX-512) on x86-64, neon on ARM, scalar everywhere; v3-vnni and "
        "v4-vnni also multiply 8-bit integers with the instructions made for that, and v4-amx "
        "multiplies "
        "these and rounded numbers (train --precision bf16) with the tiles of AMX. The fastest "
        "kernels that the processor supports are used, unless the environment variable "
        "CHARNN_KERNELS names others.",
    .options = &table,
    .examples = examples,
    .check = check,
};
