/*
 * Batches for truncated backpropagation through time: B streams walk through a split side by side,
 * in windows of T symbols.
 *
 * With n = end - begin symbols an epoch has W = (n - 1) / (B * T) windows. Stream b begins at
 * begin + b * W * T. Window w has the stream's next T symbols as inputs, and the same shifted by
 * one as targets. So each stream carries its state from window to window. An epoch uses W * B * T
 * inputs and leaves out the rest of the split.
 *
 * In a corpus of records every epoch has another order of the records, a pure function of a seed
 * and the epoch's number.
 */
#ifndef CHARNN_TEXT_BATCHES_H
#define CHARNN_TEXT_BATCHES_H

#include "base/error.h"
#include "text/split.h"
#include "text/vocab.h"

struct batches;

/* Reduces *batch, and if that is not enough *steps, so that `symbols` >= 2 fill at least one
 * window. Returns whether it changed any. */
bool batches_fit(size_t symbols, size_t *batch, size_t *steps);

/*
 * Creates the streams of a split (in a corpus of records: one of corpus_split()), at window 0 of
 * epoch 0. `seed` is for the order of records; `batch`, `steps` >= 1. Borrows the corpus and the
 * vocabulary, which has the corpus's encoding. Errors: CHARNN_ERROR_DATA if the split cannot fill a
 * window (see batches_fit()), or has symbols for which the vocabulary has no id.
 */
CHARNN_MUST_CHECK enum status batches_create(const struct corpus *corpus, const struct vocab *vocab,
                                             struct split split, size_t batch, size_t steps,
                                             uint64_t seed, struct batches **batches,
                                             struct error *error);
void batches_destroy(struct batches *batches);

/* From now on only the `count` streams from `first` on are given: windows are [T][count]. */
void batches_select(struct batches *batches, size_t first, size_t count);

/* W, at least 1. */
size_t batches_windows_per_epoch(const struct batches *batches);

/* The next window of batches_next(), 0 to W - 1. */
size_t batches_window(const struct batches *batches);

/* Moves to `window` < W of an epoch, counted from 0, as if everything before had been read. Takes a
 * pass over all records. */
void batches_seek(struct batches *batches, size_t epoch, size_t window);

/* Fills x and y, [T][B] ids of inputs and targets, with the current window and moves to the
 * next one, after the last to window 0 of the next epoch. Ids are >= 0, but a target that is not to
 * be learned (corpus_read_learned()) is -1. Returns whether the window given is window 0, before
 * which the carried state must be reset. */
bool batches_next(struct batches *batches, int32_t *x, int32_t *y);

/* Whether the text has changed since the batches were created, for example because its file was
 * overwritten. Windows have id 0 in place of what is missing; do not learn from them. */
bool batches_changed(const struct batches *batches);

#endif
