/*
 * A vocabulary as JSON: {"encoding":"utf8","symbols":["\n"," ","a",233]}, in the order of the ids.
 * A string is the character that it holds, or "<unknown>", the unknown symbol; a number the byte of
 * that value: in what is written, 0 or one from 128 on, which no JSON string can hold here; in what
 * is read, any.
 */
#ifndef CHARNN_CHECKPOINT_VOCAB_JSON_H
#define CHARNN_CHECKPOINT_VOCAB_JSON_H

#include "base/error.h"
#include "text/vocab.h"

/* "utf8" or "bytes" */
const char *encoding_name(enum encoding encoding);

/* The text, on one line. Ownership: the caller's, released with memory_free(). */
CHARNN_MUST_CHECK enum status vocab_to_json(const struct vocab *vocab, char **text,
                                            struct error *error);

/*
 * The vocabulary in a text. `where` names the text in errors (base/json.h):
 * CHARNN_ERROR_FORMAT. Ownership: the caller's, vocab_destroy().
 */
CHARNN_MUST_CHECK enum status vocab_from_json(const char *text, const char *where,
                                              struct vocab **vocab, struct error *error);

#endif
