/* The trainer's parts, shared by trainer.c and snapshot.c alone. */
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

struct trainer {
    struct trainer_parts parts;
    struct trainer_plan plan;
    struct train_progress progress;
    struct batches *batches;
    struct network *network;
    struct optimizer *optimizer;
    struct model *average; /* NULL without averaging */
    struct evaluator *evaluator;
    int32_t *x, *y;     /* [T][B] */
    double loss_sum;    /* since the last validation, for progress.train */
    size_t loss_count;  /* windows in it */
    double started;     /* clock when this session began */
    size_t saved_step;  /* the step of the newest `last`; SIZE_MAX for none */
    size_t valued_step; /* the step of the last validation; SIZE_MAX for none */
    uint64_t corpus_checksum;
    struct train_validation *history;
    size_t history_count, history_capacity; /* capacity in bytes */
};

/* Epochs done, with the part of the current one. */
double trainer_epoch(const struct trainer *trainer);

/* Writes a checkpoint for sampling, or one with all that resuming needs. */
CHARNN_MUST_CHECK enum status snapshot_write(const struct trainer *trainer, const char *path,
                                             bool resumable, struct error *error);

/* trainer_restore() */
CHARNN_MUST_CHECK enum status
snapshot_read(struct trainer *trainer, const struct checkpoint *checkpoint, struct error *error);

#endif
