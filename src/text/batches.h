/*
 * Batches for truncated backpropagation through time: B streams that walk through a split side by
 * side, in windows of T symbols.
 *
 * Of n = end - begin symbols an epoch has W = (n - 1) / (B * T) windows. Stream b begins at
 * begin + b * W * T; window w has its next T symbols as inputs and those one further as targets.
 * So state carried from window to window stays with its stream, and an epoch uses W * B * T
 * inputs; what is left at the split's end is not used.
 *
 * A corpus of records is read in another order of its records in every epoch. That order is a pure
 * function of a seed and the epoch's number.
 */
#ifndef CHARNN_TEXT_BATCHES_H
#define CHARNN_TEXT_BATCHES_H

#include "base/error.h"
#include "text/split.h"
#include "text/vocab.h"

struct batches;

/*
 * Makes *batch, and if that is not enough *steps, no larger than what `symbols` >= 2 can fill, so
 * that an epoch has at least one window. Returns whether it changed them.
 */
bool batches_fit(size_t symbols, size_t *batch, size_t *steps);

/*
 * Streams over `split` of the corpus (both borrowed, as is the vocabulary, which has the corpus's
 * encoding), at window 0 of epoch 0. `seed` is of the order of records; of a corpus of records the
 * split is one of corpus_split(). `batch`, `steps` >= 1. Errors: CHARNN_ERROR_DATA where the split
 * cannot fill one window (see batches_fit()) or has symbols unknown to the vocabulary;
 * CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status batches_create(const struct corpus *corpus, const struct vocab *vocab,
                                             struct split split, size_t batch, size_t steps,
                                             uint64_t seed, struct batches **batches,
                                             struct error *error);

/* NULL is fine. */
void batches_destroy(struct batches *batches);

/* W, at least 1. */
size_t batches_windows_per_epoch(const struct batches *batches);

/* The window that batches_next() gives next, 0 to W - 1. */
size_t batches_window(const struct batches *batches);

/* Makes `window` < W of an epoch, counted from 0, the next one, as if the ones before had been
 * read. A pass over all records. */
void batches_seek(struct batches *batches, size_t epoch, size_t window);

/*
 * Fills x and y, [T][B] ids of inputs and targets, all >= 0, with the current window and moves on:
 * behind the last window to window 0 of the next epoch. Returns whether the window it gave was
 * window 0, where the streams begin anew and the carried state must be reset.
 */
bool batches_next(struct batches *batches, int32_t *x, int32_t *y);

/* Whether symbols were read that the text did not hold when the batches were made, as where its
 * file is written over meanwhile: 0 stands for them in windows, which are not to be learned from.
 */
bool batches_changed(const struct batches *batches);

#endif
