/* The gradients of nn/penalties.h in a layer. */
#ifndef CHARNN_NN_LAYER_PENALTIES_H
#define CHARNN_NN_LAYER_PENALTIES_H

#include "nn/layer.h"
#include "nn/penalties.h"

/* The penalties of a layer in a window of `steps`. `scale` is the factor of the gradient of one
 * loss, as of a mean over all steps and streams. Activation and slowness are of the top layer. */
struct layer_penalties penalties_of_layer(const struct penalties *penalties,
                                          const struct layer *layer, bool top, size_t steps,
                                          float scale);

/* dy += the gradient of the activation penalty; y is the output of the top layer. */
void penalties_add_activation(const struct layer *top, const struct rows *y, struct span span,
                              const struct rows *dy);

/* dh += the gradient of the slowness penalty with respect to the state after step t. */
void penalties_add_slowness(const struct layer *layer, const int32_t *x, size_t t,
                            struct span span);

/* After step t went backward: sets flow_h to h_before and what makes its outer product with a~ the
 * gradient of the loss and of the flow penalty. */
void penalties_put_flow(const struct layer *layer, size_t t, struct span span);

#endif
