/*
 * What makes an LSTM an LSTM: the pointwise equations of one time step, forward and backward. The
 * products around them are the same for every cell and live in layer.c.
 *
 * A new cell is one file cell_<name>.c and one row in CHARNN_CELLS. The files are compiled once for
 * each kernel set, with the vectors of kernels/vec.h.
 *
 * Shapes: Hp hidden units, padded; "rows" are streams.
 */
#ifndef CHARNN_NN_CELL_H
#define CHARNN_NN_CELL_H

#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name), as on the command line */
#define CHARNN_CELLS(X) X(lstm) X(gru) X(rnn)

/*
 * A row of gates has a block of Hp for each gate, [G][Hp], and after them one for each gate that is
 * not merged (see struct cell), in the same order: G + (G - merged) blocks.
 */
struct cell_forward {
    size_t rows, hidden; /* hidden: Hp */
    float *gates; /* in: for merged gates the sum of both products, in the blocks after the gates
                     the recurrent product with its bias; out: what backward needs */
    size_t gates_stride;
    const float *gx; /* input products of the gates that are not merged, at their places in [G][Hp];
                        may be `gates` */
    const int32_t *gx_row; /* row b's at gx + gx_row[b] * gx_stride, or b * gx_stride if NULL */
    size_t gx_stride;
    const float *bias;     /* [G][Hp]: of both products for merged gates, else of the input's */
    const float *peephole; /* [peephole_count][Hp] or NULL */
    const float *h_before, *c_before;
    size_t state_stride; /* of h_before, c_before, h, c */
    float *h, *c;        /* the new state */
};

struct cell_backward {
    size_t rows, hidden;
    float *gates; /* in: from forward; out: gradients of the input products' results, and after them
                     of the recurrent products of the gates that are not merged */
    size_t gates_stride;
    const float *peephole;
    const float *h_before, *c_before, *h, *c;
    size_t state_stride; /* of the four */
    const float *dy;     /* gradient of this step's output from above, [Hp] per row */
    size_t dy_stride;
    float *dh, *dc; /* [rows][Hp]; in: from the step after; out: to the step before. dh only with a
                       direct path, and without what goes through the recurrent product, which is
                       added; else the product's result replaces it. */
};

/*
 * Called at each j of row b on the way back: fetches from the next row what has not been used for
 * so long that it is in a cache far away: all blocks of its gates, its row of `before`, the state
 * that the step began from, and its dy. The other rows have been used by the step after this one.
 */
static inline void cell_fetch_next(const struct cell_backward *s, size_t b, size_t j, size_t blocks,
                                   const float *before) {
    if (j % CHARNN_LANES != 0 || b + 1 == s->rows) {
        return;
    }
    const float *gates = s->gates + (b + 1) * s->gates_stride + j;
    for (size_t block = 0; block < blocks; block++) {
        __builtin_prefetch(gates + block * s->hidden);
    }
    __builtin_prefetch(before + (b + 1) * s->state_stride + j);
    __builtin_prefetch(s->dy + (b + 1) * s->dy_stride + j);
}

/* Weights, one for each unit, by which a gate sees the cell state. */
struct cell_peephole {
    size_t gate;   /* its block */
    bool sees_new; /* the state of this step; else of the one before */
};

struct cell {
    const char *name;
    size_t gates;  /* G */
    size_t merged; /* so many gates, the first ones, use only the sum of both products; all or
                      an even number */
    bool has_c;    /* a cell state beside h */
    const struct cell_peephole *peepholes; /* [peephole_count], in the order of their weights */
    size_t peephole_count;                 /* 0: takes none */
    bool direct_path; /* part of dh passes by the gates, so the product adds to it */
    int forget_gate;  /* the block whose bias starts at 1; -1 for none */
    void (*forward)(const struct cell_forward *step);
    void (*backward)(const struct cell_backward *step);
};

/* The blocks of a row of gates. */
static inline size_t cell_gate_blocks(const struct cell *cell) {
    return cell->gates + (cell->gates - cell->merged);
}

/* The cells, compiled for the kernel set in use. */
extern const size_t cell_count;
const struct cell *cell_at(size_t index);

/* The cell of that name, or NULL. */
const struct cell *cell_find(const char *name);

#endif
