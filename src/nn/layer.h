/*
 * One recurrent layer unrolled over B streams and T steps: its activations, its packed weights and
 * the products that every cell shares.
 *
 * Forward: gx[t] = input[t] W_ih for all steps in one product (for one-hot input a row of W_ih),
 * gh = h[t] W_hh + b_hh one product per step, then the cell. Backward: the cell, then dh = dgh W_hh
 * one product per step, and dinput = dgx W_ih for all steps in one product. The gradients of the
 * weights are products over all T*B rows afterwards.
 *
 * Forward and backward work on the streams [b_begin, b_end) alone, so threads take streams and meet
 * nowhere. Rows have strides that keep them off each other's cache sets.
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
    size_t state_stride; /* of rows of h, c, y, mask */
    size_t gates_stride; /* of rows of gates */
    size_t split_stride; /* of rows of dgh */

    float *h, *c;   /* [T+1][B][state_stride]; slot 0 is the state carried in; c NULL without */
    float *gates;   /* [T][B][gates_stride]: gx, then what the cell saves, then dgx */
    float *dgh;     /* [T][B][split_stride] where the cell splits gates, else NULL (dgx serves) */
    float *y;       /* [T][B][state_stride] after dropout; NULL without */
    float *mask;    /* likewise */
    float *gh;      /* [B][gates_stride] of one step */
    float *dh, *dc; /* [B][Hp]: gradient of the state, going back */
    float *forward_ih, *forward_hh, *backward_ih, *backward_hh; /* packed; ih NULL for the first */
};

/* The floats from one row to the next for rows of `width` (padded) floats. */
size_t layer_row_stride(size_t width);

/* One product over all steps, each step's rows a repeat, in groups that stay in the cache. */
void layer_product_over_steps(const struct kernels *kernels, struct product product, size_t steps);

/* Fills `layer` and takes its memory from the arena (counts only, while the arena has no block). */
void layer_init(struct layer *layer, const struct model *model, size_t index,
                const struct network_plan *plan, const struct kernels *kernels,
                struct arena *arena);

/* Slot 0 of h and c from slot `slot`, for the streams of one thread. */
void layer_carry(struct layer *layer, size_t slot, size_t b_begin, size_t b_end);

/*
 * Forward over `steps`: x[steps][B] ids for the first layer, else input rows [steps][B] with
 * input_stride. `dropout` may be NULL.
 */
void layer_forward(struct layer *layer, const int32_t *x, const float *input, size_t input_stride,
                   size_t steps, const struct dropout *dropout, size_t b_begin, size_t b_end);

/* This layer's output for the next one: [T][B][state_stride], with dropout or without. */
const float *layer_output(const struct layer *layer, bool dropout);

/*
 * Backward over `steps`: dy[T][B][dy_stride], the gradient of the output, is replaced by the
 * gradient of the input (for the first layer it is left undefined).
 */
void layer_backward(struct layer *layer, float *dy, size_t dy_stride, size_t steps, bool dropout,
                    size_t b_begin, size_t b_end);

/* Lays out the weights again. */
void layer_pack(struct layer *layer);

/*
 * The gradients of all weights that lead to the gate columns [n_begin, n_end), multiples of
 * CHARNN_KERNEL_LANES, are added to parameters->gradients. x or input as in layer_forward.
 * scratch as in struct outer_product.
 */
void layer_gradients(struct layer *layer, const int32_t *x, const float *input, size_t input_stride,
                     size_t steps, size_t n_begin, size_t n_end, float *scratch);

/* The gradient of the peepholes is added; nothing without them. */
void layer_peephole_gradients(struct layer *layer, size_t steps);

#endif
