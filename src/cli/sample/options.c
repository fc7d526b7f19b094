#include "cli/options/command.h"
#include "cli/sample/copy_check.h"
#include "cli/sample/settings.h"

#include <string.h>

#define OPTION(...) CHARNN_OPTION(struct sample_settings, __VA_ARGS__)
#define FROM_TO(low, high) .range = CHARNN_RANGE_FROM_TO(low, high)
#define ABOVE_TO(low, high) .range = CHARNN_RANGE_ABOVE_TO(low, high)

static const char *const policies[] = {[CHARNN_UNKNOWN_ERROR] = "error",
                                       [CHARNN_UNKNOWN_SKIP] = "skip",
                                       [CHARNN_UNKNOWN_REPLACE] = "replace",
                                       NULL};

static const struct option_spec rows[] = {
    OPTION("length", SIZE, length, "N", "2000",
           "characters per text, not counting the prime; 0: no limit; for records the default is "
           "10000",
           .letter = 'l', FROM_TO(0, 1e12), .heading = "Options",
           .brief = "characters per text; 0: without end"),
    OPTION("stop", TEXTS, stop, "TEXT", NULL,
           "end a text before TEXT, which is not printed; may be given several times",
           .example = "'\\n\\n'", .escapes = true, .brief = "end each text before TEXT"),
    OPTION("keep-stop", FLAG, keep_stop, NULL, NULL, "print the stop text at the end of a text"),
    OPTION("min-length", SIZE, min_length, "N", "0",
           "characters before which no text ends: no stop text begins, and no record ends",
           FROM_TO(0, 1e12), .example = "10"),
    OPTION("num-samples", SIZE, num_samples, "N", "1",
           "number of texts; many texts are computed in parallel, which is much faster than one "
           "after another",
           .letter = 'n', FROM_TO(1, 1e9), .example = "64", .brief = "number of texts"),
    OPTION("separator", STRING, separator, "TEXT", "--------------------",
           "line between two texts; for records the default is the separator of the training text",
           .may_be_empty = true, .example = "'* * *'", .escapes = true),
    OPTION("unique", FLAG, unique, NULL, NULL,
           "write no text twice; with --copy-check also none that is a record of that file or, "
           "without records, part of it; see Unique texts above"),
    OPTION("json", FLAG, json, NULL, NULL, "print JSON lines, one object per text; see JSON above"),
    OPTION("interactive", FLAG, interactive, NULL, NULL,
           "read primes from standard input, one per line, and continue each; type :help for the "
           "settings that can be changed",
           .letter = 'i', .brief = "continue the lines that you type"),
    OPTION("primetext", STRING, primetext, "TEXT", NULL,
           "prime: the beginning of the text, for the model to continue; default: start as at the "
           "beginning of a line",
           .letter = 'p', .may_be_empty = true, .example = "'The '", .escapes = true,
           .brief = "beginning of the text, which the model continues"),
    OPTION("primetext-file", STRING, primetext_file, "FILE", NULL,
           "read the prime from FILE, - for standard input; line ends and a byte order mark are "
           "read as train --newlines says",
           .example = "beginning.txt", .brief = "read the beginning from FILE"),
    OPTION("primes", STRING, primes, "FILE", NULL,
           "write --num-samples texts for each prime in FILE, - for standard input: each line is "
           "one or, for a model of records, each record; empty ones are skipped",
           .example = "beginnings.txt", .in_full = true),
    OPTION("no-prime", FLAG, no_prime, NULL, NULL, "do not print the prime"),
    OPTION("unknown", CHOICE, unknown, "WHAT", "error",
           "what to do with characters of the prime that are not in the vocabulary: refuse the "
           "prime (error), hide them from the model (skip), or replace them by the model's "
           "unknown character or a space (replace); the prime is printed unchanged",
           .choices = policies),
    OPTION("seed", SEED, seed, "N", NULL,
           "seed of the random numbers; text number n of a seed is always the same; default: a "
           "random seed, printed on standard error",
           FROM_TO(0, 0x1p53 - 1), .example = "42", .hint = "leave out --seed for a random seed",
           .brief = "seed of the random numbers; default: a random seed"),
    OPTION("threads", SIZE, threads, "N", "0",
           "maximum number of threads, which does not change the texts; one text uses several only "
           "if its model has more than 1.5 MB of weights, and then at most one per processor; 0: "
           "one per processor",
           FROM_TO(0, 1024), .brief = "number of threads; 0: one per processor"),
    OPTION(
        "copy-check", STRING, copy_check, "FILE", NULL,
        "report on standard error what the texts copy from FILE verbatim: the fraction of "
        "characters in long runs, and the longest run; for a model of records also how many texts "
        "are records of FILE as a whole",
        .example = "input.txt"),
    OPTION("copy-run", SIZE, copy_run, "N", "30", "count runs longer than N characters as copied",
           FROM_TO(0, 1e9)),
    CHARNN_OPTION_HELP_ROWS,

    OPTION("forbid", STRING, forbid, "CHARS", NULL, "never write these characters",
           .example = "'{}'", .escapes = true,
           .heading = "Choice of characters, in order of application"),
    OPTION("only", STRING, only, "CHARS", NULL,
           "write only these characters, except those of --forbid", .example = "'ACGT'",
           .escapes = true),
    OPTION("repetition-penalty", DOUBLE, repetition_penalty, "X", "1",
           "divide the probability of recent characters, of the prime or the text, by X",
           FROM_TO(1, 100), .example = "1.2", .brief = "above 1: avoid repetition"),
    OPTION("repetition-window", SIZE, repetition_window, "N", "16",
           "number of recent characters that are penalized", FROM_TO(1, 1e6)),
    OPTION("argmax", FLAG, argmax, NULL, NULL,
           "write the most likely character instead of sampling; of equal ones the first in the "
           "vocabulary; the options below have no effect",
           .brief = "always write the most likely character"),
    OPTION("temperature", NUMBERS, temperature, "X[,X]...", "1",
           "divide the logits by X: below 1 the text is more predictable, above 1 more varied; a "
           "list is used in turn, one value per text",
           .letter = 't', ABOVE_TO(0, 100), .example = "0.5,0.8,1",
           .hint = "for the most likely character at each place use --argmax",
           .brief = "below 1: more predictable; above 1: more varied"),
    OPTION("top-k", SIZE, top_k, "N", "0", "sample from the N most likely characters; 0: from all",
           FROM_TO(0, 1e9), .example = "40", .brief = "choose from the N likeliest; 0: from all"),
    OPTION("top-p", DOUBLE, top_p, "X", "1",
           "sample from the smallest set of characters with total probability X", ABOVE_TO(0, 1),
           .example = "0.95",
           .brief = "choose from the likeliest that together have probability X"),
    OPTION("min-p", DOUBLE, min_p, "X", "0",
           "sample from characters with at least X times the probability of the most likely one",
           FROM_TO(0, 1), .example = "0.05", .brief = "avoid unlikely characters; try 0.05"),
    OPTION(
        "beam", SIZE, beam, "N", "0",
        "beam search with N beams for the most likely texts instead of sampling; "
        "--num-samples of them are printed, the most likely first, counting the stop text or the "
        "end of the record; 0: sample",
        FROM_TO(0, 256), .example = "8"),
    OPTION("sample", SIZE, sample, "N", "1", "1: sample; 0: like --argmax", FROM_TO(0, 1),
           .heading = "Accepted for compatibility with char-rnn"),
    CHARNN_OPTION_IGNORED_ROW("gpuid"),
    CHARNN_OPTION_IGNORED_ROW("opencl"),
    CHARNN_OPTION_IGNORED_ROW("verbose"),
};

static const struct command_example examples[] = {
    {"charnn sample cv/best.safetensors", "Write 2000 characters."},
    {"charnn sample -l 500 -t 0.7 -p 'ROMEO:' cv/best.safetensors",
     "Write a shorter, more predictable text that begins with ROMEO:."},
    {"charnn sample -n 64 -l 200 cv/best.safetensors",
     "Write 64 short texts, separated by lines of dashes."},
    {"charnn sample -n 1000 -l 40 --stop '\\n' -t 0.5,0.8,1 cv/best.safetensors",
     "Write a thousand lines, a third of them at each of three temperatures."},
    {"charnn sample --top-p 0.95 --min-p 0.02 --repetition-penalty 1.1 cv/best.safetensors",
     "Avoid unlikely characters and repetition."},
    {"charnn sample --interactive -l 300 --stop '\\n\\n' cv/best.safetensors",
     "Type a beginning and see it continued; :temperature 0.6 changes a setting."},
    {"charnn sample --beam 16 -n 3 -l 60 -p 'The ' cv/best.safetensors",
     "Write the three most likely texts that a beam search finds."},
    {"charnn sample -l 100000 --copy-check input.txt cv/best.safetensors >text",
     "Write a long text and report how much of it is memorized."},
    {"charnn sample -p 'na\303\257ve ' --unknown skip cv/best.safetensors",
     "Prime a model of ASCII text with a word that has another character."},
    {"charnn sample --primes names.txt -n 3 --stop '\\n' --unique --json cv/best.safetensors",
     "Write three different lines for each line of a file, as JSON."},
    {"charnn sample cv/best.safetensors -length 200 -primetext 'It was '",
     "Use a command line of char-rnn."},
    {NULL, NULL},
};

/* A beam search does not sample, needs a length, and finds at most one text per beam. */
static enum status check_beam(const struct options *options, const struct sample_settings *sample,
                              struct error *error) {
    static const char *const sampling[] = {"temperature", "top-k",  "top-p",
                                           "min-p",       "argmax", "repetition-penalty",
                                           "min-length",  "unique"};
    for (size_t i = 0; i < sizeof sampling / sizeof sampling[0]; i++) {
        if (options_given(options, sampling[i])) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "--%s has no effect on a beam search; give only one of it and --beam",
                             sampling[i]);
        }
    }
    if (options_given(options, "primes")) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--beam searches after one prime; give it with --primetext instead of "
                         "--primes");
    }
    if (sample->length == 0) {
        return error_set(error, CHARNN_ERROR_USAGE, "--beam needs a --length above 0");
    }
    if (sample->num_samples > sample->beam) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--beam %zu finds at most %zu texts, but --num-samples is %zu",
                         sample->beam, sample->beam, sample->num_samples);
    }
    return CHARNN_OK;
}

static enum status check(const struct options *options, void *settings, struct error *error) {
    struct sample_settings *sample = settings;
    int primes = (sample->primetext[0] != '\0') + (sample->primetext_file[0] != '\0') +
                 (sample->primes[0] != '\0');
    if (primes > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "give only one of --primetext, --primetext-file and --primes");
    }
    if (sample->interactive && (sample->beam > 0 || sample->num_samples > 1 || primes > 0 ||
                                sample->unique || sample->json)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--interactive reads primes from standard input and continues each once; "
                         "leave out --num-samples, --primetext, --primetext-file, --primes, "
                         "--unique, --json and --beam");
    }
    if (sample->json && options_given(options, "separator")) {
        return error_set(error, CHARNN_ERROR_USAGE, "--separator has no effect with --json");
    }
    bool stdin_is_read = sample->interactive || strcmp(sample->primetext_file, "-") == 0 ||
                         strcmp(sample->primes, "-") == 0;
    if (copy_check_options(options, sample->copy_check, stdin_is_read, error) != CHARNN_OK) {
        return error->status;
    }
    sample->argmax = sample->argmax || sample->sample == 0;
    return sample->beam > 0 ? check_beam(options, sample, error) : CHARNN_OK;
}

/* sample.lua of torch-rnn (Johnson 2016); its checkpoints cannot be read. */
static const struct foreign_option foreign[] = {
    {"checkpoint", "cv/best.safetensors"},
    {"start-text", "--primetext"},
    {"gpu-backend", NULL},
    {NULL, NULL},
};

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct sample_settings),
    .foreign = foreign,
    .foreign_program = "torch-rnn",
};

const struct command_spec sample_command = {
    .name = "sample",
    .summary = "write text with a trained model",
    .sentence = "Writes text like the one that the model was trained on.",
    .arguments = "CHECKPOINT",
    .argument_minimum = 1,
    .argument_maximum = 1,
    .description =
        "Writes text like the one that the model was trained on, to standard output, as it is "
        "generated. Nothing else is written there: no newline is added to a text, except on a "
        "terminal. CHECKPOINT may be the folder of a run; its "
        "best.safetensors is used, or else its last.safetensors.\n\n"
        "The text continues the prime, which is printed first. Without a prime the model first "
        "reads a newline, which is not printed; if its vocabulary has no newline, the first "
        "character is drawn from a uniform distribution.\n\n"
        "A text ends after --length characters, or before the first occurrence of a --stop text "
        "that does not overlap the prime. The options that choose characters are applied in the "
        "order in which they are listed; each sees the probabilities that the previous one left. "
        "The result depends only on the seed, the number of the text and the options.\n\n"
        "With a model of records (train --records) each text is a record. The model reads an end "
        "symbol, then the prime; the record ends when the model writes an end symbol, or after "
        "--length characters. Records are printed with the separator of the training text between "
        "them, unless --separator is given, and a newline after the last.\n\n"
        "In the values of --stop, --separator, --primetext, --forbid and --only, \\n is a newline, "
        "\\t a tab, \\r a carriage return, \\\\ a backslash, and \\x with two hexadecimal digits a "
        "byte. A newline may also be written as itself. Any other backslash is refused: double the "
        "backslashes of program code, or use --primetext-file, which is read as it is.\n\n"
        "With --num-samples all texts start from the same prime and are printed in order. While "
        "the first one is printed, the others are buffered, up to 64 MB. Texts too long for that "
        "are generated in smaller groups, or one after another.\n\n"
        "With --primes the first N texts (--num-samples N) continue the first prime, the next N "
        "the second, and so on, also if primes are equal. A prime that is refused gets a message "
        "and no text; the texts of the others are as if it were accepted, and the exit status is "
        "1.\n\n"
        "Unique texts: with --unique a text, which is its prime and what follows, that equals an "
        "earlier one is replaced by text number n + T of the seed, then n + 2T and so on, if n is "
        "its number and T the number of all texts, those of refused primes too. After 200 attempts "
        "it is left out, and the exit status is 1. Texts are printed when they are complete.\n\n"
        "JSON: with --json each line is an object with the keys text (with the prime, unless "
        "--no-prime is given), prime, number (of the text, from 1), seed, length (characters after "
        "the prime), end (why it ended: length, stop or record), and nats (minus the natural "
        "logarithm of the probability that the model gives to what it wrote, including the stop "
        "text or the end of the record, before any option changes it; a first character from a "
        "uniform distribution counts 0). Bytes that are not UTF-8 become U+FFFD.\n\n"
        "With --interactive each line of standard input is the prime of a text: the first prime "
        "gives text 1 of the seed, the second text 2, and so on. An empty line continues the last "
        "text. A line that begins with a colon is a command, see :help; two colons stand for a "
        "literal one. CR LF ends a line if the model was trained with --newlines lf. If standard "
        "input or output is not a terminal, each line yields one text, followed by the separator; "
        "a line that is refused yields an empty text and a message, and the exit status is then 1.",
    .options = &table,
    .examples = examples,
    .check = check,
};
