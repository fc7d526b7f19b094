#include "cli/convert/settings.h"
#include "kernels/kernels.h"

#include <string.h>

#define OPTION(...) CHARNN_OPTION(struct convert_settings, __VA_ARGS__)

static const char *const types[] = {[CHARNN_WEIGHTS_F32] = "f32",
                                    [CHARNN_WEIGHTS_BF16] = "bf16",
                                    [CHARNN_WEIGHTS_INT8] = "int8",
                                    NULL};

static const struct option_spec rows[] = {
    OPTION(
        "weights", CHOICE, weights, "TYPE", "int8",
        "how the matrices are stored: as float32 (f32), as bfloat16 in half the space (bf16), or "
        "as 8-bit integers with a scale for each row in a quarter (int8)",
        .choices = types, .heading = "Options", .brief = "f32, bf16 or int8"),
    OPTION("threads", SIZE, threads, "N", "0",
           "number of threads, which does not change the result; 0: one per processor",
           .range = CHARNN_RANGE_FROM_TO(0, 1024),
           .brief = "number of threads; 0: one per processor"),
    CHARNN_OPTION_HELP_ROWS,
};

static const struct command_example examples[] = {
    {"charnn convert cv/best.safetensors small.safetensors",
     "Write a quarter of the bytes, from which texts are written faster."},
    {"charnn convert --weights bf16 cv/best.safetensors half.safetensors other.txt",
     "Also show what that costs on a text."},
    {"charnn convert --weights f32 small.safetensors floats.safetensors",
     "Write float32 again, which any program reads."},
    {NULL, NULL},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    (void)settings;
    return strcmp(options->arguments[1], "-") != 0
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_USAGE,
                           "a checkpoint cannot be written to standard output; name a file");
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct convert_settings),
};

const struct command_spec convert_command = {
    .name = "convert",
    .summary = "write a checkpoint with smaller weights",
    .sentence = "Writes the model of a checkpoint with weights of another type.",
    .arguments = "CHECKPOINT NEW [FILE]...",
    .argument_minimum = 2,
    .argument_maximum = SIZE_MAX,
    .description =
        "Writes the model, vocabulary, settings and training history of CHECKPOINT to the file "
        "NEW, which must not exist, with weights of another type. sample, eval, info and train "
        "--init-from read every type; a run can be resumed only from its own float32 checkpoints, "
        "so keep them. Biases and peepholes stay float32. If a text FILE is named (- is standard "
        "input), the size of both files is printed, with the loss of both models on the text, in "
        "nats and bits per character.",
    .options = &table,
    .examples = examples,
    .check = check,
};
