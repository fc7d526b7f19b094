/* Element types of safetensors files: their names, their sizes, and conversion to float. */
#ifndef CHARNN_CHECKPOINT_DTYPE_H
#define CHARNN_CHECKPOINT_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

/* X(name in files, bytes per element). F16 is IEEE 754 binary16, BF16 the upper half of a float. */
#define CHARNN_DTYPES(X)                                                                           \
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
enum safetensors_dtype { CHARNN_DTYPES(CHARNN_DTYPE_ENUM) CHARNN_DTYPE_COUNT };
#undef CHARNN_DTYPE_ENUM

const char *safetensors_dtype_name(enum safetensors_dtype dtype);
size_t safetensors_dtype_size(enum safetensors_dtype dtype);

/* The dtype with that name; false if there is none. */
bool safetensors_dtype_find(const char *name, enum safetensors_dtype *dtype);

/* Whether safetensors_dtype_to_floats() can convert it: F32, F64, F16 and BF16. */
bool safetensors_dtype_is_float(enum safetensors_dtype dtype);

/* Converts `count` little-endian elements at `data` (any alignment) to out[count]. F64 is rounded
 * to nearest; the other types convert exactly. */
void safetensors_dtype_to_floats(enum safetensors_dtype dtype, const unsigned char *data,
                                 size_t count, float *out);

#endif
