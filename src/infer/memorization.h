/* Memorization: how much of a text occurs verbatim in a corpus. A suffix automaton of the text
 * (Blumer et al. 1985) reads the corpus once. Time is linear in both; memory is about 150 bytes for
 * each symbol of the text. */
#ifndef CHARNN_INFER_MEMORIZATION_H
#define CHARNN_INFER_MEMORIZATION_H

#include "text/corpus.h"

/* A run is a part of the text that occurs in the corpus. It never contains the end symbol
 * (CHARNN_SYMBOL_END), so it does not cross records, and texts can be joined by end symbols. */
struct memorization_report {
    size_t characters;   /* of the text, without end symbols */
    size_t copied;       /* characters within runs longer than `run` */
    size_t longest;      /* characters of the longest run; the first in the corpus if several are */
    size_t text_begin;   /* position of the longest run in the codes */
    size_t corpus_begin; /* its position in the corpus, in symbols */
};

/* Compares codes[count], of the corpus's encoding, with the corpus. */
CHARNN_MUST_CHECK enum status memorization_find(const struct corpus *corpus, const uint32_t *codes,
                                                size_t count, size_t run,
                                                struct memorization_report *report,
                                                struct error *error);

#endif
