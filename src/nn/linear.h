/* A linear map of a network, out = W in: its packed weights and its products over the rows of a
 * span. */
#ifndef CHARNN_NN_LINEAR_H
#define CHARNN_NN_LINEAR_H

#include "nn/plan.h"
#include "nn/rows.h"
#include "nn/span.h"

struct linear {
    const struct kernels *kernels;
    const struct parameters *parameters;
    const struct parameter *weight; /* W, stored as [inputs][stride] */
    size_t split;     /* outputs [0, split) and [split, stride) can be multiplied separately */
    bool rounded;     /* products are of type PAIRS */
    void *packed;     /* for forward products; NULL if the plan is unpacked or W is not F32 */
    void *transposed; /* for backward products, both parts packed; NULL if not trainable */
    unsigned char *scratch; /* [sharers][B][scratch_rows] rows of quantized or rounded inputs; NULL
                               if there are none */
    size_t scratch_rows;    /* for each stream */
    size_t row_bytes;
    size_t scratch_stride; /* bytes for each of the threads that share the columns */
};

/* Fills `linear` and takes its memory from the arena, or only counts it. `split` is a multiple of
 * CHARNN_PANEL, or the number of outputs. */
void linear_init(struct linear *linear, const struct model *model, const struct parameter *weight,
                 size_t split, const struct network_plan *plan, struct arena *arena);

/* Packs the weight; must follow every change of the model's values. */
void linear_pack(const struct linear *linear);

/* Sets the right side of a forward product of the streams from `stream` on to the outputs from
 * `output` on, a multiple of CHARNN_PANEL: b and what describes it, k, and scratch. m is set. */
void linear_set_product(const struct linear *linear, size_t output, size_t stream,
                        struct product *product);

/* Likewise for a backward product: b and what describes it, k, n and scratch. Part 0 has the
 * outputs up to `split`, part 1 the others. m is set. */
void linear_set_transposed(const struct linear *linear, size_t part, size_t stream,
                           struct product *product);

/* out = W in, plus the row `bias` if it is not NULL. */
void linear_forward(const struct linear *linear, const struct rows *in, const float *bias,
                    const struct rows *out, struct span span);

/* d_in = W^T d_out, plus what it held if `add`; needs a trainable plan. */
void linear_backward(const struct linear *linear, const struct rows *d_out, const struct rows *d_in,
                     struct span span, bool add);

/* The outer product that adds to the gradient of W, for all streams of the span. */
struct outer_pair linear_gradient(const struct linear *linear, const struct rows *in,
                                  struct span span);

#endif
