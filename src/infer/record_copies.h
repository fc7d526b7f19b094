/* How many texts stand as whole records in a corpus of records. */
#ifndef CHARNN_INFER_RECORD_COPIES_H
#define CHARNN_INFER_RECORD_COPIES_H

#include "text/corpus.h"

struct record_copies {
    size_t texts;  /* with at least one symbol */
    size_t copied; /* texts that equal a record of the corpus */
};

/*
 * Compares the texts in codes[count], which end symbols (CHARNN_SYMBOL_END) separate, with the
 * records of the corpus, by their hashes (text/record_hashes.h). Reads the corpus once; memory is
 * at most 64 bytes for each text. Errors: CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status record_copies_count(const struct corpus *corpus,
                                                  const uint32_t *codes, size_t count,
                                                  struct record_copies *copies,
                                                  struct error *error);

#endif
