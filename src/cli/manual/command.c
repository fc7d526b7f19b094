/* The page of a command. */
#include "cli/manual/manual.h"
#include "cli/manual/roff.h"
#include "cli/options/help.h"

#include <ctype.h>
#include <string.h>

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
    roff_print_in(out, 'B', term);
    if (value != NULL) {
        (void)fputc(' ', out);
        roff_print_in(out, 'I', value);
    }
    (void)fputc('\n', out);
    roff_print_paragraphs(out, text);
}

static void print_presets(FILE *out, const struct option_table *table) {
    for (size_t i = 0; i < table->preset_count; i++) {
        const struct option_preset *preset = &table->presets[i];
        (void)fputs(".PP\nPreset ", out);
        roff_print_in(out, 'B', preset->name);
        (void)fputs(": ", out);
        roff_print(out, preset->summary);
        (void)fputs(".\n", out);
        roff_print_paragraphs(out, preset->values);
    }
}

static void print_options(FILE *out, const struct option_table *table) {
    (void)fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < table->count; i++) {
        /* A heading "Options" would repeat the title of the section. */
        if (table->rows[i].heading != NULL && strcmp(table->rows[i].heading, "Options") != 0) {
            (void)fputs(".SS ", out);
            roff_print(out, table->rows[i].heading);
            (void)fputc('\n', out);
        }
        print_option(out, table, &table->rows[i]);
    }
    print_presets(out, table);
}

/* Command lines are not filled, so that they can be copied. */
static void print_examples(FILE *out, const struct command_example *examples) {
    (void)fputs(".SH EXAMPLES\n", out);
    for (const struct command_example *example = examples; example->line != NULL; example++) {
        (void)fputs(example > examples ? ".PP\n" : "", out);
        roff_print_paragraphs(out, example->meaning);
        (void)fputs(".PP\n.RS 4\n.EX\n", out);
        roff_print_in(out, 'B', example->line);
        (void)fputs("\n.EE\n.RE\n", out);
    }
}

static void print_see_also(FILE *out, const struct command_spec *command,
                           const struct command *commands) {
    (void)fputs(".SH SEE ALSO\n\\fBcharnn\\fR(1)", out);
    for (; commands->spec != NULL; commands++) {
        if (commands->spec != command) {
            (void)fprintf(out, ",\n\\fBcharnn\\-%s\\fR(1)", commands->spec->name);
        }
    }
    (void)fputc('\n', out);
}

void manual_print_command(FILE *out, const struct command_spec *command,
                          const struct command *commands) {
    char title[64];
    char name[64];
    (void)snprintf(title, sizeof title, "CHARNN\\-%s", command->name);
    for (char *c = title; *c != '\0'; c++) {
        *c = (char)toupper((unsigned char)*c);
    }
    (void)snprintf(name, sizeof name, "charnn-%s", command->name);
    roff_print_title(out, title, name, command->summary);
    (void)fprintf(out, ".SH SYNOPSIS\n\\fBcharnn %s\\fR [\\fIOPTION\\fR]... ", command->name);
    roff_print_paragraphs(out, command->arguments);
    (void)fputs(".SH DESCRIPTION\n", out);
    roff_print_paragraphs(out, command->description);
    print_options(out, command->options);
    print_examples(out, command->examples);
    print_see_also(out, command, commands);
}
