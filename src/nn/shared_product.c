#include "nn/shared_product.h"

#include "base/memory.h"

/* Shares begin at a panel. The row of a single stream is fastest in whole groups of WIDE columns,
 * so shares consist of these if there are enough. */
enum { WIDE = 4 * CHARNN_PANEL };

struct shared_product {
    const struct kernels *kernels;
    const struct product *product;
};

/* Goes to the columns from `begin` on, a multiple of CHARNN_PANEL. */
static void skip_columns(struct product *p, size_t begin) {
    if (p->type == CHARNN_WEIGHTS_INT8) {
        p->b = (const int8_t *)p->b + begin * size_round_up(p->k, CHARNN_INT8_QUAD);
        p->scales += begin;
        p->corrections += begin;
    } else if (p->type == CHARNN_WEIGHTS_PAIRS) {
        p->b = (const uint32_t *)p->b + CHARNN_PAIRS(p->k, begin);
    } else if (p->type == CHARNN_WEIGHTS_BF16) {
        p->b = (const uint16_t *)p->b + begin * p->k;
    } else {
        p->b = (const float *)p->b + (p->ldb > 0 ? begin : begin * p->k);
    }
    p->start = p->start != NULL ? p->start + begin : NULL;
    p->c += begin;
    p->n -= begin;
}

static void product_task(void *context, size_t index, size_t count) {
    const struct shared_product *shared = context;
    struct product p = *shared->product;
    size_t begin;
    size_t end;
    thread_pool_share(p.n, p.n >= WIDE * count ? WIDE : CHARNN_PANEL, index, count, &begin, &end);
    skip_columns(&p, begin);
    p.n = end - begin;
    p.scratch = p.scratch != NULL ? p.scratch + index * p.scratch_stride : NULL;
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
