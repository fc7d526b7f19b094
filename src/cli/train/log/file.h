/* The file of a log: JSON lines that are only ever appended whole. */
#ifndef CHARNN_CLI_TRAIN_LOG_FILE_H
#define CHARNN_CLI_TRAIN_LOG_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The first bytes of every log. */
#define CHARNN_LOG_BEGINNING "{\"event\":"

/* Opens a regular file for appending, or creates it, and locks it until it is closed; never waits.
 * Returns a descriptor, or -1 and errno, which is EWOULDBLOCK if another process has locked it. */
int log_file_open(const char *path);

/* Whether another process has the file open as its log. */
bool log_file_is_in_use(const char *path);

/* Creates the file like log_file_open(), but fails with EEXIST if anything has that name. */
int log_file_create(const char *path);

/* Whether `path` no longer names the file. */
bool log_file_is_lost(int fd, const char *path);

/* What the first line of a file says. */
enum log_owner {
    CHARNN_LOG_OWN,     /* it is the log of the run */
    CHARNN_LOG_OTHER,   /* of another run */
    CHARNN_LOG_UNKNOWN, /* of some run: the log or the run has no id, as in earlier versions */
    CHARNN_LOG_NONE     /* it is not a regular file, or not a log */
};

/* Finds whose log a file is, by the run's `id` (config.c; NULL: it has none) and its `savefile`
 * (NULL: any). A missing or empty file is CHARNN_LOG_UNKNOWN. Errors: CHARNN_ERROR_IO,
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status log_file_owner(const char *path, const char *id, const char *savefile,
                                             enum log_owner *owner, struct error *error);

/* Appends the whole line. A failure returns false with errno, and removes what was written of the
 * line unless `fd` is standard output. */
bool log_file_append(int fd, const char *line, size_t size);

/*
 * Cuts the log at `path` back to a run that has done `step` steps and `rollbacks` rollbacks:
 * removes the lines after that, and an incomplete last line. `due`: the run has not done the
 * validation after that step. Does nothing if the file is missing, is not regular, or is not a log.
 * Errors: CHARNN_ERROR_IO.
 */
CHARNN_MUST_CHECK enum status log_file_rewind(const char *path, size_t step, size_t rollbacks,
                                              bool due, struct error *error);

#endif
