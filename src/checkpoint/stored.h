/*
 * The weights of a model as a file stores them: floats, or, for a matrix, 8-bit integers with a
 * scale for each row in a tensor of its own.
 */
#ifndef CHARNN_CHECKPOINT_STORED_H
#define CHARNN_CHECKPOINT_STORED_H

#include "checkpoint/safetensors.h"
#include "nn/parameters.h"

struct stored {
    const struct safetensors_tensor *tensor;
    const struct safetensors_tensor *scale; /* [rows]; NULL: the tensor has floats */
};

/* Finds the tensor `name`, which must have that shape and hold floats. CHARNN_ERROR_FORMAT, with
 * `purpose`: what the tensor is needed for. */
CHARNN_MUST_CHECK enum status stored_find_floats(const struct safetensors *file, const char *name,
                                                 const size_t *shape, size_t rank,
                                                 const char *purpose,
                                                 const struct safetensors_tensor **tensor,
                                                 struct error *error);

/* Finds a weight, which may be a matrix of integers. Likewise, and CHARNN_ERROR_FORMAT for a scale
 * that is not a positive number, or so large that a weight would not be finite. */
CHARNN_MUST_CHECK enum status stored_find(const struct safetensors *file,
                                          const struct parameter *parameter, const char *purpose,
                                          struct stored *stored, struct error *error);

/* Whether the tensor `name` has the scales of a matrix of integers in the file. */
bool stored_is_scale(const struct safetensors *file, const char *name);

/* The type that all matrices of the table have in the file; F32 if they differ or have another. */
enum weight_type stored_type(const struct safetensors *file, const struct parameters *parameters);

/* The floats of the rows [row, row + rows), each of `columns`: those in the file if it has them as
 * they are needed, else converted to scratch[rows][columns]. */
const float *stored_floats(const struct stored *stored, size_t row, size_t rows, size_t columns,
                           float *scratch);

#endif
