/* Out-of-vocabulary characters: how many a text has, and which. */
#ifndef CHARNN_TEXT_OOV_H
#define CHARNN_TEXT_OOV_H

#include "text/split.h"
#include "text/vocab.h"

enum { CHARNN_OOV_NAMED = 5 }; /* different characters that a report names */

/* Zero-initialised: none. */
struct oov_report {
    size_t count;    /* occurrences */
    char named[512]; /* the first different characters and the first position of each:
                        "'Q' (U+0051) at position 5, byte 0xFF at position 9 and others" */
    uint32_t codes[CHARNN_OOV_NAMED]; /* the named ones */
    size_t different;                 /* at most CHARNN_OOV_NAMED + 1 */
};

/* Counts one occurrence. `position` counts from 1. */
void oov_add(struct oov_report *report, uint32_t code, size_t position);

/* Reports the characters of a part of the corpus that the vocabulary lacks, whether
 * or not it has an unknown symbol. Positions are relative to the part and leave out an end symbol
 * at its start. Reads the part only if the corpus has such characters. Errors: CHARNN_ERROR_DATA if
 * another program changed the text. */
CHARNN_MUST_CHECK enum status oov_report_make(const struct corpus *corpus, struct split part,
                                              const struct vocab *vocab, struct oov_report *report,
                                              struct error *error);

#endif
