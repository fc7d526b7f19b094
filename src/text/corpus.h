/*
 * A corpus: the text of one or several files, joined in order, as a sequence of symbols.
 *
 * Files stay mapped and are never copied, so a corpus may be larger than memory. What cannot be
 * mapped (a pipe, a compressed file) goes to a temporary file (base/files/spool.h). No code point
 * spans two files. Positions count symbols from 0. text/corpus_read.h reads a corpus,
 * text/corpus_vocab.h makes its vocabulary, text/split.h divides it, text/shuffle.h changes the
 * order of its records.
 *
 * A text may be made of records that are independent of each other (text/records.h). Its sequence
 * is the records, in order and without their separators, with an end symbol (CHARNN_SYMBOL_END)
 * before the first, between two, and after the last. No record spans two files.
 */
#ifndef CHARNN_TEXT_CORPUS_H
#define CHARNN_TEXT_CORPUS_H

#include "base/error.h"
#include "text/symbols.h"

struct corpus;

/* How to read a text. Zero-initialised: detect the encoding and change nothing. */
struct corpus_format {
    enum encoding encoding; /* AUTO: UTF8 if every file is well-formed UTF-8, else BYTES */
    const char *glob;       /* which files of folders to read (text/files/file_list.h); NULL: all */
    bool unix_newlines;     /* read CR LF as LF and skip a byte order mark at a file's start */
    const char *records;    /* the rule that separates records (text/records.h); NULL: no records */
    const char *learn_after; /* of each record only what follows the first occurrence of this text,
                                its answer, is to be learned; NULL or without records: all */
};

/*
 * Opens the files `paths` and those in folders (text/files/file_list.h); "-" is standard input.
 * Decompresses compressed files (text/files/compression.h) and reads everything once, to count and
 * collect symbols. `count` >= 1. Keeps neither the paths nor the strings of the format. Single
 * files may be empty. Errors: those of text_files_init() and record_index_add();
 * CHARNN_ERROR_DATA if there is no symbol at all, if the encoding is AUTO or UTF8 and a file has
 * another format (text/files/foreign.h), if it is AUTO and a file has a NUL byte, or if a record
 * lacks `learn_after`.
 */
CHARNN_MUST_CHECK enum status corpus_open(const char *const *paths, size_t count,
                                          const struct corpus_format *format,
                                          struct corpus **corpus, struct error *error);
void corpus_close(struct corpus *corpus);

/* Symbols, at least 1. */
size_t corpus_length(const struct corpus *corpus);

/* Records, at least 1; 0 if the text is not made of records. */
size_t corpus_records(const struct corpus *corpus);

/* Position of the end symbol before record i. For i = corpus_records() it is the last end symbol.
 * This function and the next are only for a text of records. */
size_t corpus_record_start(const struct corpus *corpus, size_t i);

/* The record of the symbol at `position` <= corpus_length(). An end symbol belongs to the record
 * after it, the last one and what follows to record corpus_records(). */
size_t corpus_record_at(const struct corpus *corpus, size_t position);

/* The files of the text, including those found in folders. */
size_t corpus_file_count(const struct corpus *corpus);
const char *corpus_file(const struct corpus *corpus, size_t index);

/* Files of folders that were left out, because they are files of the text already (links). */
size_t corpus_repeated_files(const struct corpus *corpus);

/* Bytes of text in a temporary file. The index of records has a file of its own. */
size_t corpus_spooled(const struct corpus *corpus);

/* Bytes of memory for a corpus, without the text: the system caches as much of the files as it has
 * memory to spare. */
struct corpus_memory {
    size_t held; /* for the index */
    size_t most; /* during corpus_open() */
};

struct corpus_memory corpus_memory(const struct corpus *corpus);

/* UTF8 or BYTES. */
enum encoding corpus_encoding(const struct corpus *corpus);

/* How often a text of `length` >= 1 bytes occurs in the bytes of the files; occurrences do not
 * overlap. */
size_t corpus_count_text(const struct corpus *corpus, const void *text, size_t length);

/* Finds the first byte outside any well-formed UTF-8 sequence: its file and its offset there
 * (decompressed). Returns whether there is one. */
bool corpus_find_raw_byte(const struct corpus *corpus, size_t *file, size_t *offset);

/* A hash of the content, to recognize the corpus: the XXH64 of the first file with seed 0 is the
 * seed for the next file, and so on. Reads the whole corpus. */
uint64_t corpus_checksum(const struct corpus *corpus);

#endif
