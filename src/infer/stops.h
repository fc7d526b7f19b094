/* Stop texts end a text. They are found as the text grows, symbol by symbol, with an automaton for
 * each (Knuth, Morris & Pratt 1977). */
#ifndef CHARNN_INFER_STOPS_H
#define CHARNN_INFER_STOPS_H

#include "base/error.h"
#include "base/list.h"
#include "text/vocab.h"

#include <stdbool.h>

struct stops;

/* The stop texts of a list, which may be empty; for `join_newlines` see symbol_decode_joined().
 * Errors: CHARNN_ERROR_DATA if a stop text could never occur, because the vocabulary lacks one of
 * its symbols or `allowed` (infer/allowed.h; NULL: all) excludes one. */
CHARNN_MUST_CHECK enum status stops_create(const struct text_list *texts, const struct vocab *vocab,
                                           bool join_newlines, const bool *allowed,
                                           struct stops **stops, struct error *error);
void stops_destroy(struct stops *stops);

/* How much of each stop text a text ends with; zero-initialised at the start of the text. */
struct stop_watch {
    size_t matched[CHARNN_LIST_LENGTH]; /* symbols */
};

/* Appends a symbol to the text. Returns the bytes of the longest stop text, of at most `most`
 * bytes, that the text now ends with, or 0. */
size_t stops_advance(const struct stops *stops, struct stop_watch *watch, int32_t id, size_t most);

/* The number of bytes at the end of the text that may be the beginning of a stop text. */
size_t stops_pending(const struct stops *stops, const struct stop_watch *watch);

#endif
