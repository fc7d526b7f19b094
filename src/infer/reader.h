/*
 * A reader: one stream that reads what texts begin with, many symbols at a time, so that streams
 * which are to write can go on from there.
 */
#ifndef CHARNN_INFER_READER_H
#define CHARNN_INFER_READER_H

#include "nn/network.h"

struct reader;

/* A reader at the zero state; the model is borrowed. Errors: CHARNN_ERROR_MEMORY. Ownership: the
 * caller's. */
CHARNN_MUST_CHECK enum status reader_create(struct model *model, struct reader **reader,
                                            struct error *error);

/* NULL is fine. */
void reader_destroy(struct reader *reader);

/* Bytes that reader_create() allocates, in the main; SIZE_MAX if beyond counting. */
size_t reader_memory(const struct model *model);

/* Back to the zero state, with the weights that the model has now. */
void reader_restart(struct reader *reader);

/* Reads ids[count], each 0 <= id < V; in pieces is the same as all at once. */
void reader_read(struct reader *reader, const int32_t *ids, size_t count);

/* Its network, of one stream; borrowed. After a read it has the logits of what follows. */
struct network *reader_network(struct reader *reader);

#endif
