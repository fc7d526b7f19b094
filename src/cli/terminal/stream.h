/*
 * Checked writing to a standard stream. A full disk is CHARNN_ERROR_IO. Where the reader of a pipe
 * went away (EPIPE) the status is CHARNN_ERROR_PIPE and the message empty, since nobody is left to
 * care: main then ends in silence with the status of a program that SIGPIPE ends.
 */
#ifndef CHARNN_CLI_TERMINAL_STREAM_H
#define CHARNN_CLI_TERMINAL_STREAM_H

#include "base/error.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

CHARNN_MUST_CHECK enum status stream_write(FILE *stream, const void *data, size_t size,
                                           struct error *error);

/* Formatted as by printf(). */
CHARNN_MUST_CHECK enum status stream_printf(FILE *stream, struct error *error, const char *format,
                                            ...) CHARNN_PRINTF(3, 4);

/* Whether it is a file on a disk, and so nothing that a person may be looking at. */
bool stream_is_file(FILE *stream);

/* A JSON value on a line of its own. Errors also: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status stream_write_json(FILE *stream, const cJSON *json,
                                                struct error *error);

/* Writes out what is buffered; also reports failures of earlier unchecked writes. */
CHARNN_MUST_CHECK enum status stream_flush(FILE *stream, struct error *error);

/* stream_flush(), then closes. */
CHARNN_MUST_CHECK enum status stream_close(FILE *stream, struct error *error);

#endif
