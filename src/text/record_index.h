/* An index of the records of a text, in a temporary file, so that memory does not limit their
 * number. */
#ifndef CHARNN_TEXT_RECORD_INDEX_H
#define CHARNN_TEXT_RECORD_INDEX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record {
    uint64_t key;      /* after record_index_sort() */
    size_t first;      /* position in the corpus of the end symbol before it */
    size_t source;     /* index of its file */
    size_t begin, end; /* its bytes in the file */
    size_t answer;     /* where those begin that are to be learned */
    size_t question;   /* symbols before them */
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

typedef uint64_t record_key(const void *context, const struct record *record);

/* Gives each record its key and sorts the records by it, in the temporary file. `first` follows the
 * new order. */
void record_index_sort(struct record_index *index, record_key *key, const void *context);

/* Whether record i <= count has the same key as the record before it. False before
 * record_index_sort(). */
bool record_index_is_copy(const struct record_index *index, size_t i);

#endif
