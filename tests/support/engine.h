/*
 * A network under test: thread pool, model and network together. Values come from dense doubles, as
 * in the reference and the golden files. Errors fail the running test.
 */
#ifndef CHARNN_TESTS_SUPPORT_ENGINE_H
#define CHARNN_TESTS_SUPPORT_ENGINE_H

#include "nn/network.h"
#include "support/compare.h"
#include "support/golden.h"
#include "support/reference_rnn.h"

/* All cells of CHARNN_CELLS, the first one with peepholes, with skip connections and with
 * attention; after them, for tests of equations, the variants of the LSTM with peepholes and
 * without. */
struct cell_variant {
    const char *cell;
    bool peephole, skip;
    size_t attention;
};

size_t cell_variant_count(void);
size_t equation_count(void); /* with the variants of the LSTM */
struct cell_variant cell_variant_at(size_t index);

/* The shape of a cell with sizes V, H, L, B, T. */
struct reference_shape shape_of(struct cell_variant variant, const size_t sizes[5]);

/* The shape of a golden case. */
struct reference_shape golden_shape(const struct golden_case *golden);

/* A text like "lstm with peepholes V=7 H=5 L=2 B=3 T=4"; valid until the next call. */
const char *shape_text(const struct reference_shape *shape);

struct engine {
    struct reference_shape shape;
    struct thread_pool *pool;
    struct model *model;
    struct network *network;
    float scale;    /* of the last engine_train() */
    float *scratch; /* [elements of the largest tensor or state] */
};

/* A trainable network of this shape with zero parameters, and memory for all `dropout` that its
 * cell has. */
void engine_init(struct engine *engine, const struct reference_shape *shape, size_t threads,
                 bool dropout);
void engine_deinit(struct engine *engine);

/* Sets the parameters from dense tensors, joined in order. */
void engine_set_parameters(struct engine *engine, const double *values);

/* Sets the carried states h and c, [L][B][H], and those of recurrent gates to zero; c is NULL for a
 * cell without c. Empties the memory of the attention. */
void engine_set_states(struct engine *engine, const double *h, const double *c);

/* Sets the memory of the attention, as in struct reference_rnn. */
void engine_set_memory(struct engine *engine, const double *memory, const size_t *held);

/* Sets the starting state of the reference. */
void engine_copy_states(struct engine *engine, const struct reference_rnn *rnn);

/* Parameters and starting state of the reference. */
void engine_copy_reference(struct engine *engine, const struct reference_rnn *rnn);

/* Copies the masks of the last window to the reference. */
void engine_copy_masks(const struct engine *engine, const struct dropout *dropout,
                       struct reference_rnn *rnn);

/* The rate for each kind of dropout that the cell has. */
struct dropout engine_dropout(const struct engine *engine, double rate, uint64_t seed,
                              uint64_t step);

/* The carried state of a layer, dense [B][H]; valid until the next call. */
const float *engine_state(struct engine *engine, size_t layer, int kind);

/* Likewise the gradient of the mean loss of the last engine_train(), unscaled, with respect to the
 * state that the window started from. */
const float *engine_state_gradient(struct engine *engine, size_t layer, int kind);

/* A tensor of the gradients, dense; valid until the next call. */
const float *engine_gradient(struct engine *engine, const struct parameter *parameter);

void engine_clear_gradients(struct engine *engine);

/* network_train() over the whole window without dropout. */
double engine_train(struct engine *engine, const int32_t *x, const int32_t *y, float scale);

/* Tolerance for float arithmetic: relative 1e-4, absolute 3e-6 of the largest element. */
struct tolerance engine_tolerance(const double *expected, size_t count);

/* Fails if padding of a flat array is not zero. */
void assert_padding_zero(const struct parameters *parameters, const float *flat, const char *what);

#endif
