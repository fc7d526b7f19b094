/*
 * Growing a model: more symbols for one that has learned others.
 */
#ifndef CHARNN_TRAIN_GROW_H
#define CHARNN_TRAIN_GROW_H

#include "nn/model.h"

/*
 * A trainable model like `model` with symbols added behind its own, `vocab` > V in all. Everything
 * that it has stays. The new symbols' rows of the input and of the output are those of a new model
 * (model_initialize()), with the lowest of the output's biases, so that at first the model expects
 * them no more than what it has seen least. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status model_grow(const struct model *model, size_t vocab, double scale,
                                         uint64_t seed, struct model **grown, struct error *error);

#endif
