/* The products of one kernel set, for its table in simd.c; contracts in kernels.h. */
#ifndef CHARNN_KERNELS_SIMD_PRODUCTS_H
#define CHARNN_KERNELS_SIMD_PRODUCTS_H

#include "kernels/kernels.h"
#include "kernels/vec.h"

void KERNEL_NAME(product)(const struct product *p);
void KERNEL_NAME(outer_product)(const struct outer_product *p);
void KERNEL_NAME(pack)(const float *b, size_t ldb, size_t k, size_t n, float *packed);
void KERNEL_NAME(pack_transposed)(const float *s, size_t lds, size_t k, size_t n, float *packed);

#endif
