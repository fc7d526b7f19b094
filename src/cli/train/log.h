/*
 * The log of a training run: one JSON object a line, version 1 of the schema that README.md gives.
 * "event" is start, step, skip, validation, rollback or end. Losses are in nats per character.
 *
 * The log of a resumed run goes on where its checkpoint was written: lines of steps after it, which
 * are to come again, are taken out.
 *
 * A log that cannot be written does not end the run: it is said once, and tried again with every
 * line; only what is missing at the end is an error. A log that was moved or removed goes on in a
 * new file of its name. No line is ever written in part.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_H
#define CHARNN_CLI_TRAIN_LOG_H

#include "train/trainer.h"

#include <stdio.h>

/* What has happened since the last line of one event. */
struct train_log_span {
    size_t characters;
    double began; /* clock */
};

struct train_log {
    const char *path; /* "": no log */
    int fd;           /* -1: not open, for the time being */
    FILE *err;
    size_t every;         /* steps between lines */
    size_t missing;       /* lines that could not be written since the last one that was */
    struct error failure; /* where lines are missing: why the last of them is */
    struct train_log_span since_step;
    struct train_log_span since_validation;
};

/*
 * Opens the log at `path` ("" for none): anew, or to continue a run that stands at `resumed`, NULL
 * for a new run. Errors: CHARNN_ERROR_IO where it cannot be opened. Closed by train_log_close().
 */
CHARNN_MUST_CHECK enum status train_log_open(struct train_log *log, const char *path,
                                             const struct train_progress *resumed, size_t every,
                                             FILE *err, struct error *error);

/* Whether the log has its last lines. Errors: what kept the last of them from being written. */
CHARNN_MUST_CHECK enum status train_log_check(const struct train_log *log, struct error *error);

void train_log_close(struct train_log *log);

/* The first line: what is run, by which program, where, from which step on, and for a resumed run
 * with which changes (a list of texts, or NULL). */
void train_log_start(struct train_log *log, const struct trainer_parts *parts, const cJSON *changes,
                     const struct train_progress *from);

void train_log_step(struct train_log *log, const struct train_report *report);

/* A validation that is not due has no line of its own: a run that goes on does without it. */
void train_log_validation(struct train_log *log, const struct train_report *report, bool improved);

void train_log_rollback(struct train_log *log, const struct train_progress *progress, size_t from,
                        const char *what);
void train_log_end(struct train_log *log, const struct train_progress *progress, double epoch,
                   const char *reason);

#endif
