#include "cli/options/manual.h"

#include "base/version.h"
#include "cli/options/command.h"
#include "cli/options/help.h"
#include "cli/options/value.h"

#include <string.h>

enum { LINE = 70 }; /* columns after which a line of text is broken */

/*
 * Text as roff shows it unchanged: a dash or a quote that can be copied, no macro at the start of a
 * line, and paragraphs for empty lines. `broken`: lines may be broken at spaces.
 */
static void print_text(FILE *out, const char *text, bool broken) {
    size_t column = 0;
    for (const char *c = text; *c != '\0'; c++, column++) {
        if (column == 0 && (*c == '.' || *c == '\'')) {
            (void)fputs("\\&", out);
        }
        if (*c == '\n' && c[1] == '\n') {
            (void)fputs("\n.PP", out);
        } else if (*c == '-') {
            (void)fputs("\\-", out);
        } else if (*c == '\\') {
            (void)fputs("\\e", out);
        } else if (*c == '\'') {
            (void)fputs("\\(aq", out);
        } else if (*c == '\n' || (*c == ' ' && broken && column + strcspn(c + 1, " \n") >= LINE)) {
            (void)fputc('\n', out);
            column = SIZE_MAX; /* the loop makes it 0 */
        } else {
            (void)fputc(*c, out);
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

/* A tagged paragraph: a bold term and what there is to say. */
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
    /* The value's name is the last word and is set in italics. */
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
        for (const struct option_value *value = preset->values; value->name != NULL; value++) {
            (void)fputs("\\-\\-", out);
            print_text(out, value->name, false);
            (void)fputc('=', out);
            print_line(out, value->text);
        }
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

static void print_opening(FILE *out) {
    (void)fprintf(out, ".TH CHARNN 1 \"%s\" \"charnn %s\" \"User Commands\"\n", CHARNN_RELEASE_DATE,
                  CHARNN_VERSION);
    (void)fputs(".SH NAME\ncharnn \\- learn the characters of a text and write more like it\n"
                ".SH SYNOPSIS\n",
                out);
    const struct command_spec *command;
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        (void)fprintf(out, "%s\\fBcharnn %s\\fR [\\fIOPTION\\fR]... ", i > 0 ? ".br\n" : "",
                      command->name);
        print_line(out, command->arguments);
    }
    (void)fputs(".br\n\\fBcharnn \\-\\-version\\fR\n", out);
    (void)fputs(".SH DESCRIPTION\n", out);
    print_line(out,
               "charnn trains a recurrent neural network (LSTM, GRU or Elman RNN) to predict the "
               "next character of a text, and lets the trained model write new text, score given "
               "text, or describe itself.\n\n"
               "Samples and results go to standard output, everything else to standard error.\n\n"
               "An option may be written --rnn-size 512, --rnn-size=512 or, as in char-rnn, "
               "-rnn_size 512, and may be cut short where that is unambiguous. A value that is not "
               "allowed is refused. Options may stand before or after other arguments; -- ends "
               "them.");
}

static void print_closing(FILE *out) {
    (void)fputs(".SH EXIT STATUS\n", out);
    print_entry(out, "0", "Done.");
    print_entry(out, "1", "Failed: what and where is said on standard error.");
    print_entry(out, "2", "Misuse: an unknown option, or a value that is not allowed.");
    print_entry(out, "128+N", "Ended by signal N.");
    (void)fputs(".SH ENVIRONMENT\n", out);
    print_entry(out, "CHARNN_KERNELS",
                "The kernels to compute with, where it is set; charnn info --build lists them. "
                "For tests and comparisons: the best are chosen without it.");
    print_entry(out, "COLUMNS", "The width of the help text and of live lines, where it is set.");
    print_entry(out, "NO_COLOR",
                "Where it is set and not empty, eval --heat shows surprise without colours.");
    print_entry(out, "TERM",
                "The kind of terminal: where it is not set, or dumb, there are no colours "
                "and no live lines; train tells its progress in others.");
    print_entry(out, "TMPDIR",
                "The folder for temporary files, which keep texts that are compressed or come from "
                "a pipe, where it is set; else /tmp.");
    (void)fputs(".SH FILES\n", out);
    print_entry(out, "cv/last.safetensors", "The model as training left it, for going on with.");
    print_entry(out, "cv/best.safetensors", "The model that did best on the validation text.");
    print_entry(out, "DIR/input.txt", "The training text, where --data-dir DIR is given.");
}

static void print_examples(FILE *out) {
    const struct command_spec *command;
    (void)fputs(".SH EXAMPLES\n", out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        for (size_t j = 0; j < command->example_count; j++) {
            print_entry(out, command->examples[j].line, command->examples[j].meaning);
        }
    }
}

void manual_print(FILE *out) {
    const struct command_spec *command;
    print_opening(out);
    (void)fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        print_entry(out, command->name, command->summary);
    }
    (void)fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        print_command_options(out, command);
    }
    print_closing(out);
    print_examples(out);
    (void)fputs(".SH SEE ALSO\n", out);
    print_line(out, "char-rnn, whose options charnn understands: "
                    "https://github.com/karpathy/char-rnn");
}
