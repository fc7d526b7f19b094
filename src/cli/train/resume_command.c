#include "cli/train/resume_command.h"

#include "base/shell.h"

/* Leaves out an option whose value is empty. */
static void add_option(struct text *line, const char *name, const char *value) {
    if (value[0] != '\0') {
        text_add(line, " --%s ", name);
        shell_add_word(line, value);
    }
}

size_t resume_command(const struct train_settings *settings, bool from_stdin, char *text,
                      size_t size) {
    struct text line = text_start(text, size);
    text_add(&line, "charnn train --resume");
    add_option(&line, "checkpoint-dir", settings->checkpoint_dir);
    add_option(&line, "savefile", settings->savefile);
    add_option(&line, "log", settings->log);
    if (settings->threads > 0) {
        text_add(&line, " --threads %zu", settings->threads);
    }
    if (from_stdin) {
        text_add(&line, " - <the same text");
    }
    return line.used;
}
