#include "cli/options/help.h"

#include "base/text.h"
#include "cli/options/describe.h"
#include "cli/terminal/wrap.h"

#include <stdint.h>
#include <string.h>

enum { MARGIN = 2, OPTION_COLUMN = 28, COMMAND_COLUMN = 11 };
enum { EXAMPLES = 3 }; /* of the short help */

/* A paragraph. */
static void write_text(struct wrap *wrap, size_t indent, const char *text) {
    wrap_add_text(wrap, indent, text);
    wrap_end_line(wrap);
}

/* A term in the left column, its explanation in the right one. */
static void write_entry(struct wrap *wrap, size_t column, const char *term, const char *text) {
    wrap_spaces_to(wrap, MARGIN);
    (void)fputs(term, wrap->out);
    wrap->column += strlen(term);
    if (wrap->column + MARGIN > column) {
        wrap_end_line(wrap);
    }
    write_text(wrap, column, text);
}

static void write_heading(struct wrap *wrap, const char *heading) {
    wrap_end_line(wrap);
    write_text(wrap, 0, heading);
}

void help_format_option(const struct option_spec *spec, char *text, size_t size) {
    struct text out = text_start(text, size);
    if (spec->letter != 0) {
        text_add(&out, "-%c, ", spec->letter);
    }
    text_add(&out, "--%s%s", option_has_negation(spec) ? "[no-]" : "", spec->name);
    if (spec->argument != NULL) {
        text_add(&out, " %s", spec->argument);
    }
}

void help_format_description(const struct option_table *table, const struct option_spec *spec,
                             char *text, size_t size) {
    struct text out = text_start(text, size);
    char note[CHARNN_OPTION_TEXT];
    option_describe_note(table, spec, note, sizeof note);
    text_add(&out, note[0] != '\0' ? "%s (%s)" : "%s", spec->help, note);
}

/* "hidden units per layer (default 128)" */
static void format_brief(const struct option_table *table, const struct option_spec *spec,
                         char *text, size_t size) {
    struct text out = text_start(text, size);
    char note[CHARNN_OPTION_TEXT];
    option_describe_brief_note(table, spec, note, sizeof note);
    text_add(&out, note[0] != '\0' ? "%s (%s)" : "%s", spec->brief, note);
}

/* The everyday options or all, each group below its heading. */
static void write_options(struct wrap *wrap, const struct option_table *table, bool all) {
    const char *heading = NULL;
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        char term[CHARNN_OPTION_TEXT];
        char text[2 * CHARNN_OPTION_TEXT];
        heading = spec->heading != NULL ? spec->heading : heading;
        if (!all && spec->brief == NULL) {
            continue;
        }
        if (heading != NULL) {
            write_heading(wrap, heading);
            heading = NULL;
        }
        help_format_option(spec, term, sizeof term);
        if (all) {
            help_format_description(table, spec, text, sizeof text);
        } else {
            format_brief(table, spec, text, sizeof text);
        }
        write_entry(wrap, OPTION_COLUMN, term, text);
    }
}

static void write_presets(struct wrap *wrap, const struct option_table *table) {
    for (size_t i = 0; i < table->preset_count; i++) {
        const struct option_preset *preset = &table->presets[i];
        char text[2 * CHARNN_OPTION_TEXT];
        (void)snprintf(text, sizeof text, "Preset %s: %s. %s", preset->name, preset->summary,
                       preset->values);
        wrap_end_line(wrap);
        write_text(wrap, 0, text);
    }
}

static void write_example(struct wrap *wrap, const struct command_example *example) {
    wrap_spaces_to(wrap, MARGIN);
    (void)fputs(example->line, wrap->out);
    wrap_end_line(wrap);
    write_text(wrap, MARGIN + 4, example->meaning);
}

static void write_examples(struct wrap *wrap, const struct command_example *examples, size_t most) {
    write_heading(wrap, "Examples");
    for (size_t i = 0; i < most && examples[i].line != NULL; i++) {
        write_example(wrap, &examples[i]);
    }
}

static void write_usage(struct wrap *wrap, const struct command_spec *command) {
    (void)fprintf(wrap->out, "Usage: charnn %s [OPTION]... %s\n\n", command->name,
                  command->arguments);
}

void help_print_command(FILE *out, const struct command_spec *command, size_t width) {
    struct wrap wrap = wrap_start(out, width);
    char rest[CHARNN_OPTION_TEXT];
    write_usage(&wrap, command);
    write_text(&wrap, 0, command->sentence);
    write_options(&wrap, command->options, false);
    write_examples(&wrap, command->examples, EXAMPLES);
    (void)snprintf(rest, sizeof rest,
                   "All options: 'charnn %s --help-all'. Manual: 'man charnn-%s'.", command->name,
                   command->name);
    wrap_end_line(&wrap);
    write_text(&wrap, 0, rest);
}

void help_print_command_in_full(FILE *out, const struct command_spec *command, size_t width) {
    struct wrap wrap = wrap_start(out, width);
    write_usage(&wrap, command);
    write_text(&wrap, 0, command->description);
    write_options(&wrap, command->options, true);
    write_presets(&wrap, command->options);
    write_examples(&wrap, command->examples, SIZE_MAX);
}

static const char usage[] = "Usage: charnn COMMAND [OPTION]... [ARGUMENT]...\n\n";

void help_print_usage(FILE *out, const struct command *commands, size_t width) {
    enum { SHOWN = 3 };
    struct wrap wrap = wrap_start(out, width);
    (void)fputs(usage, out);
    for (size_t i = 0; i < SHOWN && commands[i].spec != NULL; i++) {
        write_example(&wrap, &commands[i].spec->examples[0]);
    }
}

void help_print_program(FILE *out, const struct command *commands, size_t width) {
    struct wrap wrap = wrap_start(out, width);
    (void)fputs(usage, out);
    write_text(&wrap, 0,
               "Learns the characters of a text with a recurrent neural network and writes more "
               "text like it.");
    write_heading(&wrap, "Commands");
    for (const struct command *command = commands; command->spec != NULL; command++) {
        write_entry(&wrap, COMMAND_COLUMN, command->spec->name, command->spec->summary);
    }
    wrap_end_line(&wrap);
    write_text(&wrap, 0,
               "'charnn COMMAND --help' shows the everyday options of a command, 'charnn COMMAND "
               "--help-all' all of them; 'charnn --version' prints the version. An option may be "
               "written --rnn-size 512, --rnn-size=512 or, "
               "as in char-rnn, -rnn_size 512.");
}
