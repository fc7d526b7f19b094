/* How far a command has come with the characters that it goes through: a live line on a terminal.
 */
#ifndef CHARNN_CLI_TERMINAL_METER_H
#define CHARNN_CLI_TERMINAL_METER_H

#include "cli/terminal/live_line.h"

struct meter {
    struct live_line line;
    double started_at; /* clock */
};

/* Borrows the stream. */
void meter_begin(struct meter *meter, FILE *stream);

/* Tells that so many of all are done; after a second also how fast, and what time that leaves.
 * `meter` is a struct meter. */
void meter_tell(void *meter, size_t done, size_t whole);

/* Leaves nothing on the screen. */
void meter_end(struct meter *meter);

#endif
