#include "cli/eval/settings.h"
#include "cli/options/command.h"
#include "cli/sample/copy_check.h"

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
    {.name = "json",
     FIELD(FLAG, json),
     .help = "print the result as JSON; of lines or characters as JSON lines, an object for each; "
             "not with --heat"},
    {.name = "threads",
     FIELD(SIZE, threads),
     .range = CHARNN_RANGE_FROM_TO(0, 1024),
     .fallback = "0",
     .argument = "N",
     .help =
         "threads to compute and to read models with; the result is the same for any number; 0: "
         "one per processor"},
    CHARNN_OPTION_HELP_ROW,

    {.name = "per-line",
     FIELD(FLAG, per_line),
     .help =
         "a row for each line: its number, characters scored and characters unknown, nats, bits "
         "per character, and the line",
     .heading = "Lines and characters (these read the text as --exact does)"},
    {.name = "per-char",
     FIELD(FLAG, per_char),
     .help = "a row for each character: position, line, the character, nats, bits, its rank among "
             "all, and the five likeliest with their probabilities"},
    {.name = "against",
     FIELD(STRING, against),
     .argument = "CHECKPOINT",
     .help = "with --per-line: also the nats of the line by another model, and the log-odds, those "
             "less the model's own: above 0 where the model expects the line more than the other",
     .example = "other.safetensors"},
    {.name = "heat",
     FIELD(FLAG, heat),
     .help = "show the text, each character coloured by its surprise; where standard output is no "
             "terminal or NO_COLOR is set, with digits below each line, from 1 (at least 1 bit) to "
             "7 (at least 11); a mark that stands on a character shares its digit, the greater"},
    {.name = "heat-html",
     FIELD(STRING, heat_html),
     .argument = "FILE",
     .help = "write the same as a page for a browser, which also tells what was likelier",
     .example = "heat.html"},

    {.name = "copy-check",
     FIELD(STRING, copy_check),
     .argument = "FILE",
     .help = "tell what of the text stands verbatim in FILE: the share of its characters that are "
             "in long runs, and the longest run; of records none goes on in the next, and their "
             "ends are not counted; on standard error where a table or the text takes the place of "
             "the sum",
     .example = "input.txt",
     .heading = "Copies"},
    {.name = "copy-run",
     FIELD(SIZE, copy_run),
     .range = CHARNN_RANGE_FROM_TO(0, 1e9),
     .fallback = "30",
     .argument = "N",
     .help = "runs longer than N characters count as copied"},
};

static const struct command_example examples[] = {
    {"charnn eval cv/best.safetensors other.txt", "How well the model foresees another text."},
    {"charnn eval --split test cv/best.safetensors",
     "The same for the part of the training text that training never saw."},
    {"charnn eval --per-line cv/best.safetensors app.log | sort -t\"$(printf '\\t')\" -k5,5gr | "
     "head",
     "The ten lines that surprise the model most."},
    {"charnn eval --per-char --json cv/best.safetensors draft.txt | jq 'select(.rank > 20)'",
     "Characters that are perhaps mistyped, and what was expected."},
    {"charnn eval --per-line --against ham.safetensors spam.safetensors mail.txt",
     "Which of two models expects each line more."},
    {"charnn eval --heat cv/best.safetensors draft.txt",
     "Shows on the terminal where the text surprises."},
    {"charnn eval --heat-html heat.html cv/best.safetensors draft.txt", "The same as a page."},
    {"charnn eval --copy-check input.txt --copy-run 20 cv/best.safetensors generated.txt",
     "How much of a text was copied from another."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct eval_settings *eval = settings;
    if (options->argument_count < 2 && eval->split == CHARNN_SPLITS) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "the text to score is missing: name a FILE after the checkpoint, or score "
                         "a part of the training text with --split");
    }
    if (eval->per_line + eval->per_char + eval->heat > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--per-line, --per-char and --heat each write to standard output; give "
                         "one of them");
    }
    if (eval->json && eval->heat) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--heat shows the text itself, which --json cannot; give one of them, or "
                         "--per-char --json for the numbers");
    }
    if (copy_check_options(options, eval->copy_check, error) != CHARNN_OK) {
        return error->status;
    }
    if (eval->against[0] != '\0' && !eval->per_line) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--against compares lines; give --per-line with it");
    }
    return CHARNN_OK;
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct eval_settings),
};

const struct command_spec eval_command = {
    .name = "eval",
    .summary = "measure how well a trained model predicts a text",
    .arguments = "CHECKPOINT [FILE]...",
    .argument_minimum = 1,
    .argument_maximum = SIZE_MAX,
    .description =
        "Scores a text: the number of characters, and how well the model predicts each "
        "from those before, in nats and bits per character and as perplexity. Several "
        "files are joined to one text; - is standard input.\n\n"
        "The first character is only read. Characters that the model does not know are "
        "left out, as if they were not in the text; a model that was trained with "
        "--min-count reads and scores them as its unknown character instead. Their "
        "number is told, and where the first different ones are. On a terminal a live "
        "line tells how far the scoring is, unless rows or the text go elsewhere than to "
        "a file meanwhile.\n\n"
        "With --per-line or --per-char a table takes the place of the sum: columns are "
        "separated by tabs, and the first row names them. The model reads the text in "
        "one stream, so each number is what it thinks after all that came before, "
        "earlier lines among it, and the numbers add up to "
        "what --exact gives. The end "
        "of a line belongs to it. In the columns of text \\t, \\n, \\r and \\\\ stand "
        "for a tab, a newline, a carriage return and a backslash, and \\x with two "
        "digits for a byte that is no character. Against another model only characters "
        "that both know are counted.\n\n"
        "Of a model of records (train --records) the text is cut into records by the "
        "same rule, and what separates them is neither scored nor shown. The model "
        "reads an end before each, with a state of zero, so that all characters of a "
        "record are scored; its end is scored, too, and counts as a character. "
        "--per-char calls it <end>; --per-line, --heat and --heat-html take it for the "
        "end of a line. So lines, and the positions of characters, are numbered as if "
        "nothing but one newline were between two records. --split takes whole "
        "records, and --against a model of the same rule.",
    .options = &table,
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
};
