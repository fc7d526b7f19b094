/* The settings of a training run. Ranges and defaults are in the command line's option table. */
#ifndef CHARNN_TRAIN_SETTINGS_H
#define CHARNN_TRAIN_SETTINGS_H

#include "text/symbols.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum optimizer_kind {
    CHARNN_OPTIMIZER_ADAM,
    CHARNN_OPTIMIZER_RMSPROP,
    CHARNN_OPTIMIZER_SGD,
    CHARNN_OPTIMIZER_MUON
};

/* Of the numbers that training multiplies; sums are of 32 bits. */
enum precision { CHARNN_PRECISION_F32, CHARNN_PRECISION_BF16 };

enum schedule_kind { CHARNN_SCHEDULE_STEP, CHARNN_SCHEDULE_COSINE, CHARNN_SCHEDULE_HOLD };

enum divergence_kind { CHARNN_DIVERGENCE_ROLLBACK, CHARNN_DIVERGENCE_STOP };

struct train_settings {
    /* model */
    const char *model;        /* lstm, gru, rnn */
    const char *lstm_variant; /* np, vanilla, nig, ...: cell_of_settings() (nn/cells/cell.h) */
    bool reservoir; /* only the output is learned; a new model begins with the weights of an echo
                       state network (nn/reservoir.h) */
    double spectral_radius, density, input_scale, leak;
    double ridge; /* train/start/ridge.h; 0: none */
    size_t rnn_size;
    size_t num_layers;
    bool peephole;
    bool skip;                /* skip connections */
    size_t attention;         /* struct model_shape */
    double dropout;           /* of the outputs of layers */
    double recurrent_dropout; /* of the candidates of cells */
    int init;                 /* enum init_kind (nn/initialize.h) */
    double init_scale; /* parameters start uniform in +-init_scale, unless `init` says otherwise */

    /* data */
    const char *data_dir;    /* its input.txt is the text if no file is named; NULL or "": none */
    const char *glob;        /* of files in folders; "": all */
    int encoding;            /* enum encoding */
    int newlines;            /* 0: unchanged; 1: CR LF becomes LF */
    const char *records;     /* the records' separator (text/records.h); "": no records */
    const char *learn_after; /* learn only what follows this text in each record; "": all */
    size_t split_seed;       /* of the order in which records are split; 0: the text's order */
    size_t min_count;        /* rarer characters become one out-of-vocabulary symbol */
    double train_frac;
    double val_frac;
    size_t batch_size;
    size_t seq_length;

    /* optimization */
    int precision; /* enum precision */
    int optimizer; /* enum optimizer_kind */
    double learning_rate;
    int schedule;                     /* enum schedule_kind */
    double learning_rate_decay;       /* factor per interval */
    double learning_rate_decay_after; /* epochs before the first decay */
    double learning_rate_decay_every; /* epochs between decays */
    size_t warmup_steps;              /* the rate rises linearly from 0 */
    double decay_rate;                /* RMSProp, Muon: decay of the squares' average */
    double beta1, beta2;              /* Adam */
    double momentum;                  /* SGD, Muon */
    double weight_decay;              /* decoupled; times the rate */
    double l1, l2;                    /* penalties on weights: train/weight_penalty.h */
    double activation_penalty;        /* these are of nn/penalties.h */
    double slowness_penalty;
    double gradient_flow_penalty;
    double grad_clip;     /* clips elements to +-grad_clip; 0: off */
    double grad_norm;     /* clips the global norm; 0: off */
    size_t accumulate;    /* windows per update */
    double average;       /* decay of the running average of weights; 0: off */
    size_t max_bad_steps; /* the run has diverged after this many skipped in a row */
    int on_divergence;    /* enum divergence_kind */

    /* length of the run; 0: no limit */
    size_t max_epochs;
    size_t max_steps;
    double max_seconds; /* of training, in all resumes together */
    size_t patience;    /* validations without improvement */

    /* what the length of a new run and the size of its model follow from; 0: not */
    double budget; /* seconds */
    size_t max_parameters;

    /* reports and files */
    size_t eval_val_every; /* steps; 0: only after each epoch */
    size_t print_every;    /* steps between plain progress lines */
    size_t sample_every;   /* steps; 0: never */
    size_t sample_length;
    double sample_temperature;
    const char *checkpoint_dir;
    const char *savefile;    /* prefix of checkpoint names; NULL or "": none */
    size_t checkpoint_every; /* steps between numbered checkpoints; 0: none */
    const char *log;         /* file of JSON lines; "": none */
    const char *init_from;   /* checkpoint; "": none */
    bool resume;
    bool dry_run; /* only reports what the run would cost */

    uint64_t seed;
    size_t threads; /* 0: all processors */
};

#endif
