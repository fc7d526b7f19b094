/* The parts of a corpus: for training, validation and test, or those of files. */
#ifndef CHARNN_TEXT_SPLIT_H
#define CHARNN_TEXT_SPLIT_H

#include "text/corpus.h"

/* The part [begin, end) of a corpus, in symbols. */
struct split {
    size_t begin;
    size_t end;
};

enum { CHARNN_SPLIT_TRAIN, CHARNN_SPLIT_VAL, CHARNN_SPLIT_TEST, CHARNN_SPLITS };

/* Whether the fractions are >= 0 and their sum is <= 1 up to rounding. */
bool split_is_possible(double train_frac, double val_frac);

/*
 * Divides `length` symbols in file order: training up to floor(length * train_frac), validation up
 * to floor(length * (train_frac + val_frac)), the rest is the test part. Computed in double
 * precision; a sum of fractions that is 1 up to rounding leaves no rest. The fractions are
 * possible.
 */
void split_length(size_t length, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]);

/*
 * split_length() of a corpus. In a text of records each cut moves to the nearest start of a record,
 * and after corpus_shuffle_records() to one that is no copy of the record before; a part that has
 * records begins and ends with an end symbol, and neighbours share one.
 */
void corpus_split(const struct corpus *corpus, double train_frac, double val_frac,
                  struct split splits[CHARNN_SPLITS]);

/* The characters of a part, as eval scores them: its symbols but the end symbol before its first
 * record. */
size_t split_characters(const struct corpus *corpus, struct split part);

/* The records of a part of a text of records: [*begin, *end). */
void split_records(const struct corpus *corpus, struct split part, size_t *begin, size_t *end);

/* How many of these are to be learned (`learn_after` of struct corpus_format). */
size_t split_learned(const struct corpus *corpus, struct split part);

/* The symbols of file `index`. In a text of records: from the end symbol before its first record to
 * the one after its last, or none. Not after corpus_shuffle_records(). */
struct split corpus_file_part(const struct corpus *corpus, size_t index);

#endif
