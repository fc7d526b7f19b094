/*
 * Floats of the number formats that files have: count little-endian elements at `data`, at any
 * address, as out[count]. From F64 they are rounded to nearest, from the others exact.
 */
#ifndef CHARNN_CHECKPOINT_FLOATS_H
#define CHARNN_CHECKPOINT_FLOATS_H

#include <stddef.h>

typedef void floats_reader(const unsigned char *data, size_t count, float *out);

floats_reader floats_from_f32;
floats_reader floats_from_f64;
floats_reader floats_from_f16;  /* IEEE 754 binary16 */
floats_reader floats_from_bf16; /* bfloat16, the upper half of a binary32 */

#endif
