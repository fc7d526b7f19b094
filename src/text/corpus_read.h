/* Reading a corpus (text/corpus.h) as ids of a vocabulary. */
#ifndef CHARNN_TEXT_CORPUS_READ_H
#define CHARNN_TEXT_CORPUS_READ_H

#include "text/corpus.h"
#include "text/vocab.h"

/* A place to read from, set by corpus_seek(). May be copied. */
struct corpus_cursor {
    size_t source; /* index of the file, or of the record in a text of records */
    size_t offset; /* in the file, in bytes; SIZE_MAX: before the record's end symbol */
};

/* Moves the cursor before the symbol at `position` <= corpus_length(). */
void corpus_seek(const struct corpus *corpus, size_t position, struct corpus_cursor *cursor);

/* Reads up to `count` symbols as ids (vocab_find(): -1 for an out-of-vocabulary symbol) and moves
 * the cursor behind them. Returns the number read: fewer than `count` only at the end. */
size_t corpus_read(const struct corpus *corpus, struct corpus_cursor *cursor,
                   const struct vocab *vocab, size_t count, int32_t *ids);

/* The same, and learned[i] says whether symbol i is to be learned: each is, but for the question of
 * a record (`learn_after` of struct corpus_format). */
size_t corpus_read_learned(const struct corpus *corpus, struct corpus_cursor *cursor,
                           const struct vocab *vocab, size_t count, int32_t *ids, bool *learned);

/* The error if what is read cannot be the text that was opened: CHARNN_ERROR_DATA. */
CHARNN_MUST_CHECK enum status corpus_changed(struct error *error);

#endif
