/* The file of a log: JSON lines that are only ever appended whole. */
#ifndef CHARNN_CLI_TRAIN_LOG_FILE_H
#define CHARNN_CLI_TRAIN_LOG_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The first bytes of every log. */
#define CHARNN_LOG_BEGINNING "{\"event\":"

/* Opens the file for appending, truncated if `anew`; returns a descriptor, or -1 and errno. */
int log_file_open(const char *path, bool anew);

/* Whether fd is a regular file that `path` no longer names. */
bool log_file_is_lost(int fd, const char *path);

/* Appends the whole line, or nothing and returns false with errno. */
bool log_file_append(int fd, const char *line, size_t size);

/*
 * Cuts the log at `path` back to a run that has done `step` steps and `rollbacks` rollbacks:
 * removes the lines after that, and an incomplete last line. `due`: it has not done the validation
 * after that step. Does nothing if the file is missing,
 * is not regular, or is not a log. Errors: CHARNN_ERROR_IO.
 */
CHARNN_MUST_CHECK enum status log_file_rewind(const char *path, size_t step, size_t rollbacks,
                                              bool due, struct error *error);

#endif
