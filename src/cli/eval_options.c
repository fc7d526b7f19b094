#include "cli/command.h"
#include "infer/settings.h"

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct eval_settings, field)

static const char *const splits[] = {
    [CHARNN_SPLIT_TRAIN] = "train", [CHARNN_SPLIT_VAL] = "val", [CHARNN_SPLIT_TEST] = "test",
    [CHARNN_SPLITS] = "none",       [CHARNN_SPLITS + 1] = NULL,
};

static const struct option_spec rows[] = {
    {.name = "split",
     FIELD(CHOICE, split),
     .choices = splits,
     .fallback = "none",
     .argument = "NAME",
     .help = "score only this part of the training text, cut as it was for training; without FILE "
             "the text that the run was trained on is read again",
     .heading = "Options"},
    {.name = "exact",
     FIELD(FLAG, exact),
     .help = "read the text in one stream from its first to its last character; slower than "
             "in up to 64 pieces side by side, which begin 200 characters early to find their "
             "context"},
    {.name = "json", FIELD(FLAG, json), .help = "print the result as JSON"},
    {.name = "threads",
     FIELD(SIZE, threads),
     .range = CHARNN_RANGE_FROM_TO(0, 1024),
     .fallback = "0",
     .argument = "N",
     .help =
         "threads to compute with; the result is the same for any number; 0: one per processor"},
    CHARNN_OPTION_HELP_ROW,
};

static const struct command_example examples[] = {
    {"charnn eval cv/best.safetensors other.txt", "How well the model foresees another text."},
    {"charnn eval --split test cv/best.safetensors",
     "The same for the part of the training text that training never saw."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct eval_settings *eval = settings;
    if (options->argument_count < 2 && eval->split == CHARNN_SPLITS) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "the text to score is missing: name a FILE after the checkpoint, or score "
                         "a part of the training text with --split");
    }
    return CHARNN_OK;
}

const struct command_spec eval_command = {
    .name = "eval",
    .summary = "measure how well a trained model predicts a text",
    .arguments = "CHECKPOINT [FILE]...",
    .argument_minimum = 1,
    .argument_maximum = SIZE_MAX,
    .description = "Scores a text: the number of characters, and how well the model predicts each "
                   "from those before, in nats and bits per character and as perplexity. Several "
                   "files are joined to one text; - is standard input.\n\n"
                   "The first character is only read. Characters that the model does not know are "
                   "left out, as if they were not in the text, and their number is told.",
    .options = {.rows = rows,
                .count = sizeof rows / sizeof rows[0],
                .settings_size = sizeof(struct eval_settings)},
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
    .run = cmd_eval,
};
