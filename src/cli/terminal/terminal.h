/* The terminal behind a stream. */
#ifndef CHARNN_CLI_TERMINAL_TERMINAL_H
#define CHARNN_CLI_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether the stream is a terminal that can move its cursor. */
bool terminal_is_live(FILE *stream);

/* Columns: $COLUMNS if it is a positive number, else the width of the terminal, else 80. */
size_t terminal_width(FILE *stream);

/* Lines: $LINES if it is a positive number, else the height of the terminal, else 24. */
size_t terminal_height(FILE *stream);

/* Whether the stream is a terminal that can show colours, and NO_COLOR is unset or empty. */
bool terminal_has_colours(FILE *stream);

#endif
