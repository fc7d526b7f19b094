#include "cli/train/run.h"

#include "base/memory.h"
#include "base/shell.h"

/* An option with an empty value is left out. */
static void add_option(struct text *line, const char *name, const char *value) {
    if (value[0] != '\0') {
        text_add(line, " --%s ", name);
        shell_add_word(line, value);
    }
}

/* Writes the command, or with size 0 only measures it. Returns its length. */
static size_t write_command(const struct train_run *run, char *bytes, size_t size) {
    const struct train_settings *s = run->settings;
    struct text line = text_start(bytes, size);
    text_add(&line, "charnn train --resume");
    add_option(&line, "checkpoint-dir", s->checkpoint_dir);
    add_option(&line, "savefile", s->savefile);
    add_option(&line, "log", s->log);
    if (s->threads > 0) {
        text_add(&line, " --threads %zu", s->threads);
    }
    if (train_reads_stdin(run)) {
        text_add(&line, " - <TEXT");
    }
    return line.used;
}

enum status train_resume_command(const struct train_run *run, char **command, struct error *error) {
    size_t size = write_command(run, NULL, 0) + 1;
    enum status status = MEMORY_NEW(command, size, "a command line", error);
    if (status == CHARNN_OK) {
        (void)write_command(run, *command, size);
    }
    return status;
}
