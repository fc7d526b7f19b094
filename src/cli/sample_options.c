#include "cli/command.h"
#include "infer/settings.h"

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct sample_settings, field)

static const struct option_spec rows[] = {
    {.name = "length",
     .letter = 'l',
     FIELD(SIZE, length),
     .range = CHARNN_RANGE_FROM_TO(0, 1e12),
     .fallback = "2000",
     .argument = "N",
     .help = "characters to write, not counting the prime",
     .heading = "Options"},
    {.name = "temperature",
     .letter = 't',
     FIELD(DOUBLE, temperature),
     .range = CHARNN_RANGE_ABOVE_TO(0, 100),
     .fallback = "1",
     .argument = "X",
     .help = "below 1 the text is more predictable, above 1 more daring",
     .example = "0.7"},
    {.name = "argmax", FIELD(FLAG, argmax), .help = "always write the likeliest character"},
    {.name = "sample",
     FIELD(SIZE, sample),
     .range = CHARNN_RANGE_FROM_TO(0, 1),
     .fallback = "1",
     .argument = "N",
     .help = "1: draw characters by their probability; 0: as --argmax"},
    {.name = "primetext",
     .letter = 'p',
     FIELD(STRING, primetext),
     .argument = "TEXT",
     .help = "what the text begins with; without it the model starts as at the beginning of a line",
     .example = "'The '"},
    {.name = "primetext-file",
     FIELD(STRING, primetext_file),
     .argument = "FILE",
     .help = "the same from a file; - is standard input",
     .example = "beginning.txt"},
    {.name = "seed",
     FIELD(SEED, seed),
     .range = CHARNN_RANGE_FROM_TO(0, 0x1p53 - 1),
     .argument = "N",
     .help = "the same seed gives the same text; where none is given a random one is taken, and "
             "told on standard error",
     .example = "42"},
    {.name = "threads",
     FIELD(SIZE, threads),
     .range = CHARNN_RANGE_FROM_TO(0, 1024),
     .fallback = "1",
     .argument = "N",
     .help = "threads to compute with; the text is the same for any number, and one text keeps "
             "only one busy; 0: one per processor"},
    CHARNN_OPTION_HELP_ROW,

    {.name = "gpuid",
     .type = CHARNN_OPTION_IGNORED,
     .argument = "N",
     .help = "no effect",
     .heading = "Accepted for char-rnn's command lines"},
    {.name = "opencl", .type = CHARNN_OPTION_IGNORED, .argument = "N", .help = "no effect"},
    {.name = "verbose",
     .type = CHARNN_OPTION_IGNORED,
     .argument = "N",
     .help = "no effect: standard output has the text alone"},
};

static const struct command_example examples[] = {
    {"charnn sample cv/best.safetensors", "Writes 2000 characters."},
    {"charnn sample -l 500 -t 0.7 -p 'ROMEO:' cv/best.safetensors",
     "A shorter, safer text that begins with ROMEO:."},
    {"charnn sample cv/best.safetensors -length 200 -primetext 'It was '",
     "A command line of char-rnn."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    (void)options;
    struct sample_settings *sample = settings;
    if (sample->primetext[0] != '\0' && sample->primetext_file[0] != '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--primetext and --primetext-file both say how the text begins; give one "
                         "of them");
    }
    sample->argmax = sample->argmax || sample->sample == 0;
    return CHARNN_OK;
}

const struct command_spec sample_command = {
    .name = "sample",
    .summary = "write text with a trained model",
    .arguments = "CHECKPOINT",
    .argument_minimum = 1,
    .argument_maximum = 1,
    .description =
        "Writes text like the one that the model of the checkpoint was trained on. It "
        "goes to standard output as it is made, and nothing else does.\n\n"
        "The text continues the prime, if there is one, which is printed first. Without "
        "a prime the model reads a newline that is not printed; one that knows no newline "
        "starts with a character drawn from all that it knows, each as likely.",
    .options = {.rows = rows,
                .count = sizeof rows / sizeof rows[0],
                .settings_size = sizeof(struct sample_settings)},
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
    .run = cmd_sample,
};
