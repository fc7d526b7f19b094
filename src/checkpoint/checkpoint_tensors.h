/* For checkpoint_read.c alone: whether the tensors are those of the model. */
#ifndef CHARNN_CHECKPOINT_CHECKPOINT_TENSORS_H
#define CHARNN_CHECKPOINT_CHECKPOINT_TENSORS_H

#include "checkpoint/checkpoint.h"

/*
 * Compares the tensors with those of an empty model of the shape that the settings give. Every
 * recurrent and decoder weight takes two bytes or more, so settings that ask for much more than the
 * file has are refused before memory is; up to that, a sentence about a certain tensor says more.
 * Errors: CHARNN_ERROR_FORMAT.
 */
CHARNN_MUST_CHECK enum status checkpoint_check_tensors(const struct checkpoint *checkpoint,
                                                       struct error *error);

#endif
