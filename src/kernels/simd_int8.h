/* The products by 8-bit integers of one kernel set; contracts in kernels.h. */
#ifndef CHARNN_KERNELS_SIMD_INT8_H
#define CHARNN_KERNELS_SIMD_INT8_H

#include "kernels/kernels.h"
#include "kernels/vec.h"

/* product() of type INT8. `vnni`, `amx`: with the instruction that multiplies and adds bytes, and
 * with the tiles of amx.h, which the processor must have. */
void KERNEL_NAME(product_int8)(const struct product *p, bool vnni, bool amx);

void KERNEL_NAME(pack_int8)(const int8_t *s, size_t k, size_t count, size_t width, int8_t *packed,
                            int32_t *corrections);

#endif
