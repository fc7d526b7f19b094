/*
 * A corpus: the text of one or several files, joined in order, seen as a sequence of symbols.
 *
 * The files stay mapped and are never copied, so a corpus may be larger than memory. What cannot be
 * mapped (a pipe; a compressed file) is kept in a temporary file (base/spool.h). A code point never
 * spans two files. Positions count symbols from 0.
 *
 * A text may be made of records (text/records.h) that have nothing to do with each other. Then the
 * sequence has the records, in order, without what separates them, and the end symbol
 * (CHARNN_SYMBOL_END) before the first, between two, and after the last. No record goes on in
 * another file.
 */
#ifndef CHARNN_TEXT_CORPUS_H
#define CHARNN_TEXT_CORPUS_H

#include "base/error.h"
#include "text/symbols.h"
#include "text/vocab.h"

struct corpus;

/* How a text is to be read. Zero-initialised: the encoding is found out, all else is as it is. */
struct corpus_format {
    enum encoding
        encoding;        /* AUTO becomes UTF8 where every file is well-formed UTF-8, else BYTES */
    const char *glob;    /* files of folders that are part of it, see file_list.h; NULL: all */
    bool unix_newlines;  /* CR LF is read as LF, a byte order mark at a file's start not at all */
    const char *records; /* the rule that separates records, see records.h; NULL: it has none */
};

/*
 * Opens the files and those in folders (text/file_list.h), "-" being standard input, decompresses
 * those that are (text/compression.h), and reads all once to count and collect symbols.
 * `count` >= 1; the paths are not kept, nor the texts of the format. Single files may be empty.
 * Errors: those of file_list_init(), file_bytes_init(), decompress() and spool_write();
 * CHARNN_ERROR_DATA where there is no symbol in all the files, and, for AUTO alone, where one has a
 * NUL byte; CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status corpus_open(const char *const *paths, size_t count,
                                          const struct corpus_format *format,
                                          struct corpus **corpus, struct error *error);

/* NULL is fine. */
void corpus_close(struct corpus *corpus);

/* Symbols, at least 1. */
size_t corpus_length(const struct corpus *corpus);

/* Records, at least 1; 0 where the text is not made of records. */
size_t corpus_records(const struct corpus *corpus);

/* In a text of records: the position of the end symbol before record i, 0 <= i <=
 * corpus_records(), the last one being that after all records. */
size_t corpus_record_start(const struct corpus *corpus, size_t i);

/* In a text of records: the one that the symbol at `position` < corpus_length() is of, an end
 * symbol being of the record after it. */
size_t corpus_record_at(const struct corpus *corpus, size_t position);

size_t corpus_bytes(const struct corpus *corpus);

/* The files that the text is of, after those in folders have taken the folders' places. */
size_t corpus_file_count(const struct corpus *corpus);
const char *corpus_file(const struct corpus *corpus, size_t index);

/* Bytes of text that are in a temporary file. An index of records has one of its own. */
size_t corpus_spooled(const struct corpus *corpus);

/*
 * Bytes of memory that the corpus takes. The text is not counted: the system keeps as much of the
 * files in memory as it has to spare.
 */
struct corpus_memory {
    size_t held; /* for the index */
    size_t most; /* while it was opened */
};

struct corpus_memory corpus_memory(const struct corpus *corpus);

/* UTF8 or BYTES. */
enum encoding corpus_encoding(const struct corpus *corpus);

/* How often a text of `length` >= 1 bytes occurs in the bytes of the files; occurrences do not
 * overlap.
 */
size_t corpus_count_text(const struct corpus *corpus, const void *text, size_t length);

/* Whether some byte is part of no well-formed sequence of UTF-8: the first, at *offset in that file
 * (as decompressed). Reads the text up to it. */
bool corpus_find_raw_byte(const struct corpus *corpus, size_t *file, size_t *offset);

/*
 * A hash of the content, to notice that a corpus is not the one it was: the XXH64 of the first
 * file with seed 0, taken as the seed for the next file, and so on. Reads all of the corpus.
 */
uint64_t corpus_checksum(const struct corpus *corpus);

/* A vocabulary of all of the corpus's symbols, as corpus_select_vocab() makes it with a count of 1.
 */
CHARNN_MUST_CHECK enum status corpus_build_vocab(const struct corpus *corpus, struct vocab **vocab,
                                                 struct error *error);

/* Symbols that a vocabulary leaves out. */
struct rare_symbols {
    size_t different;
    size_t occurrences;
};

enum { CHARNN_MIN_COUNT_MOST = 65535 };

/*
 * A vocabulary of the symbols of `known`, where that is not NULL, in their order, then of the
 * others of the corpus, ascending by code. Of those, the ones that occur less than `min_count`
 * times, 1 to CHARNN_MIN_COUNT_MOST, are left out, and where there are any, the unknown symbol is
 * added; *rare tells of them. In a text of records the end symbol is added last. `known` has the
 * corpus's encoding. Errors: CHARNN_ERROR_DATA where all would be left out; CHARNN_ERROR_MEMORY.
 * Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status corpus_select_vocab(const struct corpus *corpus,
                                                  const struct vocab *known, size_t min_count,
                                                  struct vocab **vocab, struct rare_symbols *rare,
                                                  struct error *error);

/* How many of the corpus's different symbols, the end symbol aside, the vocabulary has itself. */
size_t corpus_count_known(const struct corpus *corpus, const struct vocab *vocab);

/*
 * Whether the vocabulary has an id for every symbol of the corpus, be it that of the unknown one;
 * CHARNN_ERROR_DATA says how many it lacks and names the one of lowest code. The encodings must be
 * the same: open the corpus with vocab_encoding().
 */
CHARNN_MUST_CHECK enum status corpus_check_vocab(const struct corpus *corpus,
                                                 const struct vocab *vocab, struct error *error);

/* A place to read from; corpus_seek() sets it. May be copied. */
struct corpus_cursor {
    size_t source; /* index of the file, or in a text of records of the record */
    size_t offset; /* bytes from the file's start, at the start of a symbol; SIZE_MAX: before the
                      record's end symbol */
};

/* Puts the cursor before the symbol at `position` <= corpus_length(). */
void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor);

/*
 * Reads up to `count` symbols as ids of `vocab` (vocab_find(): -1 for what it does not know) and
 * moves the cursor behind them. Returns how many were read: fewer than `count` only at the end.
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
void split_length(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]);

/*
 * split_length() of a corpus. In a text of records the cuts are moved to the nearest start of a
 * record; each part that has records begins with an end symbol and ends with one, which it shares
 * with the next.
 */
void corpus_split(const struct corpus *corpus, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]);

#endif
