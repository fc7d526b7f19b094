#include "checkpoint/quantize.h"

#include <math.h>
#include <string.h>

enum { LARGEST = 127 };

void quantize_bf16(const float *values, size_t count, uint16_t *out) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        uint32_t rounded = bits + 0x7FFF + (bits >> 16 & 1);
        if ((rounded & 0x7F800000) == 0x7F800000) {
            rounded = bits;
        }
        out[i] = (uint16_t)(rounded >> 16);
    }
}

float quantize_scale(const float *row, size_t count) {
    float largest = 0;
    for (size_t i = 0; i < count; i++) {
        float magnitude = fabsf(row[i]);
        largest = magnitude > largest ? magnitude : largest;
    }
    float scale = largest / LARGEST;
    return scale > 0 ? scale : 1;
}

void quantize_int8(const float *row, size_t count, float scale, int8_t *out) {
    for (size_t i = 0; i < count; i++) {
        float units = rintf(row[i] / scale);
        units = units < -LARGEST ? -LARGEST : units;
        out[i] = (int8_t)(units > LARGEST ? LARGEST : units);
    }
}
