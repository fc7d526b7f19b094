#include "checkpoint/dtype.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors files are little-endian, and their data is used without swapping bytes"
#endif

static void convert_f32(const unsigned char *data, size_t count, float *out) {
    memcpy(out, data, count * sizeof *out);
}

static void convert_f64(const unsigned char *data, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, data + i * sizeof value, sizeof value);
        out[i] = (float)value;
    }
}

/* 1 sign bit, 5 exponent bits with bias 15, 10 fraction bits. */
static float float_from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 0x1F;
    uint32_t fraction = half & 0x3FF;
    if (exponent == 0) { /* zero and subnormal numbers: fraction * 2^-24 */
        float magnitude = (float)fraction * 0x1p-24F;
        return sign != 0 ? -magnitude : magnitude;
    }
    exponent = exponent == 0x1F ? 0xFF : exponent - 15 + 127;
    uint32_t bits = sign | exponent << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void convert_f16(const unsigned char *data, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, data + i * sizeof half, sizeof half);
        out[i] = float_from_half(half);
    }
}

static void convert_bf16(const unsigned char *data, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t upper;
        memcpy(&upper, data + i * sizeof upper, sizeof upper);
        uint32_t bits = (uint32_t)upper << 16;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
#define CHARNN_DTYPE_ROW(name, size) {#name, size},
    CHARNN_DTYPES(CHARNN_DTYPE_ROW)
#undef CHARNN_DTYPE_ROW
};

/* NULL for types that are not floating-point numbers. */
static void (*const converters[CHARNN_DTYPE_COUNT])(const unsigned char *, size_t, float *) = {
    [CHARNN_DTYPE_F16] = convert_f16,
    [CHARNN_DTYPE_BF16] = convert_bf16,
    [CHARNN_DTYPE_F32] = convert_f32,
    [CHARNN_DTYPE_F64] = convert_f64,
};

const char *safetensors_dtype_name(enum safetensors_dtype dtype) {
    return dtypes[dtype].name;
}

size_t safetensors_dtype_size(enum safetensors_dtype dtype) {
    return dtypes[dtype].size;
}

bool safetensors_dtype_find(const char *name, enum safetensors_dtype *dtype) {
    for (size_t i = 0; i < CHARNN_DTYPE_COUNT; i++) {
        if (strcmp(name, dtypes[i].name) == 0) {
            *dtype = (enum safetensors_dtype)i;
            return true;
        }
    }
    return false;
}

bool safetensors_dtype_is_float(enum safetensors_dtype dtype) {
    return converters[dtype] != NULL;
}

void safetensors_dtype_to_floats(enum safetensors_dtype dtype, const unsigned char *data,
                                 size_t count, float *out) {
    assert(converters[dtype] != NULL);
    converters[dtype](data, count, out);
}
