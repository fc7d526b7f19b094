/*
 * Records: the texts of their own that a file is made of, such as lines, paragraphs or recipes, and
 * an index of them. What stands between two records belongs to neither, and nothing between two
 * separators is no record.
 */
#ifndef CHARNN_TEXT_RECORDS_H
#define CHARNN_TEXT_RECORDS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What separates records, a rule of text:
 *   "line"   the end of a line, LF or CR LF
 *   "blank"  one or more lines of nothing but spaces and tabs
 *   else     this text itself; where it begins with LF, the start of a file and an LF that another
 *            separator ends with stand for that, and an LF that ends the file is one, too
 * With `join_newlines` an LF of such a text is also CR LF (symbol_decode_joined()).
 */

/*
 * Finds the first record that begins at or after *offset of a file's text, which moves behind it;
 * at first it is 0. It is [*begin, *end), not empty. Returns false where there is none.
 */
bool records_next(const char *rule, bool join_newlines, const unsigned char *text, size_t size,
                  size_t *offset, size_t *begin, size_t *end);

/* What to write between two records so that the rule finds them again, as far as they have nothing
 * of the kind within. */
const char *records_separator(const char *rule);

/* A record, and where it stands in the sequence of symbols of all (text/corpus.h). */
struct record {
    uint64_t key;      /* see record_index_sort() */
    size_t first;      /* position of the end symbol before it */
    size_t source;     /* index of its file */
    size_t begin, end; /* its bytes in that file */
};

/* An index of records, kept in a temporary file, so that memory does not limit their number. */
struct record_index;

/* An empty index. Errors: those of spool_create(). Ownership: the caller's. */
CHARNN_MUST_CHECK enum status record_index_create(struct record_index **index, struct error *error);

/* NULL is fine. */
void record_index_destroy(struct record_index *index);

/* Appends a record; `first` ascends. Errors: CHARNN_ERROR_IO, as where the disk is full. */
CHARNN_MUST_CHECK enum status record_index_add(struct record_index *index, struct record record,
                                               struct error *error);

/*
 * Ends the index with `last`, the position of the end symbol after all records. None can be added
 * then, and the functions below may be used. Errors: CHARNN_ERROR_IO; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status record_index_finish(struct record_index *index, size_t last,
                                                  struct error *error);

size_t record_index_count(const struct record_index *index);

/* Record i; for i = count one that has only `first`, the `last` of record_index_finish(). */
const struct record *record_index_at(const struct record_index *index, size_t i);

/* The key of a record. */
typedef uint64_t record_key(const void *context, const struct record *record);

/*
 * Gives each record its key and sorts the records by it, in the temporary file: they then follow
 * one another in the sequence of symbols in this order.
 */
void record_index_sort(struct record_index *index, record_key *key, const void *context);

/* Whether record_index_sort() was called. */
bool record_index_is_sorted(const struct record_index *index);

/* The last record, or the end as record `count`, that has first <= position. */
size_t record_index_find(const struct record_index *index, size_t position);

#endif
