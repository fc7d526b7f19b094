/* Which symbols may be written, from lists of characters. */
#ifndef CHARNN_INFER_ALLOWED_H
#define CHARNN_INFER_ALLOWED_H

#include "text/vocab.h"

#include <stdbool.h>

/*
 * allowed[V]: those of `only` (all, where it is empty) but those of `forbid` and the unknown
 * symbol, which stands for no character, and always the end symbol; NULL where that leaves all.
 * Characters that the vocabulary lacks are passed over. Errors: CHARNN_ERROR_DATA where none is
 * left; CHARNN_ERROR_MEMORY. Ownership: the caller's, memory_free().
 */
CHARNN_MUST_CHECK enum status allowed_create(const struct vocab *vocab, const char *only,
                                             const char *forbid, bool **allowed,
                                             struct error *error);

#endif
