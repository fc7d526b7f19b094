/* The trainer's parts, shared by the files of this folder alone. */
#ifndef CHARNN_TRAIN_TRAINER_INTERNAL_H
#define CHARNN_TRAIN_TRAINER_INTERNAL_H

#include "infer/evaluator.h"
#include "nn/network.h"
#include "text/batches.h"
#include "train/optimizer.h"
#include "train/trainer.h"

/* One validation, as kept in a checkpoint's history. */
struct train_validation {
    size_t step;
    double epoch, train, val;
};

/* A mean in the making. */
struct train_mean {
    double sum;
    size_t count;
};

/* Something that changed the course of the run after `step`, in words. */
struct train_change {
    size_t step;
    char *text;
};

/* What a validation changes. */
struct train_mark {
    struct train_progress progress;
    struct train_mean loss;
    size_t history_count;
};

/* The checkpoints of a run, by what becomes of one that cannot be written. */
enum train_save { CHARNN_SAVE_LAST, CHARNN_SAVE_BEST, CHARNN_SAVE_NUMBERED, CHARNN_SAVES };

struct trainer {
    struct trainer_parts parts;
    struct trainer_plan plan;
    struct train_progress progress;
    struct batches *batches;
    struct network *network;
    struct optimizer *optimizer;
    struct model *average; /* NULL without averaging */
    struct evaluator *evaluator;
    int32_t *x, *y;            /* [T][B] */
    struct train_mean loss;    /* since the last validation, for progress.train */
    struct train_mean printed; /* since the last multiple of print_every */
    double started;            /* clock when this session began */
    size_t valued_step;        /* the step of the last validation; SIZE_MAX for none */
    uint64_t corpus_checksum;
    struct train_validation *history;
    size_t history_count, history_capacity;
    struct train_change *changes;
    size_t change_count, change_capacity;

    /* the last validation was not due, and this is how all was before it */
    bool provisional;
    struct train_mark scheduled;

    size_t saved_step;          /* the step of the newest `last`; SIZE_MAX for none */
    size_t scheduled_step;      /* the step of the newest that was due; likewise */
    bool failing[CHARNN_SAVES]; /* the last try to write one */
    struct error failure[CHARNN_SAVES];
    bool ending; /* no more are to come */

    size_t bad_steps;     /* the last so many were not applied */
    const char *diverged; /* what is not finite so that the run must go back; NULL */
};

/* Adds to the changes; `text` is copied. */
CHARNN_MUST_CHECK enum status trainer_add_change(struct trainer *trainer, size_t step,
                                                 const char *text, struct error *error);

/* Makes all that training changes what it was when the checkpoint was written. */
CHARNN_MUST_CHECK enum status
trainer_go_to(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

/* ---- validation.c */

/*
 * Scores the validation part, tells the observer and keeps `best` and `last`; training goes on as
 * if it had not been. `due`: by the schedule; what another changes validation_forget() takes back.
 * Where the result is not finite the run has diverged and nothing is kept.
 */
CHARNN_MUST_CHECK enum status validation_run(struct trainer *trainer, struct train_report *report,
                                             bool due, const struct train_observer *observer,
                                             struct error *error);

void validation_forget(struct trainer *trainer);

/* ---- saves.c: checkpoints that may fail to be written. That is told to the observer and kept in
 * `failing`; only where the weights are not finite is nothing tried and the run has diverged. */

/* Of a new run, before its first step. */
void save_begin(struct trainer *trainer, const struct train_observer *observer);

/* `due`: by the schedule. */
void save_last(struct trainer *trainer, bool due, const struct train_observer *observer);

/* Whether it is in place. */
bool save_best(struct trainer *trainer, bool due, const struct train_observer *observer);

void save_numbered(struct trainer *trainer, const struct train_observer *observer);

/* Gives what the last checkpoint that was due is called now. */
CHARNN_MUST_CHECK enum status save_scheduled_path(const struct trainer *trainer, char *path,
                                                  size_t size, struct error *error);

/* Makes the best one that was due the best again, for a run that goes on. */
void save_restore_best(const struct trainer *trainer);

/* The error to end with where the last try to write some checkpoint failed. */
CHARNN_MUST_CHECK enum status save_check(const struct trainer *trainer, struct error *error);

/* ---- recovery.c: steps and weights that are not finite. */

/* Whether no weight is infinite or NaN; else the run has diverged. */
bool recovery_check_weights(struct trainer *trainer);

/* Leaves an update out that would not be finite, as `what` is not. */
void recovery_skip(struct trainer *trainer, const char *what);

/* Goes back to the last checkpoint that was due, where the settings and the past allow it. */
CHARNN_MUST_CHECK enum status recovery_roll_back(struct trainer *trainer,
                                                 const struct train_observer *observer,
                                                 struct error *error);

/* The factor that rollbacks put to the learning rate. */
double recovery_rate(const struct trainer *trainer);

/* ---- snapshot.c and snapshot_read.c */

/* The prefix of the trained weights, where those of the model are their average. */
#define CHARNN_RAW_PREFIX "optim.raw"

/* What a kind of carried state of a layer is called. */
enum { CHARNN_STATE_NAME = 32 };
void snapshot_state_name(size_t layer, size_t kind, char name[CHARNN_STATE_NAME]);

/* Writes a checkpoint for sampling, or one with all that resuming needs. */
CHARNN_MUST_CHECK enum status snapshot_write(const struct trainer *trainer, const char *path,
                                             bool resumable, struct error *error);

/* Bytes that snapshot_write() allocates meanwhile. */
size_t snapshot_memory(const struct trainer *trainer);

/* Reads back what training changes; and the rest: what changed the run's course, and the step of
 * its last checkpoint that was due. */
CHARNN_MUST_CHECK enum status
snapshot_read(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);
CHARNN_MUST_CHECK enum status snapshot_read_past(struct trainer *trainer,
                                                 const struct checkpoint *checkpoint,
                                                 struct error *error);

/* Whether a checkpoint is one that this run has written after `step`: its text is that of the run,
 * and so are the losses of its last validation. */
bool snapshot_is_of_run(const struct trainer *trainer, const struct checkpoint *checkpoint,
                        size_t step);

#endif
