#include "cli/options/manual.h"

#include "base/version.h"
#include "cli/options/help.h"

#include <string.h>

enum { LINE = 78 }; /* longest line of the source */

/* The character as roff source that prints it unchanged. `text` holds it if it needs no escape. */
static const char *escape(char c, char text[2]) {
    text[0] = c;
    text[1] = '\0';
    return c == '-' ? "\\-" : c == '\\' ? "\\e" : c == '\'' ? "\\(aq" : text;
}

/* Length of the word at the start of `text`, escaped. */
static size_t word_length(const char *text) {
    char buffer[2];
    size_t length = 0;
    for (; *text != '\0' && *text != ' ' && *text != '\n'; text++) {
        length += strlen(escape(*text, buffer));
    }
    return length;
}

/* Text with escapes. An empty line starts a paragraph. `broken`: lines are broken at spaces. */
static void print_text(FILE *out, const char *text, bool broken) {
    size_t column = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (column == 0 && (*c == '.' || *c == '\'')) { /* not a macro */
            (void)fputs("\\&", out);
        }
        if (*c == '\n' || (*c == ' ' && broken && column + 1 + word_length(c + 1) > LINE)) {
            (void)fputs(c[0] == '\n' && c[1] == '\n' ? "\n.PP" : "\n", out);
            column = 0;
        } else {
            char buffer[2];
            const char *source = escape(*c, buffer);
            (void)fputs(source, out);
            column += strlen(source);
        }
    }
}

static void print_line(FILE *out, const char *text) {
    print_text(out, text, true);
    (void)fputc('\n', out);
}

static void print_bold(FILE *out, const char *text) {
    (void)fputs("\\fB", out);
    print_text(out, text, false);
    (void)fputs("\\fR", out);
}

/* A tagged paragraph. */
static void print_entry(FILE *out, const char *term, const char *text) {
    (void)fputs(".TP\n", out);
    print_bold(out, term);
    (void)fputc('\n', out);
    print_line(out, text);
}

static void print_option(FILE *out, const struct option_table *table,
                         const struct option_spec *spec) {
    char term[CHARNN_OPTION_TEXT];
    char text[2 * CHARNN_OPTION_TEXT];
    help_format_option(spec, term, sizeof term);
    help_format_description(table, spec, text, sizeof text);
    /* The last word names the value and is set in italics. */
    char *value = spec->argument != NULL ? strrchr(term, ' ') : NULL;
    if (value != NULL) {
        *value++ = '\0';
    }
    (void)fputs(".TP\n", out);
    print_bold(out, term);
    if (value != NULL) {
        (void)fputs(" \\fI", out);
        print_text(out, value, false);
        (void)fputs("\\fR", out);
    }
    (void)fputc('\n', out);
    print_line(out, text);
}

static void print_presets(FILE *out, const struct option_table *table) {
    for (size_t i = 0; i < table->preset_count; i++) {
        const struct option_preset *preset = &table->presets[i];
        (void)fputs(".PP\nPreset ", out);
        print_bold(out, preset->name);
        (void)fputs(": ", out);
        print_text(out, preset->summary, false);
        (void)fputs(".\n", out);
        print_line(out, preset->values);
    }
}

static void print_command_options(FILE *out, const struct command_spec *command) {
    const struct option_table *table = command->options;
    (void)fprintf(out, ".SS charnn %s\n", command->name);
    print_line(out, command->description);
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].heading != NULL) {
            (void)fputs(".PP\n\\fI", out);
            print_text(out, table->rows[i].heading, false);
            (void)fputs("\\fR\n", out);
        }
        print_option(out, table, &table->rows[i]);
    }
    print_presets(out, table);
}

static void print_synopsis(FILE *out, const struct command *commands) {
    (void)fputs(".SH SYNOPSIS\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "\\fBcharnn %s\\fR [\\fIOPTION\\fR]... ", command->spec->name);
        print_line(out, command->spec->arguments);
        (void)fputs(".br\n", out);
    }
    (void)fputs("\\fBcharnn \\-\\-version\\fR\n", out);
}

static void print_description(FILE *out) {
    (void)fputs(".SH DESCRIPTION\n", out);
    print_line(out,
               "charnn trains a recurrent neural network (LSTM, GRU or Elman RNN) to predict the "
               "next character of a text. A trained model writes new text or scores given text.\n\n"
               "Samples and results go to standard output, everything else to standard error.\n\n"
               "An option may be written --rnn-size 512, --rnn-size=512 or, as in char-rnn, "
               "-rnn_size 512, and may be shortened if the result is unambiguous. Options may "
               "stand before or after other arguments; -- ends them. A value out of range is an "
               "error.");
}

struct entry {
    const char *term;
    const char *text;
};

static void print_entries(FILE *out, const char *section, const struct entry *entries) {
    (void)fprintf(out, ".SH %s\n", section);
    for (; entries->term != NULL; entries++) {
        print_entry(out, entries->term, entries->text);
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

static void print_examples(FILE *out, const struct command *commands) {
    (void)fputs(".SH EXAMPLES\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        for (const struct command_example *example = command->spec->examples; example->line != NULL;
             example++) {
            print_entry(out, example->line, example->meaning);
        }
    }
}

void manual_print(FILE *out, const struct command *commands) {
    (void)fprintf(out, ".TH CHARNN 1 \"%s\" \"charnn %s\" \"User Commands\"\n", CHARNN_RELEASE_DATE,
                  CHARNN_VERSION);
    (void)fputs(".SH NAME\ncharnn \\- learn the characters of a text and write more like it\n",
                out);
    print_synopsis(out, commands);
    print_description(out);
    (void)fputs(".SH COMMANDS\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_entry(out, command->spec->name, command->spec->summary);
    }
    (void)fputs(".SH OPTIONS\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_command_options(out, command->spec);
    }
    print_entries(out, "EXIT STATUS", exit_statuses);
    print_entries(out, "ENVIRONMENT", variables);
    print_entries(out, "FILES", files);
    print_examples(out, commands);
    (void)fputs(".SH SEE ALSO\n", out);
    print_line(out, "char-rnn, whose option names charnn accepts: "
                    "https://github.com/karpathy/char-rnn");
}
