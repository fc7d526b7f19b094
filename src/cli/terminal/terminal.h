/* What the terminal behind a stream, if any, is like. */
#ifndef CHARNN_CLI_TERMINAL_TERMINAL_H
#define CHARNN_CLI_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether a person may be looking at `stream`: a terminal that can move its cursor. */
bool terminal_is_live(FILE *stream);

/* Columns: $COLUMNS where it is a number, else the terminal's, else 80. */
size_t terminal_width(FILE *stream);

#endif
