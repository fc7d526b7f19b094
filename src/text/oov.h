/* Which symbols of a corpus a vocabulary does not have itself, be there one that stands for them or
 * not. */
#ifndef CHARNN_TEXT_OOV_H
#define CHARNN_TEXT_OOV_H

#include "text/corpus.h"
#include "text/vocab.h"

struct oov_report {
    size_t count; /* occurrences */
    char
        named[512]; /* the first different ones and where each is first, counted in symbols of the
                       part from 1, but for an end symbol that it begins with: "'Q' (U+0051) from
                       position 5, byte 0xFF from position 9 and others"; "" where there are none */
};

/* Looks through a part of the corpus; where the vocabulary has all of its symbols, that is known
 * without. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if another program changed the text. */
CHARNN_MUST_CHECK enum status oov_report_make(const struct corpus *corpus, struct split part,
                                              const struct vocab *vocab, struct oov_report *report,
                                              struct error *error);

#endif
