/*
 * Writes the lines of a log for as long as the training runs. A line that cannot be written does
 * not end the run: the failure is printed once and every later line is another try. If the file is
 * moved or removed, the lines continue in a new file of its name. No line is ever written in part.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_WRITER_H
#define CHARNN_CLI_TRAIN_LOG_WRITER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct log_writer {
    const char *path;     /* "": there is no log */
    int fd;               /* -1: not open at the moment */
    FILE *err;            /* for messages */
    size_t missing;       /* lines that have been lost since the last one that was written */
    struct error failure; /* why the last of them was lost */
};

/*
 * Opens the file `path`, borrowed, and truncates it if it starts `anew`. Errors: CHARNN_ERROR_IO.
 * Released by log_writer_close().
 */
CHARNN_MUST_CHECK enum status log_writer_open(struct log_writer *writer, const char *path,
                                              bool anew, FILE *err, struct error *error);

/* Writes line[size], which ends with a newline. */
void log_writer_write(struct log_writer *writer, const char *line, size_t size);

/* Counts a line that could not be made, for this reason, as missing. */
void log_writer_miss(struct log_writer *writer, const struct error *reason);

/* Whether the last line was written. Errors: the reason why it was not. */
CHARNN_MUST_CHECK enum status log_writer_check(const struct log_writer *writer,
                                               struct error *error);

void log_writer_close(struct log_writer *writer);

#endif
