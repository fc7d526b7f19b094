/* Vocabularies of a corpus (text/corpus.h). */
#ifndef CHARNN_TEXT_CORPUS_VOCAB_H
#define CHARNN_TEXT_CORPUS_VOCAB_H

#include "text/corpus.h"
#include "text/vocab.h"

/* Symbols that a vocabulary leaves out. */
struct rare_symbols {
    size_t different;
    size_t occurrences;
};

enum { CHARNN_MIN_COUNT_MOST = 65535 };

/*
 * Makes a vocabulary of the symbols of `known` (may be NULL; has the corpus's encoding), in their
 * order, then of the corpus's other symbols, ascending by code. Leaves out other symbols that occur
 * fewer than `min_count` times, 1 to CHARNN_MIN_COUNT_MOST; if there are any, *rare counts them and
 * the unknown symbol is added. For a text of records the end symbol comes last. Errors:
 * CHARNN_ERROR_DATA if every symbol would be left out.
 */
CHARNN_MUST_CHECK enum status corpus_select_vocab(const struct corpus *corpus,
                                                  const struct vocab *known, size_t min_count,
                                                  struct vocab **vocab, struct rare_symbols *rare,
                                                  struct error *error);

/* A vocabulary of all symbols of the corpus: corpus_select_vocab() with a count of 1. */
CHARNN_MUST_CHECK enum status corpus_build_vocab(const struct corpus *corpus, struct vocab **vocab,
                                                 struct error *error);

/* Number of different symbols of the corpus that the vocabulary has; the end symbol does not count.
 */
size_t corpus_count_known(const struct corpus *corpus, const struct vocab *vocab);

/* Checks that vocab_find() has an id for every symbol of the corpus. CHARNN_ERROR_DATA gives the
 * number of missing symbols and names the one of lowest code. Both must have the same encoding:
 * open the corpus with vocab_encoding(). */
CHARNN_MUST_CHECK enum status corpus_check_vocab(const struct corpus *corpus,
                                                 const struct vocab *vocab, struct error *error);

#endif
