/* Prime text as the symbols that a model reads, even if its vocabulary lacks some of them. */
#ifndef CHARNN_INFER_PRIME_H
#define CHARNN_INFER_PRIME_H

#include "text/oov.h"
#include "text/vocab.h"

/* Encodes a text to at most `size` ids and returns their number. With `join_newlines`, CR LF is
 * read as LF and a byte order mark at the start is skipped, as in a corpus. An out-of-vocabulary
 * symbol is counted in *unknown. It becomes `replacement`, or is skipped if `replacement` is below
 * 0. */
size_t prime_encode(const struct vocab *vocab, bool join_newlines, const unsigned char *text,
                    size_t size, int32_t replacement, int32_t *ids, struct oov_report *unknown);

/* The symbol that a model reads before a text starts: the end symbol, else a newline, else -1. */
int32_t prime_start(const struct vocab *vocab);

/* The replacement for out-of-vocabulary symbols: the unknown symbol, else a space, else -1. */
int32_t prime_replacement(const struct vocab *vocab);

#endif
