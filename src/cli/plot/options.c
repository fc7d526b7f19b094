#include "cli/options/command.h"
#include "cli/plot/curves.h"
#include "cli/plot/settings.h"

#define OPTION(...) CHARNN_OPTION(struct plot_settings, __VA_ARGS__)

static const struct option_spec rows[] = {
    OPTION("bits", FLAG, bits, NULL, NULL, "losses in bits per character instead of nats",
           .heading = "Options", .brief = "losses in bits per character instead of nats"),
    OPTION("svg", STRING, svg, "FILE", NULL, "write an SVG picture to FILE instead of printing",
           .example = "curves.svg", .brief = "write an SVG picture to FILE"),
    CHARNN_OPTION_HELP_ROWS,
};

static const struct command_example examples[] = {
    {"charnn plot run.jsonl", "Show the learning curves of a run, which may still go on."},
    {"charnn plot --bits small.jsonl large.jsonl", "Compare two runs."},
    {"charnn plot --svg curves.svg run.jsonl", "Write the curves as a picture."},
    {NULL, NULL},
};

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct plot_settings),
};

const struct command_spec plot_command = {
    .name = "plot",
    .summary = "draw the learning curves of training logs",
    .sentence = "Draws the losses of training logs over the epochs.",
    .arguments = "LOG...",
    .argument_minimum = 1,
    .argument_maximum = CHARNN_PLOT_LOGS,
    .description =
        "Draws the training loss (dotted) and the validation loss (a line) of up to 26 logs, "
        "written by train --log, over the epochs. The folder of a run stands for its log. The "
        "letter at the right end of a curve is "
        "explained below the chart, with the last loss, and with the lowest one if that came "
        "earlier; a training loss there is one between validations, as train prints it. - is "
        "standard input.\n\n"
        "Losses that share a column of the chart are averaged. Steps that a rollback or a resumed "
        "run has undone are left out, and so are lines that are incomplete or not of the log. The "
        "chart fills the terminal, or the size in the environment variables COLUMNS and LINES. "
        "The colors of the picture follow the light or dark mode of the program that shows it.",
    .options = &table,
    .examples = examples,
};
