/*
 * A recurrent cell: the pointwise equations of one time step, forward and backward. Everything else
 * about a layer, such as its matrix products and weight gradients, is the same for all cells and
 * lives in layer.h.
 *
 * To add a cell, write cell_<name>.c, which defines a struct cell, and add the name to
 * CHARNN_CELLS. cell_rnn.c is the shortest example. The file is compiled once per kernel set and
 * uses the vectors of kernels/vec.h. Checkpoints, options, gradient tests and benchmarks read the
 * list.
 *
 * Notation. A step begins from the state h, c, reads the input x and ends with the state h', c'.
 * Each of the G gates has an input product Wx = W_ih x, a recurrent product Uh = W_hh h and a bias
 * for each: b_ih and b_hh. A tilde marks the gradient of a gate before its nonlinearity, which is
 * the gradient of Wx: i~ = dL/d(Wx_i). "Rows" are streams; Hp is the number of hidden units,
 * padded.
 *
 * Fused and separate gates. Most gates need only the sum Wx + Uh + b. For these fused gates the
 * layer adds both products into one block. A separate gate, such as n of the GRU, which multiplies
 * Uh by the reset gate, needs both products apart. Fused gates come first, so a row of gates is:
 *
 *     fused gates: Wx + Uh | separate gates: Wx | separate gates: Uh + b_hh
 *
 * with one block of Hp floats for each gate: G + (G - fused_gates) blocks.
 */
#ifndef CHARNN_NN_CELLS_CELL_H
#define CHARNN_NN_CELLS_CELL_H

#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name), as on the command line. */
#define CHARNN_CELLS(X) X(lstm) X(gru) X(rnn)

/* X(name), as in --lstm-variant: LSTMs with other equations (cell_lstm.c). */
#define CHARNN_LSTM_VARIANTS(X) X(nig) X(nfg) X(nog) X(niaf) X(noaf) X(cifg) X(fgr)

/* One step, for forward() and backward(). Row b of an array begins at b * its stride. */
struct cell_step {
    size_t rows, hidden; /* hidden: Hp */
    float *gates; /* forward() reads the fused gates and Uh of separate gates, and writes what
                     backward() reads; backward() writes the gradients of Wx and, for separate
                     gates, of Uh, in their blocks */
    size_t gates_stride;
    const float *wx;       /* Wx of separate gates, in their blocks of [G][Hp]; may be `gates` */
    const int32_t *wx_row; /* if not NULL, row b of wx begins at wx_row[b] * wx_stride */
    size_t wx_stride;
    const float *bias;           /* [G][Hp]: b_ih + b_hh of fused gates, b_ih of separate gates */
    const float *peephole;       /* [peephole_count][Hp] or NULL */
    const float *candidate_mask; /* factors of the candidates; NULL: none. Needs has_candidate */
    size_t mask_stride;
    const float *h_before, *c_before; /* h, c; c_before and c are NULL unless has_c */
    size_t state_stride;              /* of h_before, c_before, h, c */
    float *h, *c;                     /* h', c': forward writes, backward reads */

    /* Read by backward() only. */
    const float *dy; /* gradient of h' from the layer above */
    size_t dy_stride;
    const float *dgates; /* [recurrent_gates][dgates_block]: of the gates, from the step after */
    size_t dgates_block;
    float *dh, *dc; /* [rows][Hp]; in: gradients of h', c' from the step after; out: the gradient of
                       c and, if direct_path, the part of the gradient of h that does not go through
                       Uh; the layer adds the other part (or overwrites dh) */
};

/* The weights of a peephole, one per unit: the gate also sees the cell state. */
struct cell_peephole {
    size_t gate;   /* its block */
    bool sees_new; /* sees c', else c */
};

struct cell {
    const char *name;       /* "lstm", "lstm-nig", ... */
    const char *variant;    /* of CHARNN_LSTM_VARIANTS, "nig" for "lstm-nig"; else NULL */
    size_t gates;           /* G */
    size_t fused_gates;     /* leading gates that need only Wx + Uh: all, or an even number */
    size_t recurrent_gates; /* leading gates that all of them read in the next step: a part of the
                               state */
    bool has_c;             /* there is a cell state c beside h */
    const struct cell_peephole *peepholes; /* [peephole_count], in the order of their weights */
    size_t peephole_count;                 /* 0 if the cell supports none */
    bool has_candidate;     /* one gate is the candidate for the new state; reads candidate_mask */
    bool direct_path;       /* h' depends on h also directly, not only through Uh */
    int forget_gate;        /* the gate whose bias starts at 1, or -1 */
    const char *gate_names; /* a letter for each of the first blocks of gates that forward()
                               leaves as a gate, in order; "": none */
    const char *sigmoid_gates; /* the letters of the gates from 0 to 1 */
    int keep_gate; /* the gate that is the fraction of c, or of h without c, that is kept, or -1 */
    void (*forward)(const struct cell_step *step);
    void (*backward)(const struct cell_step *step);
};

/* The blocks in a row of gates. */
static inline size_t cell_gate_blocks(const struct cell *cell) {
    return cell->gates + (cell->gates - cell->fused_gates);
}

/* The states of a layer, and their number. After h and c, if there is one, come the recurrent
 * gates; only a cell with c has any. */
enum { CHARNN_STATE_H, CHARNN_STATE_C, CHARNN_STATE_GATES };
enum { CHARNN_RECURRENT_GATES = 3 }; /* at the most */

/* Of h and c. */
static inline size_t cell_unit_states(const struct cell *cell) {
    return cell->has_c ? CHARNN_STATE_C + 1 : CHARNN_STATE_H + 1;
}

static inline size_t cell_state_kinds(const struct cell *cell) {
    return cell_unit_states(cell) + cell->recurrent_gates;
}

/* 'h', 'c', or the letter of a recurrent gate. */
static inline char cell_state_letter(const struct cell *cell, size_t kind) {
    if (kind < CHARNN_STATE_GATES) {
        return "hc"[kind];
    }
    return cell->gate_names[kind - CHARNN_STATE_GATES];
}

/* For backward(), at unit j of row b: prefetches the gates, the state before the step (`before`)
 * and the dy of the next row, which only far caches hold. The rest is in near caches: the step
 * after this one, which backward() has just done, used it. */
static inline void cell_prefetch_next_row(const struct cell_step *s, size_t b, size_t j,
                                          size_t blocks, const float *before) {
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

/* The cells of the kernel set in use, in the order of CHARNN_CELLS and then CHARNN_LSTM_VARIANTS;
 * index < cell_count. */
extern const size_t cell_count;
const struct cell *cell_at(size_t index);

/* The cell of that name, or NULL. */
const struct cell *cell_find(const char *name);

/* The cell of the settings --model and --lstm-variant, or NULL. "np" and "vanilla" are the variants
 * of the LSTM itself: without peepholes and with them. */
const struct cell *cell_of_settings(const char *model, const char *variant);

/* --model and --lstm-variant of a cell; "np" if it is no LSTM. */
const char *cell_model(const struct cell *cell);
const char *cell_variant(const struct cell *cell, bool peephole);

#endif
