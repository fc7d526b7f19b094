/* A census of a text: how many symbols it has and which ones occur, in one fast pass. */
#ifndef CHARNN_TEXT_CENSUS_H
#define CHARNN_TEXT_CENSUS_H

#include "base/error.h"
#include "text/symbols.h"

struct census;

/* An empty census; `encoding` is UTF8 or BYTES, for `join_newlines` see symbol_decode_joined(). */
CHARNN_MUST_CHECK enum status census_create(enum encoding encoding, bool join_newlines,
                                            struct census **census, struct error *error);

/* Bytes that census_create() allocates; about 1 MB. */
size_t census_memory(void);
void census_destroy(struct census *census);

/* Adds the symbols at the start of `bytes`, at most `limit`, and their number to *count. Returns
 * their length in bytes. A sequence cut off at the end of `bytes` counts as raw bytes, so the end
 * must be that of the text. */
size_t census_add(struct census *census, const unsigned char *bytes, size_t size, size_t limit,
                  size_t *count);

/* Whether a raw byte >= 0x80 occurred. */
bool census_has_raw_bytes(const struct census *census);

/* The number of different symbols; if `codes` is not NULL, stores their codes, ascending. */
size_t census_codes(struct census *census, uint32_t *codes);

#endif
