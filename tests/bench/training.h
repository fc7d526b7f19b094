/*
 * Training as in the program, on random text: one step reads a window, computes its gradients,
 * clips their norm and updates the weights with Adam.
 */
#ifndef CHARNN_BENCH_TRAINING_H
#define CHARNN_BENCH_TRAINING_H

#include "bench.h"
#include "nn/network.h"
#include "train/optimizer.h"

#include <stdint.h>

/* The number of windows; after the last comes the first again, with the carried state. */
enum { CHARNN_TRAINING_WINDOWS = 8 };

struct training {
    struct bench_shape shape;
    struct model *model;
    struct network *network;
    struct optimizer *optimizer;
    int32_t *x, *y; /* [CHARNN_TRAINING_WINDOWS][T][B] */
    size_t window;  /* the next one */
};

/* The constants of Adam and of clipping; other settings are unused. */
extern const struct train_settings training_settings;

CHARNN_MUST_CHECK enum status training_create(const struct bench_shape *shape,
                                              struct thread_pool *pool, struct training **training,
                                              struct error *error);

/* NULL is fine. */
void training_destroy(struct training *training);

/* The mean loss over the first `steps` <= T steps of the next window; adds to the gradients. */
double training_add_gradients(struct training *training, size_t steps);

/* Updates the weights. */
void training_update(struct training *training);

/* Both, for a whole window. Returns the loss. */
double training_step(struct training *training);

#endif
