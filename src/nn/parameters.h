/*
 * The parameters of a model: one table of named tensors over one flat array of values and one of
 * gradients, so that clipping, optimizers and averaging are plain loops over floats.
 *
 * Names and shapes are PyTorch's (torch.nn.LSTM/GRU/RNN and torch.nn.Linear). Storage differs: a
 * matrix [out, in] is kept input-major, [in][blocks][block_stride], where out = blocks * block_size
 * (blocks: the gates) and block_stride is block_size rounded up to CHARNN_LANES. So the row of
 * a one-hot input is contiguous, vectors run over outputs, and no loop has a tail. Padding is zero
 * in values and gradients, always.
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
    size_t inputs; /* PyTorch's columns; 1 for a vector */
    size_t blocks;
    size_t block_size;
    size_t block_stride; /* floats */
    size_t stride;       /* floats from one input to the next: blocks * block_stride */
    size_t offset;       /* floats from the start of the flat arrays, a multiple of CHARNN_LANES */
};

struct parameters {
    struct parameter *table;
    size_t count;     /* tensors */
    size_t size;      /* floats in each flat array, padding included */
    size_t elements;  /* parameters as PyTorch counts them, without padding */
    float *values;    /* [size] */
    float *gradients; /* [size]; NULL for a model that is only read */
};

/* Rows of one tensor, and its elements, as PyTorch counts them. */
size_t parameter_outputs(const struct parameter *parameter);
size_t parameter_elements(const struct parameter *parameter);

/* Copies one tensor from a flat array to `out`, dense and row-major in PyTorch's shape. */
void parameter_export(const struct parameter *parameter, const float *flat, float *out);

/* The reverse for the outputs [first, first + count): in[count][inputs]. Padding in `flat` is left
 * alone. */
void parameter_import(const struct parameter *parameter, size_t first, size_t count,
                      const float *in, float *flat);

/* The parameter of that name, or NULL. */
const struct parameter *parameters_find(const struct parameters *parameters, const char *name);

#endif
