/*
 * Optimizers: from gradients to new values, over all parameters as one flat array.
 *
 * With g the gradient after clipping, t the update's number from 1, and decoupled weight decay w
 * (Loshchilov & Hutter 2019), per element:
 *
 *   adam     m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2          (Kingma & Ba 2015)
 *            value -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + 1e-8) + w value)
 *   rmsprop  v = d v + (1 - d) g^2                                    (Tieleman & Hinton 2012)
 *            value -= rate (g / (sqrt(v) + 1e-8) + w value)
 *   sgd      u = momentum u + g                                       (Polyak 1964)
 *            value -= rate (u + w value)
 *
 * the same as torch.optim's AdamW, RMSprop and SGD (the latter two but for the decay). Then, with
 * averaging, average += (value - average) (1 - a), a = min(average, (1 + t) / (10 + t)), a running
 * average of the weights that forgets its first values (after Polyak & Juditsky 1992).
 */
#ifndef CHARNN_TRAIN_OPTIMIZER_H
#define CHARNN_TRAIN_OPTIMIZER_H

#include "base/thread_pool.h"
#include "nn/parameters.h"
#include "train/settings.h"

struct optimizer;

/*
 * An optimizer of `parameters` on `pool`, both borrowed. `average` [parameters->size] receives the
 * running average of the values, borrowed; NULL for none. Of the settings the optimizer, its
 * constants, weight_decay, clipping and average are read. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status optimizer_create(const struct train_settings *settings,
                                               struct parameters *parameters, float *average,
                                               struct thread_pool *pool,
                                               struct optimizer **optimizer, struct error *error);

/* NULL is fine. */
void optimizer_destroy(struct optimizer *optimizer);

/* Bytes that optimizer_create() allocates for so many floats. */
size_t optimizer_memory(const struct train_settings *settings, size_t floats);

/*
 * Clips the gradients by value (grad_clip), then measures them: the global norm before any scaling
 * by grad_norm. Not finite if any element is not.
 */
double optimizer_measure(struct optimizer *optimizer);

/*
 * After optimizer_measure(): scales the gradients so that their norm is at most grad_norm (Pascanu,
 * Mikolov & Bengio 2013, Algorithm 1), updates the values with this rate and sets the gradients to
 * zero.
 */
void optimizer_step(struct optimizer *optimizer, double rate);

/* Updates done so far; set when a run is resumed. */
size_t optimizer_steps(const struct optimizer *optimizer);
void optimizer_set_steps(struct optimizer *optimizer, size_t steps);

/* The arrays that a checkpoint must hold to resume, each values[parameters->size], by their names
 * there ("optim.exp_avg"). index < optimizer_array_count() <= CHARNN_OPTIMIZER_ARRAYS. */
struct optimizer_array {
    const char *name;
    float *values;
};
enum { CHARNN_OPTIMIZER_ARRAYS = 2 };
size_t optimizer_array_count(const struct optimizer *optimizer);
struct optimizer_array optimizer_array(const struct optimizer *optimizer, size_t index);

#endif
