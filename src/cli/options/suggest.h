/* "Did you mean": the known name that is most similar to the typed word, or for which other
 * programs use that word. */
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

/* Whether other programs use `word` for the option or command `name`. */
bool suggestion_is_synonym(const char *word, const char *name);

/* Advice for an option that other programs have and charnn lacks; NULL: none. */
const char *suggestion_answer(const char *word);

#endif
