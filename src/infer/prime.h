/* Prime text as the symbols that a model is to read, also where it does not know all of them. */
#ifndef CHARNN_INFER_PRIME_H
#define CHARNN_INFER_PRIME_H

#include "text/oov.h"
#include "text/vocab.h"

/*
 * Writes the ids of a text's symbols, at most `size`, and returns their number; where
 * `join_newlines` is set, CR LF is LF, and a byte order mark at the start no part of the text, as
 * in a corpus. For one that the vocabulary lacks `replacement` is written, or nothing where that is
 * below 0.
 */
size_t prime_encode(const struct vocab *vocab, bool join_newlines, const unsigned char *text,
                    size_t size, int32_t replacement, int32_t *ids, struct oov_report *unknown);

/* The symbol that a model reads before a text that begins with nothing: the end symbol of records,
 * else the newline, else -1. */
int32_t prime_start(const struct vocab *vocab);

/* What stands for symbols that the vocabulary lacks: its unknown symbol, else the space, else -1.
 */
int32_t prime_replacement(const struct vocab *vocab);

#endif
