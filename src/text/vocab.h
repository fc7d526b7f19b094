/*
 * A vocabulary: the symbols a model knows, numbered 0 to V-1.
 *
 * It may have the unknown symbol, CHARNN_SYMBOL_UNKNOWN, which stands for every symbol that the
 * vocabulary lacks and is never written; and the end symbol, CHARNN_SYMBOL_END, of a model that
 * learns records (text/corpus.h).
 */
#ifndef CHARNN_TEXT_VOCAB_H
#define CHARNN_TEXT_VOCAB_H

#include "base/error.h"
#include "text/symbols.h"

struct vocab;

/* Makes the vocabulary in which codes[i] has id i. `encoding` is UTF8 or BYTES. The codes are
 * copied; they may come from a file: CHARNN_ERROR_FORMAT if there are none, or one is a duplicate
 * or cannot occur in the encoding. */
CHARNN_MUST_CHECK enum status vocab_create(enum encoding encoding, const uint32_t *codes,
                                           size_t count, struct vocab **vocab, struct error *error);
void vocab_destroy(struct vocab *vocab);

/* V */
size_t vocab_size(const struct vocab *vocab);

enum encoding vocab_encoding(const struct vocab *vocab);

/* The id of a code (any 32-bit value), else the id of the unknown symbol, else -1. */
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
 * Encodes a whole text as *count ids; `ids` has room for `size`. For `join_newlines` see
 * symbol_decode_joined(). CHARNN_ERROR_DATA if the vocabulary lacks a symbol of the text: the
 * message calls the text `what` ("the stop text 'x'") and names the symbol and its position,
 * counted in symbols from 1.
 */
CHARNN_MUST_CHECK enum status vocab_encode_text(const struct vocab *vocab, bool join_newlines,
                                                const char *what, const unsigned char *text,
                                                size_t size, int32_t *ids, size_t *count,
                                                struct error *error);

#endif
