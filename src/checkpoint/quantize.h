/* Weights in fewer bits, as a file stores them (models/README.md). */
#ifndef CHARNN_CHECKPOINT_QUANTIZE_H
#define CHARNN_CHECKPOINT_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

/* The nearest bfloat16 of each finite value, the even one of two; never an infinity. */
void quantize_bf16(const float *values, size_t count, uint16_t *out);

/* The scale of a row: a 127th of its largest magnitude, or 1 if that is 0. */
float quantize_scale(const float *row, size_t count);

/* The nearest integer to each value / scale, from -127 to 127. */
void quantize_int8(const float *row, size_t count, float scale, int8_t *out);

#endif
