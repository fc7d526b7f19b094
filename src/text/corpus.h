/*
 * A corpus: the text of one or several files, joined in order, seen as a sequence of symbols.
 *
 * The files stay mapped and are never copied (a pipe is read into memory), so a corpus may be
 * larger than memory. A code point never spans two files. Positions count symbols from 0.
 */
#ifndef CHARNN_TEXT_CORPUS_H
#define CHARNN_TEXT_CORPUS_H

#include "base/error.h"
#include "text/symbols.h"
#include "text/vocab.h"

struct corpus;

/*
 * Opens the files, "-" being standard input, and reads them once to count and collect symbols.
 * `encoding` is what is wanted; AUTO becomes UTF8 where every file is well-formed UTF-8, else
 * BYTES. `count` >= 1; the paths are not kept. Single files may be empty.
 * Errors: what file_bytes_init() gives; CHARNN_ERROR_DATA where there is no symbol in all the
 * files, and, for AUTO alone, where one has a NUL byte; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status corpus_open(const char *const *paths, size_t count,
                                          enum encoding encoding, struct corpus **corpus,
                                          struct error *error);

/* NULL is fine. */
void corpus_close(struct corpus *corpus);

/* Symbols, at least 1. */
size_t corpus_length(const struct corpus *corpus);

size_t corpus_bytes(const struct corpus *corpus);

/* UTF8 or BYTES. */
enum encoding corpus_encoding(const struct corpus *corpus);

/*
 * A hash of the content, to notice that a corpus is not the one it was: the XXH64 of the first
 * file with seed 0, taken as the seed for the next file, and so on. Reads all of the corpus.
 */
uint64_t corpus_checksum(const struct corpus *corpus);

/* A vocabulary of the corpus's symbols, ascending by code. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status corpus_build_vocab(const struct corpus *corpus, struct vocab **vocab,
                                                 struct error *error);

/*
 * Whether the vocabulary has every symbol of the corpus; CHARNN_ERROR_DATA says how many it lacks
 * and names the one of lowest code. The encodings must be the same: open the corpus with
 * vocab_encoding().
 */
CHARNN_MUST_CHECK enum status corpus_check_vocab(const struct corpus *corpus,
                                                 const struct vocab *vocab, struct error *error);

/* A place to read from; corpus_seek() sets it. May be copied. */
struct corpus_cursor {
    size_t source; /* index of the file */
    size_t offset; /* bytes from its start, at the start of a symbol */
};

/* Puts the cursor before the symbol at `position` <= corpus_length(). */
void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor);

/*
 * Reads up to `count` symbols as ids of `vocab`, -1 for those it does not know, and moves the
 * cursor behind them. Returns how many were read: fewer than `count` only at the end.
 */
size_t corpus_read(const struct corpus *corpus, struct corpus_cursor *cursor,
                   const struct vocab *vocab, size_t count, int32_t *ids);

/* The part [begin, end) of a corpus, in symbols. */
struct split {
    size_t begin;
    size_t end;
};

enum { CHARNN_SPLIT_TRAIN, CHARNN_SPLIT_VAL, CHARNN_SPLIT_TEST, CHARNN_SPLITS };

/*
 * Divides `length` symbols in file order: training up to floor(length * train_frac), validation up
 * to floor(length * (train_frac + val_frac)), the rest for the test; in double precision, where
 * fractions that add up to 1 but for rounding leave no rest. Fractions: >= 0, sum <= 1.
 */
void corpus_split(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]);

#endif
