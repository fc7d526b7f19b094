/*
 * What a run prints on the error stream: one live line on a terminal, plain lines elsewhere, and a
 * line that stays for each validation and each message.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_PROGRESS_H
#define CHARNN_CLI_TRAIN_LOG_PROGRESS_H

#include "cli/terminal/live_line.h"
#include "cli/train/log/gauges.h"
#include "train/trainer.h"

#include <stdio.h>

struct progress {
    struct live_line line;
    const struct train_settings *settings;
    size_t steps;         /* of this session */
    size_t validations;   /* of this session */
    double speed;         /* characters per second, measured over about two seconds */
    size_t characters;    /* since speed_at */
    double speed_at;      /* clock, when the speed was last measured */
    double started_at;    /* clock, at this session's first step */
    double started_done;  /* report->steps_done at that step */
    double working_at;    /* clock, when the current step first told of its progress; 0: not yet */
    double working_done;  /* what was done of it then */
    double step_seconds;  /* what the whole current step takes, by its progress; 0: not known */
    double part_printed;  /* clock, when its progress was last printed as a line that stays */
    struct sparks sparks; /* validation losses of this session */
};

/* Borrows both. Settings may still change until the first step. */
void progress_init(struct progress *progress, FILE *stream, const struct train_settings *settings);

/* Prints "LABEL       TEXT", a line that stays. */
void progress_say(struct progress *progress, const char *label, const char *format, ...)
    CHARNN_PRINTF(3, 4);

/* After a step: redraws the live line, or prints a line every print_every steps. */
void progress_step(struct progress *progress, const struct train_report *report);

/* Within a step: if it takes longer than a few seconds, shows the fraction that is done. */
void progress_working(struct progress *progress, size_t step, double done);

void progress_validation(struct progress *progress, const struct train_report *report,
                         bool improved);

/* Removes the live line, so that something else can be printed. */
void progress_clear(struct progress *progress);

#endif
