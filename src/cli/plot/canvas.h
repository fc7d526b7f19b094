/* Lines on a terminal, drawn in Braille patterns: each character has 2 x 4 dots. */
#ifndef CHARNN_CLI_PLOT_CANVAS_H
#define CHARNN_CLI_PLOT_CANVAS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CHARNN_CANVAS_DOTS_ACROSS = 2, CHARNN_CANVAS_DOTS_DOWN = 4 };

struct canvas {
    size_t columns, rows;   /* characters, both at least 1 */
    unsigned char *dots;    /* [rows][columns] bits of a pattern */
    unsigned char *colours; /* [rows][columns] 1 + the colour of the last line there; 0: none */
};

/* An empty canvas. Errors: CHARNN_ERROR_MEMORY. Released with canvas_deinit() in any case. */
CHARNN_MUST_CHECK enum status canvas_init(struct canvas *canvas, size_t columns, size_t rows,
                                          struct error *error);

/* Draws a line between two dots, counted from the top left; `dotted` draws every other dot. */
void canvas_draw_line(struct canvas *canvas, const size_t from[2], const size_t to[2], int colour,
                      bool dotted);

/* Writes the characters of a row, in colours of the terminal (SGR 31 to 36) or without. */
void canvas_write_row(const struct canvas *canvas, size_t row, bool colours, FILE *out);

/* Begins a colour; -1 ends it. */
void canvas_set_colour(int colour, FILE *out);

void canvas_deinit(struct canvas *canvas);

#endif
