/* "Did you mean": the known name that another program calls so, or that is most similar. */
#ifndef CHARNN_CLI_OPTIONS_SUGGEST_H
#define CHARNN_CLI_OPTIONS_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

struct suggestion {
    const char *word; /* what was typed */
    const char *best; /* the most similar candidate, or NULL if none is similar */
    size_t distance;  /* of `best`, or the limit */
};

struct suggestion suggestion_start(const char *word);

/* Compares with one more known name (borrowed). */
void suggestion_consider(struct suggestion *suggestion, const char *candidate);

/* Whether other programs call the option or command `name` so. */
bool suggestion_is_synonym(const char *word, const char *name);

/* What to do instead of an option that other programs have and charnn has not; NULL: unknown. */
const char *suggestion_answer(const char *word);

#endif
