/* Mistaken values of --records. */
#ifndef CHARNN_CLI_TRAIN_SEPARATOR_H
#define CHARNN_CLI_TRAIN_SEPARATOR_H

#include "text/corpus.h"

enum { CHARNN_SEPARATOR_HINT = 256 };

/* CHARNN_ERROR_USAGE if the value is not UTF-8, or a word such as "lines" or "paragraph" that seems
 * to mean a rule. */
CHARNN_MUST_CHECK enum status separator_check(const char *rule, struct error *error);

/* What the text has instead of a separator that never occurs in it: "; with CR LF line ends it
 * occurs 12 times, so use --newlines lf". Empty if nothing similar is found. */
void separator_explain(const struct corpus *corpus, const char *rule,
                       char hint[CHARNN_SEPARATOR_HINT]);

#endif
