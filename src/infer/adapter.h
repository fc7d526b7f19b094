/*
 * An adapter: lets a model learn from the text that it reads (dynamic evaluation, Krause et al.
 * 2018, "Dynamic Evaluation of Neural Sequence Models"). With g the gradient of the mean loss of
 * the window just read, element by element:
 *
 *   s = mean of g^2 over the windows so far;  r = sqrt(s);  m = mean of r over all elements
 *   value += min(1, 0.005 r / m) (start - value) - rate g / (r + 0.1 m)
 *
 * so that the model follows the text and returns to its starting values, faster where gradients are
 * larger. The paper takes s from the training text; here it comes from the text that is read, so
 * that a checkpoint without its training text is enough. The first windows therefore only measure.
 */
#ifndef CHARNN_INFER_ADAPTER_H
#define CHARNN_INFER_ADAPTER_H

#include "base/error.h"
#include "nn/parameters.h"

struct adapter;

/* The present values are the starting values. `parameters` is borrowed and trainable. Errors:
 * CHARNN_ERROR_MEMORY. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status adapter_create(struct parameters *parameters, double rate,
                                             struct adapter **adapter, struct error *error);

/* NULL is fine. */
void adapter_destroy(struct adapter *adapter);

/* Bytes that adapter_create() allocates for parameters of `floats` floats. */
size_t adapter_memory(size_t floats);

/* Ends a text: the values are the starting values again, and all gradients are forgotten. */
void adapter_restart(struct adapter *adapter);

/* Updates the values from the gradients of one window, and sets the gradients to zero. */
void adapter_learn(struct adapter *adapter);

#endif
