/* Activations of a network: one row of floats for each step and stream. */
#ifndef CHARNN_NN_ROWS_H
#define CHARNN_NN_ROWS_H

#include "base/arena.h"
#include "kernels/kernels.h"

_Static_assert(CHARNN_ALIGNMENT == CHARNN_LANES * sizeof(float), "a row begins a cache line");

/* data[slots][B][stride]. Step t is in slot t % slots: an array that is not needed for a whole
 * window has the slots of one span. Zero-initialized: no array. */
struct rows {
    float *data;
    size_t slots, batch, stride;
};

/* Rows of `width` (padded) floats, with memory from the arena. Rows a multiple of 512 bytes apart
 * would compete for a few sets of the L1 cache, so the stride is none. */
static inline struct rows rows_take(struct arena *arena, size_t slots, size_t batch, size_t width) {
    size_t stride = width % 128 == 0 ? width + CHARNN_LANES : width;
    return (struct rows){arena_take_floats(arena, slots, batch, stride), slots, batch, stride};
}

/* The row of step t and stream b; NULL if the array does not exist. */
static inline float *rows_at(const struct rows *rows, size_t t, size_t b) {
    if (rows->slots == 0) {
        return NULL;
    }
    size_t slot = t < rows->slots ? t : t % rows->slots; /* spares most calls the division */
    return rows->data + (slot * rows->batch + b) * rows->stride;
}

#endif
