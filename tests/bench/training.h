/*
 * Training as the program does it, on random text: one step reads a window, finds its gradients,
 * and updates the weights with Adam after limiting the norm of the gradient.
 */
#ifndef CHARNN_BENCH_TRAINING_H
#define CHARNN_BENCH_TRAINING_H

#include "bench.h"
#include "nn/network.h"
#include "train/optimizer.h"

#include <stdint.h>

/* Windows in a row; then the first comes again, with the state that is then carried. */
enum { CHARNN_TRAINING_WINDOWS = 8 };

struct training {
    struct bench_shape shape;
    struct model *model;
    struct network *network;
    struct optimizer *optimizer;
    int32_t *x, *y; /* [CHARNN_TRAINING_WINDOWS][T][B] */
    size_t window;  /* the next one */
};

/* The constants of Adam and of clipping; what else the settings hold is not used. */
extern const struct train_settings training_settings;

CHARNN_MUST_CHECK enum status training_create(const struct bench_shape *shape,
                                              struct thread_pool *pool, struct training **training,
                                              struct error *error);

/* NULL is fine. */
void training_destroy(struct training *training);

/* The mean loss of the next window over `steps` <= T of its steps; adds to the gradients. */
double training_add_gradients(struct training *training, size_t steps);

/* Updates the weights. */
void training_update(struct training *training);

/* Both, for a whole window. Returns the loss. */
double training_step(struct training *training);

#endif
