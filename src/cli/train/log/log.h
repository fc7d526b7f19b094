/*
 * The log of a training run: one JSON object a line, version 1 of the schema in scripts/README.md.
 * Each line is written by the thread that called the trainer, before training continues.
 */
#ifndef CHARNN_CLI_TRAIN_LOG_LOG_H
#define CHARNN_CLI_TRAIN_LOG_LOG_H

#include "cli/train/log/writer.h"
#include "ranks/ranks.h"
#include "train/trainer.h"

/* Training since the last line of one event. */
struct train_log_span {
    size_t characters; /* trained on */
    double began;      /* clock */
};

struct train_log {
    struct log_writer writer;
    const char *savefile;
    size_t every; /* steps between lines */
    bool is_over; /* it has the end of the run, which has nothing left to do: no line is written */
    struct train_log_span since_step;
    struct train_log_span since_validation;
    struct ranks_traffic sent; /* up to the last line of a step */
};

/* Whether --log names a file, and not standard output. */
bool train_log_is_file(const struct train_settings *settings);

/* Refuses a --log that is not a log, or that another process writes. For a resumed run, refuses
 * also the log of a run with another id (log_file.h). Errors: CHARNN_ERROR_IO, CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status train_log_check(const struct train_settings *settings, const char *id,
                                              struct error *error);

/*
 * Opens the log that the settings name, after train_log_check(). Without a --log, the functions
 * below do nothing. A new run (`resumed` NULL) needs a missing or empty file. A resumed run
 * continues the file, but first removes the lines after its checkpoint, which it will write again.
 * Errors: CHARNN_ERROR_IO. Released by log_writer_close().
 */
CHARNN_MUST_CHECK enum status train_log_open(struct train_log *log,
                                             const struct train_settings *settings,
                                             const struct train_progress *resumed,
                                             struct progress *progress, struct error *error);

/* Writes the line "start". `changes` is NULL for a new run, else a list of texts (changes.c). */
void train_log_start(struct train_log *log, const struct trainer_parts *parts,
                     const struct trainer_plan *plan, const cJSON *changes,
                     const struct train_progress *from);

void train_log_step(struct train_log *log, const struct train_report *report);

/* Writes only scheduled validations: the last one would not exist if the run had gone on. */
void train_log_validation(struct train_log *log, const struct train_report *report, bool improved);

void train_log_rollback(struct train_log *log, const struct train_progress *progress, size_t from,
                        const char *what);
/* The number of steps of a run with --budget was corrected. */
void train_log_length(struct train_log *log, const struct train_progress *progress,
                      size_t max_steps);
void train_log_end(struct train_log *log, const struct train_progress *progress,
                   const char *reason);

#endif
