/*
 * Stops: texts that end a text. A text that goes on symbol by symbol is watched for the first place
 * where one of them is complete (by the automaton of Knuth, Morris & Pratt 1977, one for each).
 */
#ifndef CHARNN_INFER_STOPS_H
#define CHARNN_INFER_STOPS_H

#include "base/error.h"
#include "base/list.h"
#include "text/vocab.h"

#include <stdbool.h>

struct stops;

/*
 * The stop texts of a list, which may be empty; for `join_newlines` see symbol_decode_joined().
 * Errors: CHARNN_ERROR_DATA where one has a symbol
 * that the vocabulary lacks, or that is not allowed (allowed.h; NULL: all are), so that it would
 * never come; CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status stops_create(const struct text_list *texts, const struct vocab *vocab,
                                           bool join_newlines, const bool *allowed,
                                           struct stops **stops, struct error *error);

/* NULL is fine. */
void stops_destroy(struct stops *stops);

/* How far a text has come into each stop text; zero-initialised at its beginning. */
struct stop_watch {
    size_t matched[CHARNN_LIST_LENGTH]; /* symbols */
};

/*
 * Goes on by a symbol. Returns the length in bytes of the longest stop text that is now complete,
 * or 0.
 */
size_t stops_advance(const struct stops *stops, struct stop_watch *watch, int32_t id);

/* How many of the last bytes may yet turn out to be the beginning of a stop text. */
size_t stops_pending(const struct stops *stops, const struct stop_watch *watch);

#endif
