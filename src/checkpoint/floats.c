#include "checkpoint/floats.h"

#include <stdint.h>
#include <string.h>

/* IEEE 754 binary16: 1 sign bit, 5 exponent bits with bias 15, 10 fraction bits. */
static float float_from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 0x1F;
    uint32_t fraction = half & 0x3FF;
    uint32_t bits;
    float value;
    if (exponent == 0) { /* zero and subnormal numbers: fraction * 2^-24 */
        value = (float)fraction * 0x1p-24F;
        return sign != 0 ? -value : value;
    }
    exponent = exponent == 0x1F ? 0xFF : exponent - 15 + 127;
    bits = sign | exponent << 23 | fraction << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* bfloat16 is the upper half of a float. */
static float float_from_bfloat(uint16_t upper) {
    uint32_t bits = (uint32_t)upper << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void read_narrow(const unsigned char *data, size_t count, float (*convert)(uint16_t),
                        float *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t value;
        memcpy(&value, data + i * sizeof value, sizeof value);
        out[i] = convert(value);
    }
}

void floats_from_f32(const unsigned char *data, size_t count, float *out) {
    memcpy(out, data, count * sizeof *out);
}

void floats_from_f64(const unsigned char *data, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, data + i * sizeof value, sizeof value);
        out[i] = (float)value;
    }
}

void floats_from_f16(const unsigned char *data, size_t count, float *out) {
    read_narrow(data, count, float_from_half, out);
}

void floats_from_bf16(const unsigned char *data, size_t count, float *out) {
    read_narrow(data, count, float_from_bfloat, out);
}
