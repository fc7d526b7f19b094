/* Progress of a command through the characters of a text: a live line. */
#ifndef CHARNN_CLI_TERMINAL_METER_H
#define CHARNN_CLI_TERMINAL_METER_H

#include "cli/terminal/live_line.h"

struct meter {
    struct live_line line;
    double started_at; /* clock */
};

/* Borrows the stream. */
void meter_begin(struct meter *meter, FILE *stream);

/* Shows progress; after a second also speed and time left. `meter` is a struct meter. */
void meter_update(void *meter, size_t done, size_t total);

void meter_end(struct meter *meter);

#endif
