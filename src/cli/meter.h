/* How far a command has come with characters whose number is known: a live line on a terminal. */
#ifndef CHARNN_CLI_METER_H
#define CHARNN_CLI_METER_H

#include "cli/live_line.h"

struct meter {
    struct live_line line;
    size_t whole;
    double started_at; /* clock */
};

/* Borrows the stream. */
void meter_begin(struct meter *meter, FILE *stream, size_t whole);

/* Tells that so many are done; in its first second it shows nothing. `meter` is a struct meter. */
void meter_show(void *meter, size_t done);

/* Leaves nothing on the screen. */
void meter_end(struct meter *meter);

#endif
