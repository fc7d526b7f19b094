/* What the files of checkpoints need of each other. */
#ifndef CHARNN_CHECKPOINT_CHECKPOINT_INTERNAL_H
#define CHARNN_CHECKPOINT_CHECKPOINT_INTERNAL_H

#include "checkpoint/checkpoint.h"

/* Whether the file's bytes are those of its seal (checkpoint/checksum.h). Errors:
 * CHARNN_ERROR_FORMAT. */
CHARNN_MUST_CHECK enum status checkpoint_check_checksum(const struct checkpoint *checkpoint,
                                                        struct error *error);

/*
 * Compares the tensors with those of an empty model of the shape that the settings give. Every
 * recurrent and decoder weight takes two bytes or more, so settings that ask for much more than the
 * file has are refused before memory is; up to that, a sentence about a certain tensor says more.
 * Errors: CHARNN_ERROR_FORMAT.
 */
CHARNN_MUST_CHECK enum status checkpoint_check_tensors(const struct checkpoint *checkpoint,
                                                       struct error *error);

/* As checkpoint_load_model() without gradients, but one of the threads begins with the seal, which
 * fails likewise. */
CHARNN_MUST_CHECK enum status checkpoint_load_checked(const struct checkpoint *checkpoint,
                                                      size_t threads, struct model **model,
                                                      struct error *error);

#endif
