/* Adds symbols to the vocabulary of a trained model. */
#ifndef CHARNN_TRAIN_START_GROW_H
#define CHARNN_TRAIN_START_GROW_H

#include "nn/model.h"

/*
 * A trainable copy of `model` with `vocab` > V symbols; the new ones follow the old. The input and
 * output weights of a new symbol are initialized by model_initialize(). Its output bias is the
 * lowest old one, so the model rarely predicts a new symbol at first. Errors: CHARNN_ERROR_MEMORY.
 * Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status model_grow(const struct model *model, size_t vocab, double scale,
                                         uint64_t seed, struct model **grown, struct error *error);

#endif
