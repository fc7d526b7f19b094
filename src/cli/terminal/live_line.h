/* A line that is redrawn in place on a terminal; nothing on other streams. */
#ifndef CHARNN_CLI_TERMINAL_LIVE_LINE_H
#define CHARNN_CLI_TERMINAL_LIVE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Clears the current line of a terminal. */
#define CHARNN_LIVE_LINE_CLEAR "\r\033[K"

struct live_line {
    FILE *stream;
    bool live;       /* the stream is a terminal */
    bool drawn;      /* the line is on the screen */
    double drawn_at; /* clock */
};

/* Borrows the stream. */
void live_line_init(struct live_line *line, FILE *stream);

/* Whether it is time to draw: at most five times a second, and only if `live`. */
bool live_line_due(const struct live_line *line, double now);

/* Usable columns of the line: one fewer than the terminal has, because a full line would wrap. */
size_t live_line_room(const struct live_line *line);

/* Draws as much of a UTF-8 text as fits. */
void live_line_draw(struct live_line *line, double now, const char *text);

/* Removes the line, so that other text can be written. */
void live_line_clear(struct live_line *line);

#endif
