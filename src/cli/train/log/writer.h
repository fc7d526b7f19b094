/*
 * Writes a log while the training runs. A line that cannot be written does not end the run: a
 * warning is printed once, and the next line is another try. If the file is moved or removed, the
 * log continues in a new file of its name. If another file has taken the name, that file is not
 * touched, and the lines are lost until the name is free.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_WRITER_H
#define CHARNN_CLI_TRAIN_LOG_WRITER_H

#include "cli/train/log/progress.h"

/* Set up by train_log_open(); the pointers are borrowed. */
struct log_writer {
    const char *path;          /* "": no log; "-": standard output */
    int fd;                    /* -1: not open */
    struct progress *progress; /* for warnings */
    size_t missing;            /* consecutive lines that were lost, up to now */
    struct error failure;      /* why the last lost line was lost */
};

/* Writes line[size], newline included. */
void log_writer_write(struct log_writer *writer, const char *line, size_t size);

/* Counts as lost a line that could not be built. */
void log_writer_miss(struct log_writer *writer, const struct error *reason);

/* The failure of the last line, if it was lost. */
CHARNN_MUST_CHECK enum status log_writer_check(const struct log_writer *writer,
                                               struct error *error);

void log_writer_close(struct log_writer *writer);

#endif
