/*
 * Files of JSON lines, as a training run's log is one.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_FILE_H
#define CHARNN_CLI_TRAIN_LOG_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What a log begins with. */
#define CHARNN_LOG_BEGINNING "{\"event\":"

/* Opens a file to append to, or anew; its descriptor, or -1 and errno. */
int log_file_open(const char *path, bool anew);

/* Whether the descriptor is of a regular file that is no longer the one of that name. */
bool log_file_is_lost(int fd, const char *path);

/* Appends all of a line, or where it cannot nothing: false and errno. */
bool log_file_append(int fd, const char *line, size_t size);

/*
 * Takes out of a run's log at `path` what comes after the run had done `step` steps and been rolled
 * back `rollbacks` times, and a last line that is not whole. A file that does not begin like a log,
 * or is no regular file, stays as it is.
 */
CHARNN_MUST_CHECK enum status log_file_rewind(const char *path, size_t step, size_t rollbacks,
                                              struct error *error);

#endif
