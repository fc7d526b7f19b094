/* Penalties on weights. */
#ifndef CHARNN_TRAIN_WEIGHT_PENALTY_H
#define CHARNN_TRAIN_WEIGHT_PENALTY_H

#include "base/machine/thread_pool.h"
#include "nn/parameters.h"
#include "train/settings.h"

/*
 * Adds to the gradients those of l1 * sum |w| + l2 / 2 * sum w^2 over all matrices that are
 * learned: l1 * sign(w) + l2 * w. Biases and peepholes are free (Goodfellow, Bengio & Courville
 * 2016, 7.1). So the penalties are clipped with the gradient, and an optimizer that divides by the
 * gradient's size also divides them; weight_decay acts on the weights themselves, all of them
 * (Loshchilov & Hutter 2019).
 */
void weight_penalty_add(const struct train_settings *settings, const struct parameters *parameters,
                        struct thread_pool *pool);

#endif
