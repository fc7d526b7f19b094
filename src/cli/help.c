#include "cli/help.h"

#include "cli/option_value.h"

#include <string.h>

enum { MARGIN = 2, OPTION_COLUMN = 28, COMMAND_COLUMN = 11, NARROWEST = 40, WIDEST = 100 };

/* Words set in lines. */
struct writer {
    FILE *out;
    size_t width;
    size_t column; /* already written in this line */
};

static struct writer writer_start(FILE *out, size_t width) {
    /* Lines much beyond 100 columns are hard to read, however wide the terminal is. */
    size_t usable = width < NARROWEST ? NARROWEST : width > WIDEST ? WIDEST : width;
    return (struct writer){.out = out, .width = usable};
}

static void write_line_end(struct writer *writer) {
    (void)fputc('\n', writer->out);
    writer->column = 0;
}

static void write_spaces_to(struct writer *writer, size_t column) {
    while (writer->column < column) {
        (void)fputc(' ', writer->out);
        writer->column++;
    }
}

/* Sets words from `indent` on, broken where the line ends; an empty line stays one. */
static void write_words(struct writer *writer, size_t indent, const char *text) {
    while (*text != '\0') {
        if (*text == '\n') {
            write_line_end(writer);
            text++;
            continue;
        }
        if (*text == ' ') {
            text++;
            continue;
        }
        size_t length = strcspn(text, " \n");
        if (writer->column > indent && writer->column + 1 + length > writer->width) {
            write_line_end(writer);
        }
        write_spaces_to(writer, writer->column > indent ? writer->column + 1 : indent);
        (void)fwrite(text, 1, length, writer->out);
        writer->column += length;
        text += length;
    }
    write_line_end(writer);
}

/* A term in the left column and its explanation in the right one. */
static void write_entry(struct writer *writer, size_t column, const char *term, const char *text) {
    write_spaces_to(writer, MARGIN);
    (void)fputs(term, writer->out);
    writer->column += strlen(term);
    if (writer->column + MARGIN > column) {
        write_line_end(writer);
    }
    write_words(writer, column, text);
}

static void write_heading(struct writer *writer, const char *heading) {
    write_line_end(writer);
    write_words(writer, 0, heading);
}

void help_format_option(const struct option_spec *spec, char *text, size_t size) {
    bool clears = spec->type == CHARNN_OPTION_FLAG && spec->saved;
    bool spaced = spec->argument != NULL;
    int used = 0;
    if (spec->letter != 0) {
        used = snprintf(text, size, "-%c, ", spec->letter);
    }
    (void)snprintf(text + used, size - (size_t)used, "--%s%s%s%s", clears ? "[no-]" : "",
                   spec->name, spaced ? " " : "", spaced ? spec->argument : "");
}

void help_format_description(const struct option_table *table, const struct option_spec *spec,
                             char *text, size_t size) {
    char note[CHARNN_OPTION_TEXT];
    option_describe_note(table, spec, note, sizeof note);
    bool noted = note[0] != '\0';
    (void)snprintf(text, size, "%s%s%s%s", spec->help, noted ? " (" : "", note, noted ? ")" : "");
}

static void write_options(struct writer *writer, const struct option_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        char term[CHARNN_OPTION_TEXT];
        char text[2 * CHARNN_OPTION_TEXT];
        if (spec->heading != NULL) {
            write_heading(writer, spec->heading);
        }
        help_format_option(spec, term, sizeof term);
        help_format_description(table, spec, text, sizeof text);
        write_entry(writer, OPTION_COLUMN, term, text);
    }
}

static void write_presets(struct writer *writer, const struct option_table *table) {
    for (size_t i = 0; i < table->preset_count; i++) {
        const struct option_preset *preset = &table->presets[i];
        char text[2 * CHARNN_OPTION_TEXT];
        size_t used =
            (size_t)snprintf(text, sizeof text, "Preset %s: %s.", preset->name, preset->summary);
        for (const struct option_value *value = preset->values;
             value->name != NULL && used < sizeof text; value++) {
            used += (size_t)snprintf(text + used, sizeof text - used, " --%s=%s", value->name,
                                     value->text);
        }
        write_line_end(writer);
        write_words(writer, 0, text);
    }
}

static void write_examples(struct writer *writer, const struct command_spec *command) {
    if (command->example_count > 0) {
        write_heading(writer, "Examples");
    }
    for (size_t i = 0; i < command->example_count; i++) {
        write_spaces_to(writer, MARGIN);
        (void)fputs(command->examples[i].line, writer->out);
        write_line_end(writer);
        write_words(writer, MARGIN + 4, command->examples[i].meaning);
    }
}

void help_print_command(FILE *out, const struct command_spec *command, size_t width) {
    struct writer writer = writer_start(out, width);
    (void)fprintf(out, "Usage: charnn %s [OPTION]... %s\n\n", command->name, command->arguments);
    write_words(&writer, 0, command->description);
    write_options(&writer, &command->options);
    write_presets(&writer, &command->options);
    write_examples(&writer, command);
}

void help_print_program(FILE *out, size_t width) {
    struct writer writer = writer_start(out, width);
    (void)fputs("Usage: charnn COMMAND [OPTION]... [ARGUMENT]...\n\n", out);
    write_words(&writer, 0,
                "charnn learns the characters of a text and writes more text like it, with a "
                "recurrent neural network.");
    write_heading(&writer, "Commands");
    const struct command_spec *command;
    for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
        write_entry(&writer, COMMAND_COLUMN, command->name, command->summary);
    }
    write_line_end(&writer);
    write_words(&writer, 0,
                "'charnn COMMAND --help' describes a command and its options. 'charnn --version' "
                "prints the version. An option may be written --rnn-size 512, --rnn-size=512 or, "
                "as in char-rnn, -rnn_size 512.");
}
