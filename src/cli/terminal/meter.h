/* Progress of a command through the characters of a text: a live line. */
#ifndef CHARNN_CLI_TERMINAL_METER_H
#define CHARNN_CLI_TERMINAL_METER_H

#include "cli/terminal/live_line.h"

#include <signal.h>

enum { CHARNN_METER_SIGNALS = 3 };

struct meter {
    struct live_line line;
    double started_at;                             /* clock */
    struct sigaction before[CHARNN_METER_SIGNALS]; /* earlier actions of the signals */
};

/* Borrows the stream. Up to meter_end(), SIGINT, SIGTERM and SIGHUP remove the line before they end
 * the process. One meter at a time. */
void meter_begin(struct meter *meter, FILE *stream);

/* Shows progress; after a second also speed and time left. `meter` is a struct meter. */
void meter_update(void *meter, size_t done, size_t total);

void meter_end(struct meter *meter);

#endif
