/* A line on a terminal that is drawn over and over in its place; nothing elsewhere. */
#ifndef CHARNN_CLI_TERMINAL_LIVE_LINE_H
#define CHARNN_CLI_TERMINAL_LIVE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct live_line {
    FILE *stream;
    bool live;       /* the stream is a terminal */
    bool drawn;      /* it is on the screen */
    double drawn_at; /* clock */
};

/* Borrows the stream. */
void live_line_init(struct live_line *line, FILE *stream);

/* Whether it is time to draw it (again): five times a second are enough for eyes. */
bool live_line_due(const struct live_line *line, double now);

/* Columns that it may take; a full line would wrap. */
size_t live_line_room(const struct live_line *line);

/* Draws as much of `text`, in ASCII, as there is room for; to be called where it is live. */
void live_line_draw(struct live_line *line, double now, const char *text);

/* Takes it off the screen, so that something else can be written. */
void live_line_clear(struct live_line *line);

#endif
