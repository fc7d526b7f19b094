/* "Did you mean": the known name most similar to a mistyped one. */
#ifndef CHARNN_CLI_OPTIONS_SUGGEST_H
#define CHARNN_CLI_OPTIONS_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *word; /* what was typed */
    const char *best; /* the most similar candidate, or NULL if none is similar */
    size_t distance;  /* of `best`, or the limit */
};

struct suggestion suggestion_start(const char *word);

/* Compares with one more known name (borrowed). */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

#endif
