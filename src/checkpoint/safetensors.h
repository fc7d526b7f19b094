/*
 * Reading safetensors files: named tensors and a few strings in one file. This module knows the
 * format and nothing of networks.
 *
 * The format: the length N of the header as 8 little-endian bytes; N bytes of JSON, an object that
 * gives for each tensor {"dtype", "shape", "data_offsets": [begin, end]} and under "__metadata__"
 * an object of strings; then the data, little-endian and row-major, which the tensors cover without
 * gap or overlap. Offsets count bytes from the start of the data.
 * (https://huggingface.co/docs/safetensors)
 */
#ifndef CHARNN_CHECKPOINT_SAFETENSORS_H
#define CHARNN_CHECKPOINT_SAFETENSORS_H

#include "base/error.h"

#include <stddef.h>

/* X(name in the file, bytes of an element) */
#define CHARNN_SAFETENSORS_DTYPES(X)                                                               \
    X(BOOL, 1)                                                                                     \
    X(U8, 1)                                                                                       \
    X(I8, 1)                                                                                       \
    X(F8_E5M2, 1)                                                                                  \
    X(F8_E4M3, 1)                                                                                  \
    X(I16, 2)                                                                                      \
    X(U16, 2)                                                                                      \
    X(F16, 2)                                                                                      \
    X(BF16, 2)                                                                                     \
    X(I32, 4)                                                                                      \
    X(U32, 4)                                                                                      \
    X(F32, 4)                                                                                      \
    X(F64, 8)                                                                                      \
    X(I64, 8)                                                                                      \
    X(U64, 8)

#define CHARNN_DTYPE_ENUM(name, size) CHARNN_DTYPE_##name,
enum safetensors_dtype { CHARNN_SAFETENSORS_DTYPES(CHARNN_DTYPE_ENUM) CHARNN_DTYPE_COUNT };
#undef CHARNN_DTYPE_ENUM

enum {
    CHARNN_SAFETENSORS_RANK = 8,           /* dimensions of a tensor at most */
    CHARNN_SAFETENSORS_HEADER = 100000000, /* bytes of JSON at most, as in the reference reader */
    CHARNN_SAFETENSORS_LENGTH = 8          /* bytes before the JSON, which say how long it is */
};

/* The key of the strings; no tensor can have this name. */
#define CHARNN_SAFETENSORS_METADATA "__metadata__"

/* "F32" and the like, and the bytes of an element. */
const char *safetensors_dtype_name(enum safetensors_dtype dtype);
size_t safetensors_dtype_size(enum safetensors_dtype dtype);

/* A tensor in an open file; all it points to belongs to the file. */
struct safetensors_tensor {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank;
    size_t shape[CHARNN_SAFETENSORS_RANK]; /* [rank] */
    size_t elements;                       /* the product of the shape; 1 for rank 0 */
    const unsigned char *data;             /* [size], perhaps unaligned: copy before use */
    size_t size;                           /* bytes */
};

struct safetensors;

/*
 * Reads the header of a file whose `size` bytes are in memory (base/file.h). The bytes are borrowed
 * and must outlive the result; no byte of them is trusted. `name` is the file's, for messages, and
 * is copied. Memory is in proportion to the header, whatever the header says.
 * Errors, each beginning with `name`: CHARNN_ERROR_FORMAT for anything malformed.
 */
CHARNN_MUST_CHECK enum status safetensors_create(const unsigned char *bytes, size_t size,
                                                 const char *name, struct safetensors **file,
                                                 struct error *error);

/* NULL is fine. */
void safetensors_destroy(struct safetensors *file);

/* Tensors in the order of their data. */
size_t safetensors_count(const struct safetensors *file);
const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index);

/* The tensor of that name, or NULL. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);

/* The string that the metadata has for `key`, or NULL; it belongs to the file. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);

/* The elements of an F32 tensor where they lie in the file; NULL for another dtype, or where they
 * lie at addresses that no float may have. */
const float *safetensors_floats(const struct safetensors_tensor *tensor);

/* Whether the tensor is of F32, F64, F16 or BF16. Errors: CHARNN_ERROR_FORMAT for another dtype. */
CHARNN_MUST_CHECK enum status safetensors_check_floats(const struct safetensors *file,
                                                       const struct safetensors_tensor *tensor,
                                                       struct error *error);

/* The elements [first, first + count) of a tensor that safetensors_check_floats() found good, as
 * floats: out[count]. F64 is rounded to nearest, the others are exact. */
void safetensors_read_floats(const struct safetensors_tensor *tensor, size_t first, size_t count,
                             float *out);

#endif
