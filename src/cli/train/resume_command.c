#include "cli/train/resume_command.h"

#include <stdio.h>

/* A text in the making, and its length if it all fitted. */
struct line {
    char *text;
    size_t size, length;
};

static void add_char(struct line *line, char c) {
    if (line->length + 1 < line->size) {
        line->text[line->length] = c;
        line->text[line->length + 1] = '\0';
    }
    line->length++;
}

static void add(struct line *line, const char *text) {
    for (; *text != '\0'; text++) {
        add_char(line, *text);
    }
}

/* An option and its value, quoted for the shell; nothing where that is empty. */
static void add_option(struct line *line, const char *name, const char *value) {
    if (value[0] == '\0') {
        return;
    }
    add(line, " --");
    add(line, name);
    add(line, " '");
    for (; *value != '\0'; value++) {
        if (*value == '\'') {
            add(line, "'\\''");
        } else {
            add_char(line, *value);
        }
    }
    add(line, "'");
}

size_t resume_command(const struct train_settings *settings, bool from_stdin, char *text,
                      size_t size) {
    struct line line = {.text = text, .size = size};
    add(&line, "charnn train --resume");
    add_option(&line, "checkpoint-dir", settings->checkpoint_dir);
    add_option(&line, "savefile", settings->savefile);
    add_option(&line, "log", settings->log);
    if (settings->threads > 0) {
        char threads[32];
        (void)snprintf(threads, sizeof threads, " --threads %zu", settings->threads);
        add(&line, threads);
    }
    if (from_stdin) {
        add(&line, " - <the same text");
    }
    return line.length;
}
