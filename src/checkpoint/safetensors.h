/*
 * Reads safetensors files: named tensors and a few strings in one file.
 *
 * The format (https://huggingface.co/docs/safetensors): the length N of the header as 8
 * little-endian bytes; N bytes of JSON, an object that maps each tensor's name to {"dtype",
 * "shape", "data_offsets": [begin, end]} and "__metadata__" to an object of strings; then the data,
 * little-endian and row-major, which the tensors cover without gap or overlap. Offsets count bytes
 * from the start of the data.
 */
#ifndef CHARNN_CHECKPOINT_SAFETENSORS_H
#define CHARNN_CHECKPOINT_SAFETENSORS_H

#include "base/error.h"
#include "checkpoint/dtype.h"

#include <stddef.h>

enum {
    CHARNN_SAFETENSORS_RANK = 8,           /* most dimensions of a tensor */
    CHARNN_SAFETENSORS_HEADER = 100000000, /* most bytes of JSON, as in the reference reader */
    CHARNN_SAFETENSORS_LENGTH = 8          /* bytes before the JSON: its length */
};

/* The key of the strings in the header; no tensor can have this name. */
#define CHARNN_SAFETENSORS_METADATA "__metadata__"

/* A tensor of an open file. Name and data belong to the file. */
struct safetensors_tensor {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank;
    size_t shape[CHARNN_SAFETENSORS_RANK]; /* [rank] */
    size_t elements;                       /* product of the shape; 1 for rank 0 */
    const unsigned char *data;             /* [size], of any alignment */
    size_t size;                           /* bytes */
};

struct safetensors;

/*
 * Parses the header of the file in bytes[size], which must outlive the result; no byte is trusted.
 * `name` is the file's name in messages and is copied. Memory is proportional to the header,
 * whatever the header claims. Errors, each beginning with `name`: CHARNN_ERROR_FORMAT for anything
 * malformed.
 */
CHARNN_MUST_CHECK enum status safetensors_create(const unsigned char *bytes, size_t size,
                                                 const char *name, struct safetensors **file,
                                                 struct error *error);
void safetensors_destroy(struct safetensors *file);

const char *safetensors_name(const struct safetensors *file);

/* Tensors in the order of their data. */
size_t safetensors_count(const struct safetensors *file);
const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index);

/* The tensor with that name, or NULL. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);

/* The metadata string of `key`, or NULL; it belongs to the file. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);

/* Reports bad content: sets the error to the file's name, ": " and the formatted sentence, and
 * returns CHARNN_ERROR_FORMAT. */
enum status safetensors_refuse(const struct safetensors *file, struct error *error,
                               const char *format, ...) CHARNN_PRINTF(3, 4);

/* A shape in messages: "[512, 65]", or "[]" for rank 0. */
struct tensor_shape_text {
    char text[192];
};

struct tensor_shape_text tensor_shape_text(const size_t *shape, size_t rank);

/* The elements of an F32 tensor in place; NULL for another dtype or if they are misaligned. */
const float *safetensors_floats(const struct safetensors_tensor *tensor);

/* CHARNN_ERROR_FORMAT unless the dtype is F32, F64, F16 or BF16. */
CHARNN_MUST_CHECK enum status safetensors_check_floats(const struct safetensors *file,
                                                       const struct safetensors_tensor *tensor,
                                                       struct error *error);

/* Converts the elements [first, first + count) of a tensor that passes safetensors_check_floats()
 * to out[count]. F64 is rounded to nearest; the other types convert exactly. */
void safetensors_read_floats(const struct safetensors_tensor *tensor, size_t first, size_t count,
                             float *out);

#endif
