/* The state of a training run; only for the files of this folder and their tests. */
#ifndef CHARNN_TRAIN_STATE_H
#define CHARNN_TRAIN_STATE_H

#include "infer/evaluator.h"
#include "nn/network.h"
#include "text/batches.h"
#include "train/optimizer.h"
#include "train/paths.h"
#include "train/plan.h"
#include "train/report.h"

/* A row of the history that checkpoints hold. */
struct train_validation {
    size_t step;
    double epoch, train, val;
};

/* Kinds of checkpoints (train/saves.h). */
enum train_save { CHARNN_SAVE_LAST, CHARNN_SAVE_BEST, CHARNN_SAVE_NUMBERED, CHARNN_SAVES };

struct trainer {
    struct trainer_parts parts;
    struct trainer_plan plan;
    struct train_paths paths;
    char corpus_checksum[17]; /* corpus_checksum() in hexadecimal */

    struct batches *batches;
    struct network *network;
    struct optimizer *optimizer;
    struct evaluator *evaluator;
    struct model *average; /* running average of the weights; NULL without averaging */
    struct model
        *model;     /* to validate, save and use: `average` if there is one, else parts.model */
    int32_t *x, *y; /* [T][B] */
    float *carried; /* all parts of the carried state before the current step */

    struct train_progress progress;
    struct train_validation *history; /* [progress.validations] */
    size_t history_capacity;
    cJSON *changes; /* rows [step, text]: settings changed by a resume, and rollbacks */
    bool final;     /* the last validation was final (train/validation.h) */
    struct train_progress scheduled;    /* if `final`, the progress before that validation */
    size_t saved_step;                  /* step of the newest `last`; SIZE_MAX for none */
    struct error failure[CHARNN_SAVES]; /* of the last attempt to write each kind; zero: none */

    /* during trainer_run() */
    const struct train_observer *observer;
    struct train_requests *requests;
    bool save_requested; /* by requests.save of any rank, after the last step or validation */
    bool text_changed;   /* on any rank, in the last step */
    struct train_report report;
    double started;            /* clock_seconds() at the beginning */
    double validation_seconds; /* of a validation and the save of `best`; 0: not known yet */
    double validated_at; /* time_spent() after the last validation, or at a later resume; 0: none */
    double save_seconds; /* of the newest save of `last` */
    bool ending;         /* no save will follow */
    bool gave_up;        /* `last` could not be saved, and no save will follow */
    bool time_is_up;     /* training has ended because of max_seconds */
};

#endif
