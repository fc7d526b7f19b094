/*
 * A reference implementation of charnn's networks, in double precision and plain loops. It shares
 * no code with src/. Tests compare it with central differences and with PyTorch.
 *
 * Symbols: V vocabulary, H hidden units, L layers, B streams, T steps, G gates of the cell. All
 * arrays are dense; parameters have PyTorch's shapes and come in charnn's order.
 */
#ifndef CHARNN_TESTS_SUPPORT_REFERENCE_RNN_H
#define CHARNN_TESTS_SUPPORT_REFERENCE_RNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reference_shape {
    const char *cell;                           /* "lstm", "gru", "rnn" */
    bool peephole;                              /* LSTM only */
    bool skip;                                  /* layers above the first add their input */
    size_t vocab, hidden, layers, batch, steps; /* V, H, L, B, T */
    size_t attention;                           /* N outputs that the head sees; 0: none */
    bool has_end;                               /* the state is reset to zero before x == end */
    int32_t end;
    bool rounded; /* struct network_plan; not of the reference */
};

/* One tensor: rows x columns (1 column for a vector) doubles from `offset`. */
struct reference_parameter {
    char name[48];
    size_t rows, columns;
    size_t offset;
};

struct reference_rnn {
    struct reference_shape shape;
    size_t gates; /* G */
    bool has_c;   /* the cell carries c beside h */
    struct reference_parameter *table;
    size_t count; /* tensors */
    size_t size;  /* doubles in all tensors */

    /* Set by the caller; initially zero, masks one. */
    double *parameters; /* [size] */
    double *h0, *c0;    /* [L][B][H]; recurrent gates start from zero */
    double *memory;     /* [B][N][H] outputs before the window, the newest first */
    size_t *held;       /* [B], at most N: how many of these there are */
    int32_t *x, *y;     /* [T][B] ids, 0..V-1; a negative target has loss 0 */
    double *masks;      /* [L][T][B][H] factors on each layer's output: 0 or 1/(1-p) for dropout */
    double *candidate_masks; /* likewise on the candidate g of the LSTM or n of the GRU */

    /* Set by reference_forward(). */
    double loss;    /* mean over T*B, nats */
    double *nats;   /* [T][B] */
    double *logits; /* [T][B][V] */
    double *h, *c;  /* [L][T+1][B][H]; slot 0 is the state carried in */

    /* Set by reference_backward(): gradients of the mean loss. */
    double *gradients;   /* [size] */
    double *h0_gradient; /* [L][B][H] */
    double *c0_gradient; /* [L][B][H]; zero if the cell has no c */

    /* Saved by the forward pass for the backward pass. */
    double *activations; /* [L][T][B][G*H] the gates after their nonlinearity */
    double *recurrent;   /* [L][T][B][G*H] W_hh h + b_hh */
};

/* Whether the reference has this cell. */
bool reference_knows(const char *cell);

/* Creates a network; fails the running test if the cell is unknown or memory is short. */
struct reference_rnn *reference_create(const struct reference_shape *shape);
void reference_destroy(struct reference_rnn *rnn);

void reference_forward(struct reference_rnn *rnn);

/* After reference_forward(): replaces the gradients. */
void reference_backward(struct reference_rnn *rnn);

/* The state of a layer after the window, [B][H]. */
const double *reference_last_h(const struct reference_rnn *rnn, size_t layer);
const double *reference_last_c(const struct reference_rnn *rnn, size_t layer);

#endif
