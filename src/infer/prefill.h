/*
 * A prefill: one stream that reads what texts begin with, many symbols at a time, so that streams
 * which are to write can go on from there.
 */
#ifndef CHARNN_INFER_PREFILL_H
#define CHARNN_INFER_PREFILL_H

#include "nn/network.h"

struct prefill;

/* A prefill at the zero state; the model is borrowed. Errors: CHARNN_ERROR_MEMORY. Ownership: the
 * caller's. */
CHARNN_MUST_CHECK enum status prefill_create(struct model *model, struct prefill **prefill,
                                             struct error *error);

/* NULL is fine. */
void prefill_destroy(struct prefill *prefill);

/* Bytes that prefill_create() allocates, in the main; SIZE_MAX if beyond counting. */
size_t prefill_memory(const struct model *model);

/* Back to the zero state, with the weights that the model has now. */
void prefill_restart(struct prefill *prefill);

/* Reads ids[count], each 0 <= id < V; in pieces is the same as all at once. */
void prefill_read(struct prefill *prefill, const int32_t *ids, size_t count);

/* Its network, of one stream; borrowed. After a read it has the logits of what follows. */
struct network *prefill_network(struct prefill *prefill);

#endif
