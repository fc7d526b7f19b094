/*
 * Generated text on its way to standard output: flushed often enough for a person who reads along
 * or a program at the other end of a pipe, and no oftener.
 */
#ifndef CHARNN_CLI_SAMPLE_TEXT_WRITER_H
#define CHARNN_CLI_SAMPLE_TEXT_WRITER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_writer {
    FILE *out;
    bool terminal;
    bool line_ended; /* the last byte was a newline, or there was none yet */
    size_t waiting;  /* bytes since the last flush */
    double flushed;  /* when that was */
};

struct text_writer text_writer_start(FILE *out);

/* Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status text_writer_add(struct text_writer *writer,
                                              const unsigned char *bytes, size_t size,
                                              struct error *error);

/* Flushes. A terminal's prompt is to begin on a line of its own; elsewhere the text stays as it is.
 */
CHARNN_MUST_CHECK enum status text_writer_finish(struct text_writer *writer, struct error *error);

#endif
