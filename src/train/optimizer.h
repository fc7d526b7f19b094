/*
 * Optimizers: update all parameters, as one flat array, from their gradients.
 *
 * For each element, with g the clipped gradient, t = 1, 2, ... the number of the update, and w the
 * decoupled weight decay (Loshchilov & Hutter 2019):
 *
 *   adam     m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2          (Kingma & Ba 2015)
 *            value -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + 1e-8) + w value)
 *   rmsprop  v = d v + (1 - d) g^2                                    (Tieleman & Hinton 2012)
 *            value -= rate (g / (sqrt(v) + 1e-8) + w value)
 *   sgd      u = momentum u + g                                       (Polyak 1964)
 *            value -= rate (u + w value)
 *   muon     rmsprop, but the matrices between hidden units are updated by train/muon.h, and their
 *            decay follows: value -= rate w value                     (Jordan et al. 2024)
 *
 * torch.optim's AdamW, RMSprop and SGD are the same, but RMSprop and SGD couple the decay there.
 * Frozen parameters keep their values, and the others' gradients alone count.
 * Averaging then does average += (value - average) (1 - a) with a = min(average, (1 + t) / (10 +
 * t)): a running average of the weights that forgets its first values (after Polyak & Juditsky
 * 1992).
 */
#ifndef CHARNN_TRAIN_OPTIMIZER_H
#define CHARNN_TRAIN_OPTIMIZER_H

#include "base/machine/thread_pool.h"
#include "nn/parameters.h"
#include "train/settings.h"

struct optimizer;

/*
 * `parameters`, `pool` and `average` are borrowed. average[parameters->size] holds the running
 * average of the values; NULL for none. Uses the settings for the optimizer, weight decay, clipping
 * and averaging. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status optimizer_create(const struct train_settings *settings,
                                               struct parameters *parameters, float *average,
                                               struct thread_pool *pool,
                                               struct optimizer **optimizer, struct error *error);

/* NULL is fine. */
void optimizer_destroy(struct optimizer *optimizer);

/* Bytes that optimizer_create() allocates; of the parameters it needs only their table. */
size_t optimizer_memory(const struct train_settings *settings, const struct parameters *parameters,
                        size_t threads);

/* Clips the gradients by value (grad_clip) and returns their global norm. The norm is not finite
 * if an element was not finite before clipping. */
double optimizer_measure(struct optimizer *optimizer);

/* Call after optimizer_measure(). Scales the gradients to a norm of at most grad_norm (Pascanu,
 * Mikolov & Bengio 2013, Algorithm 1), updates the values and sets the gradients to zero. */
void optimizer_step(struct optimizer *optimizer, double rate);

/* Updates done; set when a run is resumed. */
size_t optimizer_steps(const struct optimizer *optimizer);
void optimizer_set_steps(struct optimizer *optimizer, size_t steps);

/* Arrays that must be saved to resume; index < optimizer_array_count() <=
 * CHARNN_OPTIMIZER_ARRAYS. */
struct optimizer_array {
    const char *name; /* in a checkpoint: "optim.exp_avg" */
    float *values;    /* [parameters->size] */
};
enum { CHARNN_OPTIMIZER_ARRAYS = 2 };
size_t optimizer_array_count(const struct optimizer *optimizer);
struct optimizer_array optimizer_array(const struct optimizer *optimizer, size_t index);

#endif
