#include "cli/eval/settings.h"
#include "cli/options/command.h"
#include "cli/sample/copy_check.h"
#include "text/split.h"

#define OPTION(...) CHARNN_OPTION(struct eval_settings, __VA_ARGS__)

static const char *const splits[] = {
    [CHARNN_SPLIT_TRAIN] = "train", [CHARNN_SPLIT_VAL] = "val", [CHARNN_SPLIT_TEST] = "test",
    [CHARNN_SPLITS] = "none",       [CHARNN_SPLITS + 1] = NULL,
};

static const char *const policies[] = {
    [CHARNN_EVAL_UNKNOWN_SKIP] = "skip", [CHARNN_EVAL_UNKNOWN_ERROR] = "error", NULL};

static const struct option_spec rows[] = {
    OPTION("split", CHOICE, split, "NAME", "none",
           "score only this part of the training text, split as for training; without FILE the "
           "files of the training run are read",
           .choices = splits, .heading = "Options",
           .brief = "score this part of the training text"),
    OPTION("join", FLAG, join, NULL, NULL,
           "score several files as one text instead of each from its own beginning",
           .brief = "score several files as one text"),
    OPTION("unknown", CHOICE, unknown, "WHAT", "skip",
           "what to do with characters that are not in the vocabulary: score the other ones "
           "(skip), or refuse the text (error)",
           .choices = policies),
    OPTION("exact", FLAG, exact, NULL, NULL,
           "read the text as one stream; slower than the default, which scores up to 64 pieces in "
           "parallel, each after a warm-up of 200 characters",
           .brief = "read the text as one stream; slower"),
    OPTION("adapt", FLAG, adapt, NULL, NULL,
           "also score the text while the model learns from it (dynamic evaluation): each 32 "
           "characters are scored, then learned, and the gain is shown; each file begins with the "
           "weights of the checkpoint, which is not changed; implies --exact",
           .brief = "also score while the model learns from the text"),
    OPTION("adapt-rate", DOUBLE, adapt_rate, "RATE", "0.001",
           "how fast it learns: the step of a weight whose gradient has its usual size",
           .range = CHARNN_RANGE_ABOVE_TO(0, 1)),
    OPTION("json", FLAG, json, NULL, NULL,
           "print JSON; with --per-line or --per-char JSON lines, one object per row",
           .brief = "print JSON"),
    OPTION("threads", SIZE, threads, "N", "0",
           "number of threads, which does not change the result; 0: one per processor",
           .range = CHARNN_RANGE_FROM_TO(0, 1024),
           .brief = "number of threads; 0: one per processor"),
    CHARNN_OPTION_HELP_ROWS,

    OPTION("per-line", FLAG, per_line, NULL, NULL,
           "one row per line: line number, characters scored, unknown characters, nats, bits per "
           "character, text",
           .heading = "Lines and characters (these imply --exact)", .brief = "one row per line"),
    OPTION("per-char", FLAG, per_char, NULL, NULL,
           "one row per character: position, line, character, nats, bits, rank, and the five most "
           "likely characters with their probabilities",
           .brief = "one row per character"),
    OPTION("against", STRING, against, "CHECKPOINT", NULL,
           "with --per-line: add the nats of this second model and the log-odds, which is its nats "
           "minus the first model's: positive if the first model predicts the line better",
           .example = "other.safetensors", .brief = "with --per-line: compare with this model"),
    OPTION("heat", FLAG, heat, NULL, NULL,
           "show the text, each character coloured by its surprise; without colours (NO_COLOR, or "
           "standard output is not a terminal) as digits below each line, from 1 (1 bit or more) "
           "to 7 (11 bits or more); a combining mark shares the digit of its base character",
           .brief = "show the text, coloured by surprise"),
    OPTION("heat-html", STRING, heat_html, "FILE", NULL,
           "write the coloured text as an HTML page, which also shows likelier characters",
           .example = "heat.html", .brief = "write the coloured text as an HTML page"),

    OPTION(
        "gradient-flow", FLAG, gradient_flow, NULL, NULL,
        "also measure how far back losses reach: the mean norm of the gradient of a character's "
        "loss with respect to the states of each layer, from 1 to 200 steps before it, on at most "
        "the first 1,000,000 characters and at least 1,000; nothing flows through the start of a "
        "record",
        .heading = "Gradients", .brief = "measure how far back gradients flow"),

    OPTION(
        "answers", FLAG, answers, NULL, NULL,
        "for a model of train --learn-after: let it answer the question of each record, and "
        "report how many answers are right, the character error rate (edits for each character "
        "of the true answers) and, if there are at most 20 different answers, a table of true "
        "against given ones (other: none of them); it writes the likeliest character at each place",
        .heading = "Answers", .brief = "let the model answer the questions of the text"),
    OPTION("beam", SIZE, beam, "N", "1",
           "with --answers: search for the likeliest answer with a beam of this width; slower",
           .range = CHARNN_RANGE_FROM_TO(1, 256),
           .brief = "with --answers: search for the likeliest answer"),
    OPTION("answers-only", FLAG, answers_only, NULL, NULL,
           "with --answers and --split: choose the likeliest of the answers that the training part "
           "has, by their exact probabilities; how many true answers it lacks is reported",
           .brief = "with --answers and --split: choose among known answers"),

    OPTION(
        "copy-check", STRING, copy_check, "FILE", NULL,
        "report how much of the text is copied from FILE: which fraction of its characters is in "
        "runs of more than --copy-run characters that also occur in FILE, and the longest such "
        "run; a run ends with its record or file; if the model learned records, also how many "
        "whole records occur in FILE; the report goes to standard error if standard output has a "
        "table or --heat",
        .example = "input.txt", .heading = "Memorization",
        .brief = "report what the text copies from FILE"),
    OPTION("copy-run", SIZE, copy_run, "N", "30", "count runs longer than N characters as copied",
           .range = CHARNN_RANGE_FROM_TO(0, 1e9)),
};

static const struct command_example examples[] = {
    {"charnn eval cv/best.safetensors other.txt", "Measure how well the model predicts a text."},
    {"charnn eval --split test cv/best.safetensors",
     "Measure it on the part of the training text that was held out for tests."},
    {"charnn eval --heat cv/best.safetensors draft.txt",
     "Show in the terminal where the text is surprising."},
    {"charnn eval --per-line cv/best.safetensors app.log | sort -t\"$(printf '\\t')\" -k5,5gr | "
     "head",
     "Show the ten most surprising lines."},
    {"charnn eval --per-char --json cv/best.safetensors draft.txt | jq 'select(.rank > 20)'",
     "List characters that may be typing errors."},
    {"charnn eval --per-line --against ham.safetensors spam.safetensors mail.txt",
     "Show which of two models predicts each line better."},
    {"charnn eval --adapt cv/best.safetensors book.txt",
     "Show how much better the model predicts a text while it learns from it."},
    {"charnn eval --gradient-flow cv/best.safetensors book.txt",
     "Show how gradients vanish with the distance that they flow back."},
    {"charnn eval --answers --split test dates/best.safetensors",
     "Measure how often a model of train --learn-after answers right."},
    {"charnn eval --copy-check input.txt --copy-run 20 cv/best.safetensors generated.txt",
     "Measure how much of a text is copied from another."},
    {NULL, NULL},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct eval_settings *eval = settings;
    if (options->argument_count < 2 && eval->split == CHARNN_SPLITS) {
        return error_set(
            error, CHARNN_ERROR_USAGE,
            "no text to score: name a FILE after the checkpoint, or choose a part of the "
            "training text with --split");
    }
    if (eval->per_line + eval->per_char + eval->heat > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "give only one of --per-line, --per-char and --heat");
    }
    if (eval->adapt && eval_scores_symbols(eval)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--adapt gives totals only; leave out --per-line, --per-char, --heat and "
                         "--heat-html");
    }
    if ((eval->answers_only || options_given(options, "beam")) && !eval->answers) {
        return error_set(error, CHARNN_ERROR_USAGE, "--beam and --answers-only need --answers");
    }
    if ((eval->answers || eval->gradient_flow) && eval_shows_symbols(eval)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "%s goes with totals only; leave out --per-line, --per-char and --heat",
                         eval->answers ? "--answers" : "--gradient-flow");
    }
    if (eval->answers_only && (eval->beam > 1 || eval->split == CHARNN_SPLITS)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         eval->beam > 1
                             ? "--answers-only compares all answers; leave out --beam"
                             : "--answers-only needs --split val or --split test, so that the text "
                               "has the training part whose answers it chooses from");
    }
    if (eval->json && eval->heat) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--heat has no JSON output; use --per-char --json");
    }
    if (copy_check_options(options, eval->copy_check, false, error) != CHARNN_OK) {
        return error->status;
    }
    if (eval->against[0] != '\0' && !eval->per_line) {
        return error_set(error, CHARNN_ERROR_USAGE, "--against needs --per-line");
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
    .sentence = "Measures how well the model predicts each character of a text.",
    .arguments = "CHECKPOINT [FILE]...",
    .argument_minimum = 1,
    .argument_maximum = SIZE_MAX,
    .description =
        "Prints the number of characters in a text and how well the model predicts each of them "
        "from those before it, as nats and bits per character and as perplexity; - is standard "
        "input. Several files are scored each from its own beginning, as if alone, and each has a "
        "row. The totals weight every character equally; the row \"files\" weights every file with "
        "scored characters equally: it is the mean of the files' nats per character. With --join, "
        "and with --split, the files are one text. CHECKPOINT may be the folder of a run; its "
        "best.safetensors is used, or else its last.safetensors.\n\n"
        "The first character is not scored. Characters that are not in the vocabulary are removed; "
        "their number and the positions of the first ones are printed, and a warning if they are "
        "more than 1% of a text. A model trained with --min-count instead reads and scores them as "
        "its unknown character. A live line on the terminal shows progress, unless other output "
        "goes there.\n\n"
        "--per-line and --per-char print a table instead of the totals: columns are separated by "
        "tabs, the first row has their names. The model reads the whole text, so each row depends "
        "on all earlier text, and the sums over all rows are the totals of --exact. For several "
        "files, lines and positions are numbered anew in each, and a last column has the file's "
        "name. The newline is part of a line. Text columns contain \\t, \\n, \\r and \\\\ for a "
        "tab, a newline, a "
        "carriage return and a backslash, and \\x with two digits for a byte that is not part of a "
        "character. --against scores only characters that are in both vocabularies.\n\n"
        "For a model of records (train --records) the text is split into records by the same "
        "rule; separators are neither scored nor shown. Each record starts with a zero hidden "
        "state and an end symbol as input, so all its characters are scored. The end symbol after "
        "it is scored too and counts as a character: --per-char shows it as <end>, the other "
        "reports as the end of a line. Lines and positions are numbered as if a single newline "
        "separated the records. --split takes whole records, in the order in which train "
        "--split-seed put them. --against needs a model of the same "
        "rule.",
    .options = &table,
    .examples = examples,
    .check = check,
};
