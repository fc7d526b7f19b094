/*
 * A vocabulary as JSON: {"encoding":"utf8","symbols":["\n"," ","a",233]}, in the order of the ids.
 * A string is one character, or "<unknown>" or "<end>" for the special symbols of text/vocab.h. A
 * number is a byte. The writer uses numbers only for byte 0 and bytes from 128, which a string
 * cannot hold; the reader also takes a number from 1 to 127, which is that character.
 */
#ifndef CHARNN_CHECKPOINT_VOCAB_JSON_H
#define CHARNN_CHECKPOINT_VOCAB_JSON_H

#include "base/error.h"
#include "text/vocab.h"

/* "utf8" or "bytes". */
const char *encoding_name(enum encoding encoding);

/* Text on one line. Released with memory_free(). */
CHARNN_MUST_CHECK enum status vocab_to_json(const struct vocab *vocab, char **text,
                                            struct error *error);

/* The reverse. `where` names the text in errors (base/json.h), which are CHARNN_ERROR_FORMAT. */
CHARNN_MUST_CHECK enum status vocab_from_json(const char *text, const char *where,
                                              struct vocab **vocab, struct error *error);

#endif
