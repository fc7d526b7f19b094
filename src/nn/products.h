/*
 * Products of activations with the weights of a model.
 */
#ifndef CHARNN_NN_PRODUCTS_H
#define CHARNN_NN_PRODUCTS_H

#include "nn/rows.h"
#include "nn/span.h"

/* Sets the right side of a product (b, ldb, k) to the columns of weight[inputs][columns] from
 * `column` on, a multiple of CHARNN_PANEL. `packed` is the packed weight; if it is NULL, the
 * product reads the parameter itself. */
void product_set_weight(struct product *product, const struct parameters *parameters,
                        const struct parameter *weight, const float *packed, size_t column);

/* Runs a product whose b, n, k and start are set over all rows of a span, from `a` to `c`. */
void product_over_span(const struct kernels *kernels, struct product product, const struct rows *a,
                       const struct rows *c, struct span span);

#endif
