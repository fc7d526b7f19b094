/*
 * What makes an LSTM an LSTM: the pointwise equations of one time step, forward and backward. The
 * products around them are the same for every cell and live in layer.c.
 *
 * A new cell is one file cell_<name>.c and one row in CHARNN_CELLS. The files are compiled once for
 * each kernel set, with the vectors of kernels/vec.h.
 *
 * Shapes: Hp hidden units, padded; "rows" are streams; a row of G gates is [G][Hp].
 */
#ifndef CHARNN_NN_CELL_H
#define CHARNN_NN_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name), as on the command line */
#define CHARNN_CELLS(X) X(lstm) X(gru) X(rnn)

struct cell_forward {
    size_t rows, hidden;   /* hidden: Hp */
    const float *gx;       /* input product without bias, [G][Hp] per row ... */
    const int32_t *gx_row; /* ... row b's at gx + gx_row[b] * gx_stride, or b * gx_stride if NULL */
    size_t gx_stride;
    const float *gh; /* recurrent product with bias_hh, [G][Hp] per row */
    size_t gh_stride;
    const float *bias;     /* bias_ih [G][Hp] */
    const float *peephole; /* [3][Hp] or NULL */
    const float *h_before, *c_before;
    size_t state_stride; /* of h_before, c_before, h, c */
    float *saved;        /* what backward needs, [cell.saved][Hp] per row; may be gx's own rows */
    size_t saved_stride;
    float *h, *c; /* the new state */
};

struct cell_backward {
    size_t rows, hidden;
    const float *saved; /* from forward */
    size_t saved_stride;
    const float *peephole;
    const float *h_before, *c_before, *h, *c;
    size_t state_stride; /* of the four */
    const float *dy;     /* gradient of this step's output from above, [Hp] per row */
    size_t dy_stride;
    float *dh, *dc; /* [rows][Hp]; in: from the step after; out: to the step before, of which dh
                       without what goes through the recurrent product */
    float *dgx;     /* gradient of the input product's result, [G][Hp]; may be saved's own rows */
    size_t dgx_stride;
    float *dgh; /* of the recurrent product's result; where it is equal, NULL */
    size_t dgh_stride;
};

struct cell {
    const char *name;
    size_t gates;      /* G */
    size_t saved;      /* blocks of Hp that forward keeps per row */
    bool has_c;        /* a cell state beside h */
    bool has_peephole; /* takes peepholes */
    bool splits_gates; /* the recurrent product's gradient differs from the input product's */
    bool direct_path;  /* part of dh passes by the gates, so the product adds to it */
    int forget_gate;   /* the block whose bias starts at 1; -1 for none */
    void (*forward)(const struct cell_forward *step);
    void (*backward)(const struct cell_backward *step);
};

/* The cells, compiled for the kernel set in use. */
extern const size_t cell_count;
const struct cell *cell_at(size_t index);

/* The cell of that name, or NULL. */
const struct cell *cell_find(const char *name);

#endif
