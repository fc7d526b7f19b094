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

static void add_folder(struct text *line, const struct train_run *run, const char *folder) {
    text_add(line, "charnn train --resume");
    add_option(line, "checkpoint-dir", folder);
    add_option(line, "savefile", run->settings->savefile);
}

/* Writes the command, or with size 0 only measures it. Returns its length. */
static size_t write_command(const struct train_run *run, char *bytes, size_t size) {
    const struct train_settings *s = run->settings;
    struct text line = text_start(bytes, size);
    add_folder(&line, run, s->checkpoint_dir);
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

void train_earlier_command(const struct train_run *run, const char *folder,
                           char command[CHARNN_EARLIER_COMMAND]) {
    struct text line = text_start(command, CHARNN_EARLIER_COMMAND);
    add_folder(&line, run, folder);
}
