/*
 * The log of a training run: one JSON object a line, in version 1 of the schema that README.md
 * gives. "event" is start, step, skip, validation, rollback or end. Losses are in nats per
 * character. The thread that trains writes each line before it goes on (log_writer.h).
 *
 * A resumed run continues the log from the step of its checkpoint: the lines after that step are
 * removed, because the run repeats them.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_H
#define CHARNN_CLI_TRAIN_LOG_H

#include "cli/train/log_writer.h"
#include "train/trainer.h"

/* The time since the last line of one event, and the characters trained on in it. */
struct train_log_span {
    size_t characters;
    double began; /* clock */
};

struct train_log {
    struct log_writer writer;
    size_t every; /* steps between lines */
    struct train_log_span since_step;
    struct train_log_span since_validation;
};

/*
 * Opens the log at `path`, borrowed; "" for none, which makes all calls no-ops. It starts anew if
 * `resumed` is NULL, else it is cut back to that progress. Errors: CHARNN_ERROR_IO if it cannot be
 * opened or is a file of something else. Released by log_writer_close().
 */
CHARNN_MUST_CHECK enum status train_log_open(struct train_log *log, const char *path,
                                             const struct train_progress *resumed, size_t every,
                                             FILE *err, struct error *error);

/* The first line: program, machine, settings, the progress that the run starts from, and if it is
 * resumed the settings that changed (a list of texts; else NULL). */
void train_log_start(struct train_log *log, const struct trainer_parts *parts, const cJSON *changes,
                     const struct train_progress *from);

void train_log_step(struct train_log *log, const struct train_report *report);

/* Ignores the validation at a run's end unless it is scheduled: a run that goes on lacks it. */
void train_log_validation(struct train_log *log, const struct train_report *report, bool improved);

void train_log_rollback(struct train_log *log, const struct train_progress *progress, size_t from,
                        const char *what);
void train_log_end(struct train_log *log, const struct train_progress *progress, double epoch,
                   const char *reason);

#endif
