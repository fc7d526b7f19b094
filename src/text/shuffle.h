/* A random order of the records of a corpus, with copies of a record side by side. */
#ifndef CHARNN_TEXT_SHUFFLE_H
#define CHARNN_TEXT_SHUFFLE_H

#include "text/corpus.h"

/*
 * Sorts the records by a hash of their symbols and the seed. The order stays in the temporary file
 * of the index. Returns the number of records that are copies of the record before them. Only for a
 * text of records.
 */
size_t corpus_shuffle_records(struct corpus *corpus, uint64_t seed);

/* After corpus_shuffle_records(): the most symbols that a record and its copies have together, and
 * in *records their number. */
size_t corpus_most_copied(const struct corpus *corpus, size_t *records);

#endif
