/*
 * How a training run looks while it goes on: one live line on a terminal, plain lines elsewhere,
 * and a line that stays for each validation. Everything goes to the error stream.
 */
#ifndef CHARNN_CLI_TRAIN_PROGRESS_H
#define CHARNN_CLI_TRAIN_PROGRESS_H

#include "cli/terminal/live_line.h"
#include "train/trainer.h"

#include <stdio.h>

struct progress {
    struct live_line line;
    size_t print_every;
    size_t max_epochs;
    size_t steps;      /* of this session */
    double speed;      /* characters per second, over about the last seconds */
    size_t characters; /* since speed was last taken */
    double speed_at;   /* clock when it was */
    double started_at; /* clock, and part of all steps done, at this session's first step */
    double started_done;
};

/* Borrows the stream; live where it is a terminal. */
void progress_init(struct progress *progress, FILE *stream, const struct train_settings *settings);

/* Tells of one update. */
void progress_step(struct progress *progress, const struct train_report *report);

/* Tells of a validation. */
void progress_validation(struct progress *progress, const struct train_report *report,
                         bool improved);

/* Writes "LABEL       TEXT", a line that stays. */
void progress_say(struct progress *progress, const char *label, const char *format, ...)
    CHARNN_PRINTF(3, 4);

/* Takes the live line off the screen, so that something else can be written. */
void progress_clear(struct progress *progress);

#endif
