/* Reads the weights and the training state of an open checkpoint. No tensor is trusted. */
#ifndef CHARNN_CHECKPOINT_LOAD_H
#define CHARNN_CHECKPOINT_LOAD_H

#include "base/machine/thread_pool.h"
#include "checkpoint/handle.h"

#include <stdbool.h>

/* CHARNN_ERROR_FORMAT unless the file has each tensor of a model of its shape, with its shape and
 * floats or, for a matrix, integers and scales (checkpoint/stored.h), and no other tensor under
 * "rnn.", "attention." or "decoder.". Sets the type of the matrices. Memory is proportional to the
 * file even if its settings describe a huge model. */
CHARNN_MUST_CHECK enum status checkpoint_check_tensors(const struct checkpoint *checkpoint,
                                                       enum weight_type *weights,
                                                       struct error *error);

/* Loading uses at most one more thread per this many bytes of the file. */
enum { CHARNN_BYTES_PER_THREAD = 1 << 20 };

/* What a model is loaded for. */
enum model_use {
    CHARNN_USE_RUN,    /* going forward only: matrices stay in the type in which they are stored, if
                          a network can run on it */
    CHARNN_USE_VALUES, /* its values, as floats */
    CHARNN_USE_TRAIN   /* the same with gradients */
};

/* A model with the checkpoint's weights, read by at most `threads` >= 1 threads, or by the caller
 * alone if none can be started. Errors: CHARNN_ERROR_FORMAT for the first weight that is not
 * finite, in the order of the model's parameters. Released with model_destroy(). */
CHARNN_MUST_CHECK enum status checkpoint_load_model(const struct checkpoint *checkpoint,
                                                    enum model_use use, size_t threads,
                                                    struct model **model, struct error *error);

/* checkpoint_load_model() for CHARNN_USE_RUN. One of the threads also checks the checksum, whose
 * error precedes those of the weights. */
CHARNN_MUST_CHECK enum status checkpoint_load_checked(const struct checkpoint *checkpoint,
                                                      size_t threads, struct model **model,
                                                      struct error *error);

/* Whether the file has a flat array with that prefix; the prefix is not empty. */
bool checkpoint_has_flat(const struct checkpoint *checkpoint, const char *prefix);

/* Reads a flat array into values[parameters.size] with the threads of `pool` and sets padding to
 * zero. The prefix "" names the weights. CHARNN_ERROR_FORMAT if a tensor is missing or not finite,
 * or has another shape or dtype; also below. */
CHARNN_MUST_CHECK enum status checkpoint_load_flat(const struct checkpoint *checkpoint,
                                                   const char *prefix,
                                                   const struct parameters *parameters,
                                                   struct thread_pool *pool, float *values,
                                                   struct error *error);

/* Reads a dense array of exactly [rows][columns]. */
CHARNN_MUST_CHECK enum status checkpoint_load_tensor(const struct checkpoint *checkpoint,
                                                     const char *name, size_t rows, size_t columns,
                                                     float *values, struct error *error);

#endif
