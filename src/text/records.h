/* Splitting a file into records: independent texts such as lines, paragraphs or recipes. */
#ifndef CHARNN_TEXT_RECORDS_H
#define CHARNN_TEXT_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A rule says what separates records. Separators belong to no record, and records are never empty.
 *   "line"   the end of a line, LF or CR LF
 *   "blank"  one or more lines of spaces and tabs only
 *   else     this text itself. A leading LF also matches the start of the file and an LF that ends
 *            another separator; an LF that ends the file is a separator too
 * With `join_newlines` an LF in the text also matches CR LF (symbol_decode_joined()).
 */

/* Finds the first record at or after *offset in the text of a file: [*begin, *end). Moves *offset,
 * initially 0, behind it. Returns false if there is none. */
bool records_next(const char *rule, bool join_newlines, const unsigned char *text, size_t size,
                  size_t *offset, size_t *begin, size_t *end);

/* The bytes of a record up to the end of the first `text`, which is not empty; 0 if the record
 * lacks it. With `join_newlines` an LF in `text` also matches CR LF. */
size_t records_find_end(const char *text, bool join_newlines, const unsigned char *record,
                        size_t size);

/* What to write between two records so that the rule separates them again (if no record contains
 * a separator). */
const char *records_separator(const char *rule);

#endif
