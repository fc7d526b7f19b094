/* The products of rounded numbers of one kernel set; contracts in kernels.h. */
#ifndef CHARNN_KERNELS_SIMD_PAIRS_H
#define CHARNN_KERNELS_SIMD_PAIRS_H

#include "kernels/kernels.h"
#include "kernels/vec.h"

/* product() of type PAIRS, and outer_product() if `rounded` is set. `amx`: with the tiles of amx.h,
 * which the processor must have. */
void KERNEL_NAME(product_pairs)(const struct product *p, bool amx);
void KERNEL_NAME(outer_product_pairs)(const struct outer_product *p, bool amx);

void KERNEL_NAME(pack_pairs)(const float *b, size_t ldb, size_t k, size_t n, uint32_t *packed);
void KERNEL_NAME(pack_transposed_pairs)(const float *s, size_t lds, size_t k, size_t n,
                                        uint32_t *packed);

#endif
