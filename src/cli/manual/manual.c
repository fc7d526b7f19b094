/* The page of the program. */
#include "cli/manual/manual.h"

#include "cli/manual/roff.h"

static void print_synopsis(FILE *out, const struct command *commands) {
    (void)fputs(".SH SYNOPSIS\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "\\fBcharnn %s\\fR [\\fIOPTION\\fR]... ", command->spec->name);
        roff_print_paragraphs(out, command->spec->arguments);
        (void)fputs(".br\n", out);
    }
    (void)fputs("\\fBcharnn \\-\\-version\\fR\n", out);
}

static void print_description(FILE *out) {
    (void)fputs(".SH DESCRIPTION\n", out);
    roff_print_paragraphs(
        out,
        "charnn trains a recurrent neural network (LSTM, GRU or Elman RNN) to predict the "
        "next character of a text. A trained model writes new text or scores given text.\n\n"
        "Samples and results go to standard output, everything else to standard error.\n\n"
        "An option may be written --rnn-size 512, --rnn-size=512 or, as in char-rnn, "
        "-rnn_size 512, and may be shortened if the result is unambiguous. Options may "
        "stand before or after other arguments; -- ends them. A checkpoint may be named by the "
        "folder of its run, which stands for best.safetensors, or else last.safetensors. A value "
        "out of range is an error.");
}

struct entry {
    const char *term;
    const char *text;
};

static void print_entries(FILE *out, const char *section, const struct entry *entries) {
    (void)fprintf(out, ".SH %s\n", section);
    for (; entries->term != NULL; entries++) {
        roff_print_entry(out, entries->term, entries->text);
    }
}

static const struct entry exit_statuses[] = {
    {"0", "Success."},
    {"1", "Failure; a message on standard error says what failed."},
    {"2", "Usage error: an unknown option, or a bad value."},
    {"128+N", "Ended by signal N."},
    {NULL, NULL},
};

static const struct entry variables[] = {
    {"CHARNN_KERNELS",
     "Name of the kernels to compute with, for tests and comparisons; charnn info --build lists "
     "them. Default: the fastest that the processor supports."},
    {"COLUMNS",
     "Width of the help, of live lines and of plots. Default: the width of the terminal, or "
     "80."},
    {"LINES", "Height of plots. Default: the height of the terminal, or 24."},
    {"NO_COLOR", "If not empty, eval --heat and plot use no colors."},
    {"TERM", "If unset or dumb, there are no colors and no live lines; train prints lines of "
             "progress instead."},
    {"TMPDIR", "Directory for temporary files, which hold compressed texts and texts from a pipe. "
               "Default: /tmp."},
    {NULL, NULL},
};

static const struct entry files[] = {
    {"cv/last.safetensors", "The model at the end of training; train --resume continues from it."},
    {"cv/best.safetensors", "The model with the lowest validation loss."},
    {"DIR/input.txt", "The training text, if --data-dir DIR is given."},
    {NULL, NULL},
};

/* The pages of the commands. */
static void print_see_also(FILE *out, const struct command *commands) {
    (void)fputs(".SH SEE ALSO\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "%s\\fBcharnn\\-%s\\fR(1)", command > commands ? ",\n" : "",
                      command->spec->name);
    }
    (void)fputs("\n.PP\n", out);
    roff_print_paragraphs(out, "char-rnn, whose option names charnn accepts: "
                               "https://github.com/karpathy/char-rnn");
}

void manual_print(FILE *out, const struct command *commands) {
    roff_print_title(out, "CHARNN", "charnn",
                     "learn the characters of a text and write more like it");
    print_synopsis(out, commands);
    print_description(out);
    (void)fputs(".SH COMMANDS\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        roff_print_entry(out, command->spec->name, command->spec->summary);
    }
    (void)fputs(".PP\n", out);
    roff_print_paragraphs(out, "Each command has a manual page with its options and examples, such "
                               "as charnn-train(1). charnn COMMAND --help shows its everyday "
                               "options, charnn COMMAND --help-all all of them.");
    print_entries(out, "EXIT STATUS", exit_statuses);
    print_entries(out, "ENVIRONMENT", variables);
    print_entries(out, "FILES", files);
    print_see_also(out, commands);
}
