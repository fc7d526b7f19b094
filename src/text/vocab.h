/*
 * A vocabulary: the symbols a model knows, numbered 0 to V-1.
 *
 * One of them may be the unknown symbol, CHARNN_SYMBOL_UNKNOWN: every symbol that the vocabulary
 * lacks is read as that one. Nobody can write it. Another one may be the end symbol,
 * CHARNN_SYMBOL_END, of a model that learns records (text/corpus.h).
 */
#ifndef CHARNN_TEXT_VOCAB_H
#define CHARNN_TEXT_VOCAB_H

#include "base/error.h"
#include "text/symbols.h"

struct vocab;

/*
 * The vocabulary in which codes[i] has id i: the order is the caller's and is kept. `encoding` is
 * UTF8 or BYTES. The unknown symbol and the end symbol may be among them. Errors, as the codes may
 * come from a file: CHARNN_ERROR_FORMAT where there are none, or one is given twice or cannot occur
 * in that encoding; CHARNN_ERROR_MEMORY. Ownership: the caller's; the codes are copied.
 */
CHARNN_MUST_CHECK enum status vocab_create(enum encoding encoding, const uint32_t *codes,
                                           size_t count, struct vocab **vocab, struct error *error);

/* NULL is fine. */
void vocab_destroy(struct vocab *vocab);

/* V */
size_t vocab_size(const struct vocab *vocab);

enum encoding vocab_encoding(const struct vocab *vocab);

/* The id that a code (any 32-bit value) is read as: its own, or else that of the unknown symbol, or
 * -1 where there is none. */
int32_t vocab_find(const struct vocab *vocab, uint32_t code);

/* Whether the vocabulary has the code itself. */
bool vocab_has(const struct vocab *vocab, uint32_t code);

/* The id of the unknown symbol, or -1. */
int32_t vocab_unknown(const struct vocab *vocab);

/* The id of the end symbol, or -1. */
int32_t vocab_end(const struct vocab *vocab);

/* The code of an id, 0 <= id < V. */
uint32_t vocab_code(const struct vocab *vocab, int32_t id);

/* The codes of all ids, [V]; borrowed. */
const uint32_t *vocab_codes(const struct vocab *vocab);

/*
 * The ids of a whole text and their number; `ids` has room for `size` of them; for `join_newlines`
 * see symbol_decode_joined(). A symbol that the vocabulary does not have itself is
 * CHARNN_ERROR_DATA; the message names the text as `what` ("the prime text"), the first such symbol
 * and its position, counted in symbols from 1.
 */
CHARNN_MUST_CHECK enum status vocab_encode_text(const struct vocab *vocab, bool join_newlines,
                                                const char *what, const unsigned char *text,
                                                size_t size, int32_t *ids, size_t *count,
                                                struct error *error);

#endif
