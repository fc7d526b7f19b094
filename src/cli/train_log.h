/*
 * The log of a training run: one JSON object a line, version 1 of the schema that README.md gives.
 * "event" is start, step, validation or end. Losses are in nats per character.
 *
 * A log that can no longer be written does not end the run: the first failure is said once and the
 * rest of the log is given up.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_H
#define CHARNN_CLI_TRAIN_LOG_H

#include "train/trainer.h"

#include <stdio.h>

/* What has happened since the last line of one event. */
struct train_log_span {
    double loss_sum;
    size_t loss_count; /* steps in it */
    size_t characters;
    double began; /* clock */
};

struct train_log {
    FILE *file; /* NULL: no log, or given up */
    FILE *err;
    const char *path;
    size_t every; /* steps between lines */
    struct train_log_span since_step;
    struct train_log_span since_validation;
};

/*
 * Opens the log at `path` ("" for none), to append where a run is resumed, else anew.
 * Errors: CHARNN_ERROR_IO where it cannot be opened. Closed by train_log_close().
 */
CHARNN_MUST_CHECK enum status train_log_open(struct train_log *log, const char *path, bool append,
                                             size_t every, FILE *err, struct error *error);

void train_log_close(struct train_log *log);

/* The first line: what is run, by which program, on what. */
void train_log_start(struct train_log *log, const cJSON *config, size_t threads);

void train_log_step(struct train_log *log, const struct train_report *report);
void train_log_validation(struct train_log *log, const struct train_report *report, bool improved);
void train_log_end(struct train_log *log, const struct train_progress *progress,
                   const char *reason);

#endif
