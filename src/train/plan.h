/* What a training run works on, and the sizes that follow from it. */
#ifndef CHARNN_TRAIN_PLAN_H
#define CHARNN_TRAIN_PLAN_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"
#include "text/corpus.h"
#include "text/split.h"
#include "text/vocab.h"
#include "train/settings.h"

#include <cJSON.h>

/* Borrowed; must outlive the trainer. */
struct trainer_parts {
    const struct train_settings *settings;
    const cJSON *config; /* the settings as checkpoints record them */
    const struct corpus *corpus;
    const struct vocab *vocab;
    struct model *model; /* trainable, with its initial weights */
    struct thread_pool *pool;
};

struct trainer_plan {
    struct split splits[CHARNN_SPLITS];
    size_t batch, steps; /* B and T; smaller than set if the text cannot fill a window */
    bool reduced;        /* they are smaller than set */
    size_t first, own;   /* the streams of this rank: `own` from `first` on */
    double learned;      /* the part of the training text that is to be learned */
    size_t memory;       /* bytes for training, validation and checkpoints, without the corpus;
                            SIZE_MAX if that overflows */
    /* set by trainer_create() */
    size_t windows; /* per epoch */
    size_t updates; /* of the whole run, from max_epochs and max_steps; 0: unlimited */
};

/* Plans a run, before anything large is allocated: the model needs only its parameter table. Uses
 * the settings, the corpus, the model and the pool. Errors: CHARNN_ERROR_DATA if the training part
 * of the text cannot fill one window of one stream, or if there are fewer streams than ranks. */
CHARNN_MUST_CHECK enum status trainer_plan_init(struct trainer_plan *plan,
                                                const struct trainer_parts *parts,
                                                struct error *error);

struct network_plan plan_network(const struct trainer_plan *plan,
                                 const struct train_settings *settings);

/* Floats of the carried state of `streams` streams. */
size_t plan_carried(const struct model *model, size_t streams);

/* The symbols of the validation part. */
size_t plan_validated(const struct trainer_plan *plan);

#endif
