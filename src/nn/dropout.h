/* The dropout of one training step. It is applied to the output of every layer (layer_forward.c),
 * but not to the state that the layer carries to the next step. */
#ifndef CHARNN_NN_DROPOUT_H
#define CHARNN_NN_DROPOUT_H

#include <stdint.h>

/* The masks are a pure function of these values, the layer and the position in the window. */
struct dropout {
    double rate; /* probability of dropping a unit, in [0, 1); 0: no dropout */
    uint64_t seed;
    uint64_t step;
};

#endif
