/* "Did you mean": the known name nearest to a mistyped one. */
#ifndef CHARNN_CLI_OPTIONS_SUGGEST_H
#define CHARNN_CLI_OPTIONS_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *word; /* what was typed */
    const char *best; /* the nearest candidate that is near enough, or NULL */
    size_t distance;
};

struct suggestion suggestion_start(const char *word);

/* Looks at one more known name (borrowed). */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

#endif
