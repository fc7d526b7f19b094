/*
 * Copies: what of a text stands verbatim in a corpus. A suffix automaton of the text (Blumer et al.
 * 1985) reads the corpus once from beginning to end: time grows linearly with both, memory with the
 * text alone, of which a symbol takes about 150 bytes.
 */
#ifndef CHARNN_INFER_MEMORIZATION_H
#define CHARNN_INFER_MEMORIZATION_H

#include "text/corpus.h"

/*
 * A run is a stretch of the text that stands in the corpus. It has no end symbol
 * (CHARNN_SYMBOL_END): of records none goes on in the next, and an end may stand between any two
 * texts that are looked at together.
 */
struct memorization_report {
    size_t characters;   /* of the text, without end symbols */
    size_t copied;       /* of these, within runs longer than was asked for */
    size_t longest;      /* characters of the longest run; the first in the corpus, of equal ones */
    size_t text_begin;   /* where it begins in the codes */
    size_t corpus_begin; /* and in the corpus, in symbols */
};

/*
 * Compares codes[count], which must be of the corpus's encoding, with the corpus. Errors:
 * CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status memorization_find(const struct corpus *corpus, const uint32_t *codes,
                                                size_t count, size_t run,
                                                struct memorization_report *report,
                                                struct error *error);

#endif
