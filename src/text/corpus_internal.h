/* What the files that implement text/corpus.h share. */
#ifndef CHARNN_TEXT_CORPUS_INTERNAL_H
#define CHARNN_TEXT_CORPUS_INTERNAL_H

#include "text/corpus.h"
#include "text/records.h"
#include "text/text_files.h"

enum { MARK_INTERVAL = 1 << 16 }; /* symbols */

struct source {
    struct file_bytes bytes; /* those of the corpus's files */
    size_t start;   /* offset of its first symbol: behind a byte order mark that is not read */
    size_t first;   /* position of its first symbol in the corpus */
    size_t symbols; /* in a text of records with an end symbol before each */
    size_t *marks;  /* byte offset of every MARK_INTERVAL-th symbol; NULL: symbols are bytes */
};                  /* marks: not where the text is made of records */

struct corpus {
    struct corpus_format format; /* the encoding is UTF8 or BYTES */
    size_t length;               /* symbols */
    uint32_t *codes;             /* the different symbols but the end symbol, ascending */
    size_t code_count;
    struct text_files files;
    struct source *sources;
    size_t source_count;
    struct record_index *records; /* NULL where the text is not made of records */
};

#endif
