/* The inside of a corpus, for the files that implement text/corpus.h and what reads it. */
#ifndef CHARNN_TEXT_CORPUS_DATA_H
#define CHARNN_TEXT_CORPUS_DATA_H

#include "text/files/text_files.h"
#include "text/record_index.h"
#include "text/symbols.h"

enum { MARK_INTERVAL = 1 << 16 }; /* symbols */

/* A file. A text of records has no `marks`. */
struct source {
    struct file_bytes bytes; /* borrowed from the corpus's files */
    size_t start;            /* offset of its first symbol: 0, or behind a byte order mark */
    size_t first;            /* position of its first symbol in the corpus */
    size_t symbols;          /* with the end symbols before its records */
    size_t *marks; /* byte offset of every MARK_INTERVAL-th symbol; NULL: symbols are bytes */
};

struct corpus {
    enum encoding encoding; /* UTF8 or BYTES */
    bool join_newlines;     /* symbol_decode_joined() */
    size_t length;          /* symbols */
    uint32_t *codes;        /* [code_count], without the end symbol, ascending */
    size_t code_count;
    struct text_files files;
    struct source *sources; /* [source_count] */
    size_t source_count;
    struct record_index *records; /* NULL if the text is not made of records */
};

#endif
