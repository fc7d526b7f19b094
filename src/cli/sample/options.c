#include "cli/options/command.h"
#include "cli/sample/copy_check.h"
#include "cli/sample/settings.h"

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct sample_settings, field)

static const char *const policies[] = {
    [CHARNN_UNKNOWN_ERROR] = "error",
    [CHARNN_UNKNOWN_SKIP] = "skip",
    [CHARNN_UNKNOWN_REPLACE] = "replace",
    [CHARNN_UNKNOWN_REPLACE + 1] = NULL,
};

static const struct option_spec rows[] = {
    {.name = "length",
     .letter = 'l',
     FIELD(SIZE, length),
     .range = CHARNN_RANGE_FROM_TO(0, 1e12),
     .fallback = "2000",
     .argument = "N",
     .help = "characters of a text, not counting the prime; 0: until stopped; of records the "
             "default is 10000",
     .heading = "Options"},
    {.name = "stop",
     FIELD(TEXTS, stop),
     .argument = "TEXT",
     .help =
         "end a text where the model writes TEXT, which is left out; may be given several times",
     .example = "$'\\n\\n'"},
    {.name = "num-samples",
     .letter = 'n',
     FIELD(SIZE, num_samples),
     .range = CHARNN_RANGE_FROM_TO(1, 1e9),
     .fallback = "1",
     .argument = "N",
     .help = "texts to write; many are computed at once, which takes much less time than one after "
             "the other",
     .example = "64"},
    {.name = "separator",
     FIELD(STRING, separator),
     .may_be_empty = true,
     .fallback = "--------------------",
     .argument = "TEXT",
     .help = "what stands between two texts: a newline, TEXT and a newline; between records what "
             "separates them, where this is not given",
     .example = "'* * *'"},
    {.name = "interactive",
     .letter = 'i',
     FIELD(FLAG, interactive),
     .help = "read beginnings from standard input, a line each, and continue each of them; :help "
             "there tells how settings are changed on the way"},
    {.name = "primetext",
     .letter = 'p',
     FIELD(STRING, primetext),
     .may_be_empty = true,
     .argument = "TEXT",
     .help = "what the text begins with; without it the model starts as at the beginning of a line",
     .example = "'The '"},
    {.name = "primetext-file",
     FIELD(STRING, primetext_file),
     .argument = "FILE",
     .help = "the same from a file; - is standard input; a byte order mark at its start and CR LF "
             "are read as those of the training text were, see train --newlines",
     .example = "beginning.txt"},
    {.name = "unknown",
     FIELD(CHOICE, unknown),
     .choices = policies,
     .fallback = "error",
     .argument = "WHAT",
     .help =
         "what to do where the prime has characters that the model has not seen: refuse it, let "
         "the model read the others, or let it read its unknown character, or else spaces, in "
         "their place; what is printed stays the same"},
    {.name = "seed",
     FIELD(SEED, seed),
     .range = CHARNN_RANGE_FROM_TO(0, 0x1p53 - 1),
     .argument = "N",
     .help = "the same seed gives the same texts: the first is what one text alone would be, the "
             "second another, and so on, however many are asked for; where none is given a random "
             "one is taken, and told on standard error",
     .example = "42"},
    {.name = "threads",
     FIELD(SIZE, threads),
     .range = CHARNN_RANGE_FROM_TO(0, 1024),
     .fallback = "0",
     .argument = "N",
     .help =
         "threads to compute with, at most one for each text, and before that to read the model "
         "with, at most one and one more for each 4 MiB of its file; the texts are the same for "
         "any number; 0: one per processor"},
    {.name = "copy-check",
     FIELD(STRING, copy_check),
     .argument = "FILE",
     .help =
         "afterwards tell on standard error what of the texts stands verbatim in FILE: the share "
         "of their characters that are in long runs, and the longest run, each within one text; "
         "where texts are records, also within a record of FILE",
     .example = "input.txt"},
    {.name = "copy-run",
     FIELD(SIZE, copy_run),
     .range = CHARNN_RANGE_FROM_TO(0, 1e9),
     .fallback = "30",
     .argument = "N",
     .help = "runs longer than N characters count as copied"},
    CHARNN_OPTION_HELP_ROW,

    {.name = "forbid",
     FIELD(STRING, forbid),
     .argument = "CHARS",
     .help = "never write any of these characters",
     .example = "'{}'",
     .heading = "How characters are chosen, in this order"},
    {.name = "only",
     FIELD(STRING, only),
     .argument = "CHARS",
     .help = "write no others than these characters, less those of --forbid",
     .example = "'ACGT'"},
    {.name = "repetition-penalty",
     FIELD(DOUBLE, repetition_penalty),
     .range = CHARNN_RANGE_FROM_TO(1, 100),
     .fallback = "1",
     .argument = "X",
     .help = "divide by X the probability of each character that is among the last ones, of prime "
             "or text",
     .example = "1.2"},
    {.name = "repetition-window",
     FIELD(SIZE, repetition_window),
     .range = CHARNN_RANGE_FROM_TO(1, 1e6),
     .fallback = "16",
     .argument = "N",
     .help = "how many the last ones are"},
    {.name = "argmax",
     FIELD(FLAG, argmax),
     .help = "write the likeliest character then, of equal ones the one of lowest number; nothing "
             "below has a meaning"},
    {.name = "temperature",
     .letter = 't',
     FIELD(NUMBERS, temperature),
     .range = CHARNN_RANGE_ABOVE_TO(0, 100),
     .fallback = "1",
     .argument = "X[,X]...",
     .help =
         "take probabilities to the power of 1/X: below 1 the text is more predictable, above 1 "
         "more daring; of several, the first text has the first, the second the second, and "
         "after the last it begins anew",
     .example = "0.5,0.8,1"},
    {.name = "top-k",
     FIELD(SIZE, top_k),
     .range = CHARNN_RANGE_FROM_TO(0, 1e9),
     .fallback = "0",
     .argument = "N",
     .help = "choose from the N likeliest characters; 0: from all",
     .example = "40"},
    {.name = "top-p",
     FIELD(DOUBLE, top_p),
     .range = CHARNN_RANGE_ABOVE_TO(0, 1),
     .fallback = "1",
     .argument = "X",
     .help = "choose from the fewest likeliest that have X of the probability that is left",
     .example = "0.95"},
    {.name = "min-p",
     FIELD(DOUBLE, min_p),
     .range = CHARNN_RANGE_FROM_TO(0, 1),
     .fallback = "0",
     .argument = "X",
     .help = "choose from those with at least X times the probability of the likeliest",
     .example = "0.05"},
    {.name = "beam",
     FIELD(SIZE, beam),
     .range = CHARNN_RANGE_FROM_TO(0, 256),
     .fallback = "0",
     .argument = "N",
     .help = "do not draw: search for the likeliest texts as a whole, keeping the N best at each "
             "character; -n writes as many of them, best first; 0: draw",
     .example = "8"},
    {.name = "sample",
     FIELD(SIZE, sample),
     .range = CHARNN_RANGE_FROM_TO(0, 1),
     .fallback = "1",
     .argument = "N",
     .help = "1: draw characters by their probability; 0: as --argmax",
     .heading = "Accepted for char-rnn's command lines"},
    {.name = "gpuid", .type = CHARNN_OPTION_IGNORED, .argument = "N", .help = "no effect"},
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
    {"charnn sample -n 64 -l 200 cv/best.safetensors",
     "64 short texts, with a line of dashes between each two."},
    {"charnn sample -n 1000 -l 40 --stop $'\\n' -t 0.5,0.8,1 cv/best.safetensors",
     "A thousand lines, a third of them at each of three temperatures."},
    {"charnn sample --top-p 0.95 --min-p 0.02 --repetition-penalty 1.1 cv/best.safetensors",
     "Draws from the likely characters only, and less from those that were just there."},
    {"charnn sample --only 'ACGT' --forbid 'N' --top-k 3 cv/best.safetensors",
     "Writes no other letters than these four, the least likely of them never."},
    {"charnn sample --interactive -l 300 --stop $'\\n\\n' cv/best.safetensors",
     "Type a beginning and see it continued; :temperature 0.6 and the like change settings."},
    {"charnn sample --beam 16 -n 3 -l 60 -p 'The ' cv/best.safetensors",
     "The three likeliest texts of those that a search finds."},
    {"charnn sample -l 100000 --copy-check input.txt cv/best.safetensors >text",
     "Writes a long text, and tells how much of it was only learnt by heart."},
    {"charnn sample -p 'na\303\257ve ' --unknown skip cv/best.safetensors",
     "Primes also a model that knows ASCII alone."},
    {"charnn sample cv/best.safetensors -length 200 -primetext 'It was '",
     "A command line of char-rnn."},
};

/* A beam search draws nothing, needs an end and has no more texts than it keeps. */
static enum status check_beam(const struct options *options, const struct sample_settings *sample,
                              struct error *error) {
    static const char *const drawing[] = {"temperature", "top-k",  "top-p",
                                          "min-p",       "argmax", "repetition-penalty"};
    for (size_t i = 0; i < sizeof drawing / sizeof drawing[0]; i++) {
        if (options_given(options, drawing[i])) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "--%s has no meaning for a search with --beam; give one of them",
                             drawing[i]);
        }
    }
    if (sample->length == 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--length 0 sets no end to a search with --beam; give a length");
    }
    if (sample->num_samples > sample->beam) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--beam %zu finds at most as many texts, and --num-samples asks for %zu",
                         sample->beam, sample->num_samples);
    }
    return CHARNN_OK;
}

static enum status check(const struct options *options, void *settings, struct error *error) {
    struct sample_settings *sample = settings;
    if (sample->primetext[0] != '\0' && sample->primetext_file[0] != '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--primetext and --primetext-file both say how the text begins; give one "
                         "of them");
    }
    if (sample->interactive &&
        (sample->beam > 0 || sample->num_samples > 1 || sample->primetext[0] != '\0' ||
         sample->primetext_file[0] != '\0')) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--interactive takes beginnings from standard input and continues each "
                         "once; leave out --num-samples, --primetext, --primetext-file and --beam");
    }
    if (copy_check_options(options, sample->copy_check, error) != CHARNN_OK) {
        return error->status;
    }
    sample->argmax = sample->argmax || sample->sample == 0;
    return sample->beam > 0 ? check_beam(options, sample, error) : CHARNN_OK;
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct sample_settings),
};

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
        "starts with a character drawn from all that it knows, each as likely.\n\n"
        "A text ends after --length characters, or before the first of the --stop texts that the "
        "model would write; one that reaches into the prime does not count. Characters are chosen "
        "in the order in which the options for it stand below, each of which sees the "
        "probabilities that the one before it left. Whatever is chosen depends on the seed, the "
        "number of the text and the options alone.\n\n"
        "Of a model of records (train --records) a text is a record: the model reads an end before "
        "it and the prime, and the record is over where the model ends it, or at --length, which "
        "is 10000 then by default. Between two stands what separates them in the text, unless a "
        "--separator is given, and a newline ends the last.\n\n"
        "With --num-samples all texts begin so, and come in order. The first is written while "
        "others beside it wait in memory, at most 64 MB of them: texts too long for that are "
        "made in smaller groups, or one after the other.\n\n"
        "With --interactive each line of standard input is the prime of a text, the first of which "
        "is text 1 of the seed, and so on; an empty line lets the last text go on. Lines may end "
        "with CR LF where the model was trained with --newlines lf. A line that "
        "begins with a "
        "colon is a command, as :help tells; one that begins with two begins a text with one. "
        "Where standard input or output is no terminal, what stands between two texts follows "
        "each, one that is empty where the line is refused, so that texts and lines stay in step; "
        "what was wrong is told, and the exit status is 1 at the end.",
    .options = &table,
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
};
