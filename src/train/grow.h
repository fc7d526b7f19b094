/* Adds symbols to the vocabulary of a trained model. */
#ifndef CHARNN_TRAIN_GROW_H
#define CHARNN_TRAIN_GROW_H

#include "nn/model.h"

/*
 * A trainable copy of `model` with `vocab` > V symbols; the new ones follow the old. Their rows of
 * the input and output weights are initialized by model_initialize(), and their output biases are
 * the lowest of the old ones, so that the model at first predicts a new symbol no more often than
 * its rarest one. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status model_grow(const struct model *model, size_t vocab, double scale,
                                         uint64_t seed, struct model **grown, struct error *error);

#endif
