/* Prefill: a network of one stream reads what texts begin with, many symbols at a time. */
#ifndef CHARNN_INFER_PREFILL_H
#define CHARNN_INFER_PREFILL_H

#include "nn/network.h"

/* A network for prefill_read(). Model and pool are borrowed. */
CHARNN_MUST_CHECK enum status prefill_create(struct model *model, struct thread_pool *pool,
                                             struct network **network, struct error *error);

/* Bytes that prefill_create() allocates with a pool of that many threads; SIZE_MAX if that
 * overflows. */
size_t prefill_memory(const struct model *model, size_t threads);

/* Reads ids[count], each 0 <= id < V, in any number of calls. Afterwards the network has the state
 * and the logits for what follows. */
void prefill_read(struct network *network, const int32_t *ids, size_t count);

#endif
