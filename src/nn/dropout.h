/* The dropout of one training step. Layers draw the masks (layer_forward.c); a cell applies the one
 * that struct cell_step gives it. */
#ifndef CHARNN_NN_DROPOUT_H
#define CHARNN_NN_DROPOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is dropped. */
enum dropout_kind {
    CHARNN_DROPOUT_OUTPUT, /* the output of a layer, but not the state that it carries to the next
                              step (Zaremba et al. 2014) */
    CHARNN_DROPOUT_CANDIDATE, /* the candidate of a gated cell, before it enters the state:
                                 "recurrent dropout" (Semeniuta, Severyn & Barth 2016) */
    CHARNN_DROPOUTS
};

/* The masks are a pure function of rate, seed, step, the kind, the layer and the position in the
 * window [T][whole]. */
struct dropout {
    double rates[CHARNN_DROPOUTS]; /* probability of dropping a unit, in [0, 1); 0: no dropout */
    uint64_t seed;
    uint64_t step;
    size_t first; /* stream of the window that is the network's first */
    size_t whole; /* streams of the window; 0: those of the network */
};

/* `dropout` may be NULL: no dropout. */
static inline bool dropout_drops(const struct dropout *dropout, enum dropout_kind kind) {
    return dropout != NULL && dropout->rates[kind] > 0;
}

#endif
