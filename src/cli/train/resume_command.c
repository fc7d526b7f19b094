#include "cli/train/run.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Appends " --NAME 'VALUE'", quoted for the shell, unless the value is empty; returns the end. */
static char *append_option(char *end, const char *name, const char *value) {
    if (value[0] == '\0') {
        return end;
    }
    end = stpcpy(stpcpy(stpcpy(end, " --"), name), " '");
    for (; *value != '\0'; value++) {
        if (*value == '\'') {
            end = stpcpy(end, "'\\''");
        } else {
            *end++ = *value;
        }
    }
    return stpcpy(end, "'");
}

enum status train_resume_command(const struct train_run *run, char **command, struct error *error) {
    const struct train_settings *s = run->settings;
    enum { QUOTED = 4, REST = 160 }; /* bytes: of a quoted character; of everything else */
    size_t values = strlen(s->checkpoint_dir) + strlen(s->savefile) + strlen(s->log);
    if (MEMORY_NEW(command, QUOTED * values + REST, "a command line", error) != CHARNN_OK) {
        return error->status;
    }
    char *end = stpcpy(*command, "charnn train --resume");
    end = append_option(end, "checkpoint-dir", s->checkpoint_dir);
    end = append_option(end, "savefile", s->savefile);
    end = append_option(end, "log", s->log);
    if (s->threads > 0) {
        end += snprintf(end, 32, " --threads %zu", s->threads);
    }
    if (train_reads_stdin(run)) {
        (void)stpcpy(end, " - <TEXT");
    }
    return CHARNN_OK;
}
