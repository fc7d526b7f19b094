/* Writes checkpoints (models/README.md). */
#ifndef CHARNN_CHECKPOINT_WRITE_H
#define CHARNN_CHECKPOINT_WRITE_H

#include "base/error.h"
#include "nn/model.h"
#include "text/vocab.h"

#include <cJSON.h>

/* An array with the layout of the model's parameters. */
struct checkpoint_flat {
    const char *prefix;  /* "optim.exp_avg"; shorter than CHARNN_PARAMETER_NAME */
    const float *values; /* [parameters.size] */
};

struct checkpoint_tensor {
    const char *name; /* "state.h_l0" */
    size_t rows, columns;
    const float *values; /* [rows][columns], dense */
};

/* Everything is borrowed. Numbers in the JSON keep all their digits if base/json.h added them, but
 * may lose the last ones if they were parsed. */
struct checkpoint_contents {
    const struct model *model;
    const float *values;      /* the weights to write; NULL: the model's own */
    enum weight_type weights; /* how the matrices of the model are written */
    const struct vocab *vocab;
    const cJSON *config;   /* the settings, NULL: none; model, lstm_variant, rnn_size, num_layers,
                              peephole, skip and attention are set from the model's shape */
    const cJSON *training; /* the training state; NULL: none */
    const struct checkpoint_flat *flats;
    size_t flat_count;
    const struct checkpoint_tensor *tensors;
    size_t tensor_count;
};

/* Writes `path` atomically (base/files/atomic_file.h). The same contents give the same bytes.
 * Errors: CHARNN_ERROR_IO; an older file of that name is then unchanged. */
CHARNN_MUST_CHECK enum status
checkpoint_write(const char *path, const struct checkpoint_contents *contents, struct error *error);

/* Approximate bytes that checkpoint_write() allocates: a copy of the largest tensor, and the
 * vocabulary as JSON. */
size_t checkpoint_write_memory(const struct model *model);

#endif
