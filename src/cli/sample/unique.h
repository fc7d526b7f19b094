/*
 * --unique: a set of the texts that were written, and of the texts in the corpus of --copy-check:
 * its records or, if the model did not learn records, any part of it. A text is its prime and what
 * follows. Texts are known by a hash (text/record_hashes.h).
 */
#ifndef CHARNN_CLI_SAMPLE_UNIQUE_H
#define CHARNN_CLI_SAMPLE_UNIQUE_H

#include "text/corpus.h"

struct unique;

/* A text: the prime, and what follows. Borrowed; a size may be 0. */
struct unique_text {
    const unsigned char *parts[2];
    size_t sizes[2];
};

/* The corpus is borrowed; NULL: none. `format`: of the texts. */
CHARNN_MUST_CHECK enum status unique_create(const struct corpus *corpus,
                                            const struct corpus_format *format,
                                            struct unique **unique, struct error *error);
void unique_destroy(struct unique *unique);

/* *known: whether the text was added or stands in the corpus. */
CHARNN_MUST_CHECK enum status unique_find(struct unique *unique, const struct unique_text *text,
                                          bool *known, struct error *error);

CHARNN_MUST_CHECK enum status unique_add(struct unique *unique, const struct unique_text *text,
                                         struct error *error);

#endif
