/*
 * One recurrent layer unrolled over B streams and T steps: its activations, its packed weights and
 * the products that every cell shares.
 *
 * Forward: input[t] W_ih for all steps in one product, then per step one product that adds
 * h[t] W_hh to it (where the input is one-hot, to a row of W_ih), then the cell. Backward: the
 * cell, then dh = dgates W_hh one product per step, and dinput = dgates W_ih for all steps in one
 * product. The gradients of the weights are outer products over the rows of all steps.
 *
 * All work on a span, a few steps of the window at a time, so that what one writes the next still
 * finds in the cache. Forward and backward work on streams, so threads take streams and meet
 * nowhere. Rows that a product reads as its A have strides that keep them off each other's cache
 * sets.
 */
#ifndef CHARNN_NN_LAYER_H
#define CHARNN_NN_LAYER_H

#include "base/arena.h"
#include "kernels/kernels.h"
#include "nn/network.h"

struct layer {
    const struct cell *cell;
    const struct kernels *kernels;
    const struct parameters *parameters;
    struct layer_parameters p;
    size_t index, batch;
    size_t inputs;       /* H of the layer below; V for the first, which takes ids */
    size_t units;        /* H */
    size_t hidden;       /* Hp */
    size_t merged;       /* columns of the merged gates; see struct cell */
    size_t columns;      /* of all gates */
    size_t apart;        /* of the gates that are not merged */
    size_t state_stride; /* of rows of h, c, y, mask */
    size_t gates_stride; /* of rows of gates */
    size_t gate_slots;   /* steps whose gates are kept: T for training, else those of a span */

    bool has_end; /* of the model's shape: the end symbol, before which the state is zero */
    int32_t end;

    float *h, *c; /* [T+1][B][state_stride]; slot 0 is the state carried in; c NULL without */
    float *h_before, *c_before; /* what each step begins from, likewise: h and c themselves, or with
                                   an end symbol arrays of their own, [T] */
    float *gates;               /* [gate_slots][B][gates_stride], rows as in cell.h */
    float *y;                   /* [T][B][state_stride] after dropout; NULL without */
    float *mask;                /* likewise */
    float *dh, *dc;             /* [B][Hp]: gradient of the state, going back */
    float *bias;                /* [columns] for struct cell_forward */
    float *forward_ih, *forward_hh, *backward_ih, *backward_hh; /* packed; NULL where not needed:
                                                                   ih by the first layer, forward
                                                                   ones by a plain network */
};

/* What a call works on: the steps [t_begin, t_end) of the streams [b_begin, b_end). */
struct span {
    size_t t_begin, t_end;
    size_t b_begin, b_end;
};

/* The most steps of a span where a window has `steps` of `batch` streams. It decides the order of
 * the sums over rows, so it does not depend on threads. */
size_t span_most_steps(const struct model *model, size_t batch, size_t steps);

/* How many spans of at most `most` steps make up a window of `steps`. */
size_t span_count(size_t steps, size_t most);

/* The steps of span i of that window, and of `batch` streams the share of thread `index` of
 * `count`. */
struct span span_at(size_t i, size_t steps, size_t most, size_t batch, size_t index, size_t count);

/* The floats from one row to the next for rows of `width` (padded) floats. */
size_t layer_row_stride(size_t width);

/* The right side of a product: columns from `column` on of `weight`[inputs][columns], which are
 * whole panels of `packed` or, where that is NULL, of the parameter itself. */
void layer_set_weight(struct product *product, const struct parameters *parameters,
                      const struct parameter *weight, const float *packed, size_t column);

/* One product over `steps`, each step's rows a repeat, in groups that stay in the cache. */
void layer_product_over_steps(const struct kernels *kernels, struct product product, size_t steps);

/*
 * Fills `layer` and takes its memory from the arena (counts only, while the arena has no block).
 * No span will have more than `span_steps`.
 */
void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, size_t span_steps, const struct kernels *kernels,
                struct arena *arena);

/* Slot 0 of h and c from slot `slot`, for the streams [b_begin, b_end). */
void layer_carry(struct layer *layer, size_t slot, size_t b_begin, size_t b_end);

/*
 * Forward over a span: x[T][B] ids; for layers above the first also input rows [T][B] with
 * input_stride.
 * `dropout` may be NULL.
 */
void layer_forward(struct layer *layer, const int32_t *x, const float *input, size_t input_stride,
                   struct span span, const struct dropout *dropout);

/* This layer's output for the next one: [T][B][state_stride], with dropout or without. */
const float *layer_output(const struct layer *layer, bool dropout);

/* Before the last span of a window goes backward: no gradient comes from beyond it. */
void layer_backward_begin(struct layer *layer, size_t b_begin, size_t b_end);

/*
 * Backward over a span: dy[steps of the span][B][dy_stride], the gradient of the output, is
 * replaced by the gradient of the input (for the first layer it is left undefined). x: [T][B] ids
 * as they were read.
 */
void layer_backward(struct layer *layer, const int32_t *x, float *dy, size_t dy_stride,
                    bool dropout, struct span span);

/* Lays out the weights again. */
void layer_pack(struct layer *layer);

/*
 * The gradients of all weights that lead to the gate columns [n_begin, n_end), multiples of
 * CHARNN_LANES and all merged or none, are added to parameters->gradients: what all streams
 * of the span's steps contribute. x or input as in layer_forward. scratch as in struct
 * outer_product.
 */
void layer_gradients(struct layer *layer, const int32_t *x, const float *input, size_t input_stride,
                     struct span span, size_t n_begin, size_t n_end, float *scratch);

/* The gradient of the peepholes of those steps is added; nothing without them. */
void layer_peephole_gradients(struct layer *layer, struct span span);

#endif
