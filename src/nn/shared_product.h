/* A product whose columns the threads of a pool share. Each element of the result is one chain that
 * one thread computes, so the bits do not depend on the threads. */
#ifndef CHARNN_NN_SHARED_PRODUCT_H
#define CHARNN_NN_SHARED_PRODUCT_H

#include "base/machine/thread_pool.h"
#include "kernels/kernels.h"

/* Runs the product of these kernels on the threads of `pool`; NULL is the calling thread alone. */
void shared_product_run(const struct kernels *kernels, const struct product *product,
                        struct thread_pool *pool);

#endif
