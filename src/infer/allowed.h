/* The symbols that may be written, from lists of characters. */
#ifndef CHARNN_INFER_ALLOWED_H
#define CHARNN_INFER_ALLOWED_H

#include "text/vocab.h"

#include <stdbool.h>

/*
 * allowed[V]: the characters of `only` (all if it is empty) without the characters of `forbid`. The
 * end symbol is always allowed, the unknown symbol never, because it stands for no character. NULL,
 * which allows every symbol, if both lists are empty and there is no unknown symbol. Characters
 * that the vocabulary lacks are ignored. Errors: CHARNN_ERROR_DATA if no character is left;
 * CHARNN_ERROR_MEMORY. Released with memory_free().
 */
CHARNN_MUST_CHECK enum status allowed_create(const struct vocab *vocab, const char *only,
                                             const char *forbid, bool **allowed,
                                             struct error *error);

#endif
