/*
 * Pieces of work: the weight gradients of a network, split by columns so that threads share them.
 *
 * A single thread computes each piece, always in the same order, so results do not depend on which
 * thread does. A thread first takes its pieces of the last round, whose gradients are in its cache,
 * and then pieces that no thread has taken.
 */
#ifndef CHARNN_NN_PIECES_H
#define CHARNN_NN_PIECES_H

#include "base/memory.h"
#include "nn/model.h"

#include <stdatomic.h>

struct piece {
    size_t layer; /* or the number of layers for the decoder, and one or two more for W_q and W_v
                     of the attention */
    size_t n_begin, n_end;
    _Alignas(CHARNN_ALIGNMENT) atomic_size_t taken; /* the last round that someone took it in */
    atomic_size_t done;                             /* the last round in which it was computed */
};

/* Splits the gradients of a model for `threads` threads, into pieces of at most `widest` columns.
 * Fills `pieces`, if it is not NULL, and returns the number of pieces. */
size_t pieces_split(const struct model *model, size_t threads, size_t widest, struct piece *pieces);

/* Takes the piece for the caller; false if someone has taken it in this round. */
bool piece_take(struct piece *piece, size_t round);

#endif
