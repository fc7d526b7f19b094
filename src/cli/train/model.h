/* The model that a run trains, with the weights that it starts from. */
#ifndef CHARNN_CLI_TRAIN_MODEL_H
#define CHARNN_CLI_TRAIN_MODEL_H

#include "checkpoint/checkpoint.h"
#include "train/settings.h"

/*
 * A trainable model for `vocab`. With --init-from its weights are those of `origin`, and symbols
 * that `origin` lacks are added (train/grow.h); else they are random, and --resume replaces them
 * later (trainer_restore()).
 * Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_FORMAT if a weight of `origin` is not finite.
 * Ownership: the caller's, model_destroy().
 */
CHARNN_MUST_CHECK enum status train_model_create(const struct train_settings *settings,
                                                 const struct checkpoint *origin,
                                                 const struct vocab *vocab, struct model **model,
                                                 struct error *error);

#endif
