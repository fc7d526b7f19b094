#include "nn/shared_product.h"

/* Shares begin at a panel. The row of a single stream is fastest in whole groups of WIDE columns,
 * so shares consist of these if there are enough. */
enum { WIDE = 4 * CHARNN_PANEL };

struct shared_product {
    const struct kernels *kernels;
    const struct product *product;
};

static void product_task(void *context, size_t index, size_t count) {
    const struct shared_product *shared = context;
    struct product p = *shared->product;
    size_t begin;
    size_t end;
    thread_pool_share(p.n, p.n >= WIDE * count ? WIDE : CHARNN_PANEL, index, count, &begin, &end);
    p.b += p.ldb > 0 ? begin : begin * p.k;
    p.start = p.start != NULL ? p.start + begin : NULL;
    p.c += begin;
    p.n = end - begin;
    shared->kernels->product(&p);
}

void shared_product_run(const struct kernels *kernels, const struct product *product,
                        struct thread_pool *pool) {
    struct shared_product shared = {kernels, product};
    if (thread_pool_size(pool) == 1) {
        kernels->product(product);
    } else {
        thread_pool_run(pool, product_task, &shared);
    }
}
