/* Hashes by which texts and records are known: 64 bits of the codes of their symbols, so one in
 * 10^19 pairs of different texts counts as equal. */
#ifndef CHARNN_TEXT_RECORD_HASHES_H
#define CHARNN_TEXT_RECORD_HASHES_H

#include "base/xxh64.h"
#include "text/corpus.h"

/* Adds a symbol to a hash that xxh64_start(0) began. */
void text_hash_add(struct xxh64 *hash, uint32_t code);

/* The hash, never 0. */
uint64_t text_hash_end(const struct xxh64 *hash);

typedef enum status text_hash_visit(void *context, uint64_t hash, struct error *error);

/* Call `visit` until it fails, with the hash of each record of the corpus, or of each text that end
 * symbols (CHARNN_SYMBOL_END) separate in codes[count] and that has other symbols. Errors: those of
 * `visit`, and CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status record_hashes_visit(const struct corpus *corpus,
                                                  text_hash_visit *visit, void *context,
                                                  struct error *error);
CHARNN_MUST_CHECK enum status text_hashes_visit(const uint32_t *codes, size_t count,
                                                text_hash_visit *visit, void *context,
                                                struct error *error);

#endif
