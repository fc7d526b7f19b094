/*
 * Generated text on its way to standard output: buffered for speed, and flushed often enough for a
 * person or a program that reads while it is generated.
 */
#ifndef CHARNN_CLI_SAMPLE_TEXT_WRITER_H
#define CHARNN_CLI_SAMPLE_TEXT_WRITER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Private but for text_writer_start(). */
struct text_writer {
    FILE *out; /* borrowed */
    bool terminal;
    bool line_begun;   /* the last byte was not a newline */
    size_t unflushed;  /* bytes */
    double flushed_at; /* clock */
};

struct text_writer text_writer_start(FILE *out);

/* Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status text_writer_add(struct text_writer *writer, const void *bytes,
                                              size_t size, struct error *error);

/* Flushes. On a terminal, also ends a line that has begun, so that the prompt gets its own. */
CHARNN_MUST_CHECK enum status text_writer_finish(struct text_writer *writer, struct error *error);

#endif
