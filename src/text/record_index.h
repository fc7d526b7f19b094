/* An index of the records of a text, in a temporary file, so that memory does not limit their
 * number. */
#ifndef CHARNN_TEXT_RECORD_INDEX_H
#define CHARNN_TEXT_RECORD_INDEX_H

#include "base/error.h"

#include <stddef.h>

struct record {
    size_t first;      /* position in the corpus of the end symbol before it */
    size_t source;     /* index of its file */
    size_t begin, end; /* its bytes in the file */
};

struct record_index;

/* An empty index. Errors: those of spool_create(). */
CHARNN_MUST_CHECK enum status record_index_create(struct record_index **index, struct error *error);
void record_index_destroy(struct record_index *index);

/* Appends a record; `first` ascends. Errors: those of spool_write(). */
CHARNN_MUST_CHECK enum status record_index_add(struct record_index *index, struct record record,
                                               struct error *error);

/* Completes the index with `last`, the position of the last end symbol; nothing can be added
 * afterwards. Only then call the functions below. Errors: those of spool_write(), spool_map(). */
CHARNN_MUST_CHECK enum status record_index_finish(struct record_index *index, size_t last,
                                                  struct error *error);

size_t record_index_count(const struct record_index *index);

/* Record i <= count. Record `count` is empty and belongs to the last end symbol. */
const struct record *record_index_at(const struct record_index *index, size_t i);

/* The last i <= count with record i's `first` <= position. */
size_t record_index_find(const struct record_index *index, size_t position);

#endif
