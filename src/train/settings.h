/*
 * The settings of a training run, as plain values. The command line fills them from its option
 * table (cli/options/options.h), whose ranges and defaults are the only ones.
 */
#ifndef CHARNN_TRAIN_SETTINGS_H
#define CHARNN_TRAIN_SETTINGS_H

#include "text/symbols.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum optimizer_kind { CHARNN_OPTIMIZER_ADAM, CHARNN_OPTIMIZER_RMSPROP, CHARNN_OPTIMIZER_SGD };

enum schedule_kind { CHARNN_SCHEDULE_STEP, CHARNN_SCHEDULE_COSINE };

enum divergence_kind { CHARNN_DIVERGENCE_ROLLBACK, CHARNN_DIVERGENCE_STOP };

struct train_settings {
    /* model */
    const char *model; /* cell name: lstm, gru, rnn */
    size_t rnn_size;
    size_t num_layers;
    bool peephole;
    double dropout;
    double init_scale; /* uniform +-init_scale for every parameter */

    /* data */
    const char *data_dir; /* its input.txt, where no files are named; NULL or "" for none */
    const char *glob;     /* of files in folders; "" for all */
    int encoding;         /* enum encoding */
    int newlines;         /* 0: as they are; 1: CR LF becomes LF */
    const char *records;  /* what separates records, see text/records.h; "" for none */
    size_t min_count;     /* rarer characters are one unknown symbol */
    double train_frac;
    double val_frac;
    size_t batch_size;
    size_t seq_length;

    /* optimization */
    int optimizer; /* enum optimizer_kind */
    double learning_rate;
    int schedule;                     /* enum schedule_kind */
    double learning_rate_decay;       /* factor per interval */
    double learning_rate_decay_after; /* epochs before the first decay */
    double learning_rate_decay_every; /* epochs between decays */
    size_t warmup_steps;              /* linear from 0 */
    double decay_rate;                /* RMSProp's smoothing constant */
    double beta1, beta2;              /* Adam */
    double momentum;                  /* SGD */
    double weight_decay;              /* decoupled: per step, times the rate */
    double grad_clip;                 /* elements to +-this; 0: off */
    double grad_norm;                 /* global norm to at most this; 0: off */
    size_t accumulate;                /* windows per update */
    double average;                   /* decay of the running average of weights; 0: off */
    size_t max_bad_steps;             /* not finite, in a row, until the run has diverged */
    int on_divergence;                /* enum divergence_kind */

    /* length of the run; 0: no limit */
    size_t max_epochs;
    size_t max_steps;
    double max_seconds;
    size_t patience; /* validations without improvement */

    /* reports and files */
    size_t eval_val_every; /* steps; 0: at each epoch's end only */
    size_t print_every;    /* steps between plain progress lines */
    size_t sample_every;   /* steps; 0: never */
    size_t sample_length;
    double sample_temperature;
    const char *checkpoint_dir;
    const char *savefile;    /* prefix of checkpoint names; "" for none */
    size_t checkpoint_every; /* steps between numbered checkpoints; 0: none */
    const char *log;         /* JSON lines; "" for none */
    const char *init_from;   /* checkpoint; "" for none */
    bool resume;

    uint64_t seed;
    size_t threads; /* 0: all processors */
};

#endif
