/*
 * Lines of input. If both ends are a terminal and the program was built with libedit, lines can be
 * edited and there is a history.
 */
#ifndef CHARNN_CLI_TERMINAL_LINE_INPUT_H
#define CHARNN_CLI_TERMINAL_LINE_INPUT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct line_input {
    FILE *in, *out;     /* borrowed; prompts go to `out` if both are terminals */
    bool join_newlines; /* CR LF ends a line, too */
    bool terminal;      /* both are terminals */
    char *line;         /* the last line, from malloc() */
    size_t size;        /* of the last line, which may hold NUL bytes */
    size_t capacity;
};

/* The version of libedit's interface, or NULL if the program was built without it. */
const char *line_input_library(void);

struct line_input line_input_start(FILE *in, FILE *out, bool join_newlines);

/*
 * The next line without its end, valid until the next call; NULL at the end of the input. The line
 * has `input->size` bytes and a NUL after them. Error: CHARNN_ERROR_IO.
 */
CHARNN_MUST_CHECK enum status line_input_next(struct line_input *input, const char *prompt,
                                              char **line, struct error *error);

void line_input_deinit(struct line_input *input);

#endif
