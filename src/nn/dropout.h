/* The dropout of one training step. It is applied to the output of every layer (layer_forward.c),
 * but not to the state that the layer carries to the next step. */
#ifndef CHARNN_NN_DROPOUT_H
#define CHARNN_NN_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

/* The masks are a pure function of rate, seed, step, the layer and the position in the window
 * [T][whole]. */
struct dropout {
    double rate; /* probability of dropping a unit, in [0, 1); 0: no dropout */
    uint64_t seed;
    uint64_t step;
    size_t first; /* stream of the window that is the network's first */
    size_t whole; /* streams of the window; 0: those of the network */
};

#endif
