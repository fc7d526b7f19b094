/*
 * The parameters of a model: a table of named tensors over one flat array of values and one of
 * gradients, so that clipping, optimizers and averaging are loops over floats.
 *
 * Names and shapes are those of torch.nn.LSTM, GRU, RNN and Linear. The storage differs: a matrix
 * [out, in] is stored input-major as [in][blocks][block_stride], with out = blocks * block_size,
 * one block per gate, and block_stride = block_size rounded up to CHARNN_LANES. So the row of a
 * one-hot input is contiguous, vector lanes run over outputs, and no loop has a tail. Padding is
 * always zero, in values and in gradients.
 *
 * A model that only goes forward may have matrices of other types (enum weight_type), packed for
 * products: BF16 as panels, as pack() makes them of floats; INT8 as panels of pack_int8(), then the
 * scales [stride], then the corrections [stride]. They lie in the same flat array, at offsets in
 * floats.
 */
#ifndef CHARNN_NN_PARAMETERS_H
#define CHARNN_NN_PARAMETERS_H

#include "base/error.h"
#include "kernels/kernels.h"

#include <stdbool.h>
#include <stddef.h>

enum { CHARNN_PARAMETER_NAME = 48 };

struct parameter {
    char name[CHARNN_PARAMETER_NAME]; /* "rnn.weight_ih_l0" */
    size_t rank;   /* 2: [blocks * block_size, inputs]; 1: [blocks * block_size] */
    size_t inputs; /* columns in PyTorch; 1 for a vector */
    size_t blocks;
    size_t block_size;
    size_t block_stride; /* floats */
    size_t stride;       /* floats from one input to the next: blocks * block_stride */
    size_t offset;       /* floats from the start of the flat arrays, a multiple of CHARNN_LANES */
    enum weight_type type;
};

struct parameters {
    struct parameter *table;
    size_t count;     /* tensors */
    size_t size;      /* floats in each flat array, padding included */
    size_t frozen;    /* floats at the start of the flat arrays that training does not change: 0, or
                         all but the output's (nn/reservoir.h) */
    size_t elements;  /* parameters without padding, as PyTorch counts them */
    float *values;    /* [size] */
    float *gradients; /* [size]; NULL if the model is not trainable */
};

/* The first float of a parameter in the flat arrays; the value of a NULL parameter is NULL. */
static inline float *parameter_value(const struct parameters *parameters,
                                     const struct parameter *parameter) {
    return parameter != NULL ? parameters->values + parameter->offset : NULL;
}

static inline float *parameter_gradient(const struct parameters *parameters,
                                        const struct parameter *parameter) {
    return parameters->gradients + parameter->offset;
}

/* The rows of a tensor and its elements, as PyTorch counts them. */
static inline size_t parameter_outputs(const struct parameter *parameter) {
    return parameter->blocks * parameter->block_size;
}

static inline size_t parameter_elements(const struct parameter *parameter) {
    return parameter->inputs * parameter_outputs(parameter);
}

/* The floats from a parameter to its scales, if it is INT8. */
static inline size_t parameter_panel_floats(const struct parameter *parameter) {
    size_t quads = (parameter->inputs + CHARNN_INT8_QUAD - 1) / CHARNN_INT8_QUAD;
    return quads * CHARNN_INT8_QUAD * parameter->stride / sizeof(float);
}

/* Copies a tensor from a flat array to `out`, dense and row-major in its PyTorch shape. */
void parameter_export(const struct parameter *parameter, const float *flat, float *out);

/* The reverse for the outputs [first, first + count), from in[count][inputs]. Does not touch the
 * padding. */
void parameter_import(const struct parameter *parameter, size_t first, size_t count,
                      const float *in, float *flat);

/* parameter_import() of a BF16 parameter; in[count][inputs] are upper halves of floats. */
void parameter_import_bf16(const struct parameter *parameter, size_t first, size_t count,
                           const void *in, float *flat);

/* parameter_import() of an INT8 parameter, with the scales [count] of the outputs. */
void parameter_import_int8(const struct parameter *parameter, size_t first, size_t count,
                           const int8_t *in, const float *scales, float *flat);

/* The parameter of that name, or NULL. */
const struct parameter *parameters_find(const struct parameters *parameters, const char *name);

#endif
