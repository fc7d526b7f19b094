/* Reads the tensors of an open checkpoint, none of which is trusted: weights and training state. */
#ifndef CHARNN_CHECKPOINT_LOAD_H
#define CHARNN_CHECKPOINT_LOAD_H

#include "base/thread_pool.h"
#include "checkpoint/handle.h"

#include <stdbool.h>

/*
 * Whether the file has the tensors of a model of its shape, with their shapes and a floating-point
 * dtype, and no other tensor under "rnn." or "decoder.". CHARNN_ERROR_FORMAT if not. Memory is
 * proportional to the file even if its settings ask for a huge model.
 */
CHARNN_MUST_CHECK enum status checkpoint_check_tensors(const struct checkpoint *checkpoint,
                                                       struct error *error);

/* A further thread helps for each so many bytes of a file. */
enum { CHARNN_BYTES_PER_THREAD = 4 << 20 };

/*
 * A model with the checkpoint's weights, read by at most `threads` >= 1 threads, or by the caller
 * alone if none can be started. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_FORMAT for the first
 * weight that is not finite, in the order of the model's parameters. Ownership: the caller's,
 * model_destroy().
 */
CHARNN_MUST_CHECK enum status checkpoint_load_model(const struct checkpoint *checkpoint,
                                                    bool trainable, size_t threads,
                                                    struct model **model, struct error *error);

/* checkpoint_load_model() without gradients. Meanwhile one of the threads checks the checksum,
 * which comes first in the order of errors. */
CHARNN_MUST_CHECK enum status checkpoint_load_checked(const struct checkpoint *checkpoint,
                                                      size_t threads, struct model **model,
                                                      struct error *error);

/* Whether the file has a flat array with that prefix, which is not empty. */
bool checkpoint_has_flat(const struct checkpoint *checkpoint, const char *prefix);

/*
 * Reads a flat array into values[parameters.size] with the threads of `pool`; padding is zero. The
 * prefix "" names the weights. CHARNN_ERROR_FORMAT if a tensor is missing, has another shape or is
 * not finite; also below.
 */
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
