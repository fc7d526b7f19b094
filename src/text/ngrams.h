/*
 * n-gram models of a text: the probability that each gives to each symbol of a passage, after the
 * n - 1 symbols before it.
 *
 * Interpolated modified Kneser-Ney smoothing (Chen & Goodman 1999, section 3). For a context h and
 * a symbol w, h' being h without its first symbol,
 *
 *   p(w | h) = (a(hw) - D(a(hw))) / a(h) + g(h) p(w | h'),    a(h) = sum of a(hv) over all v
 *
 * where g(h) is the sum of D(a(hv)) over all v, divided by a(h). Below the shortest context is 1/V.
 * A context that the text lacks leaves p(w | h'). The a of the longest grams, of n symbols, is how
 * often the text has them; the a of shorter grams is how many different symbols precede them
 * there, the start of the text being one.
 *
 * The discounts D(1), D(2), and D(3) for all larger a, come from the numbers n1 to n4 of the grams
 * of that length whose a is 1 to 4: D(i) = i - (i + 1) y n(i+1) / n(i) with y = n1 / (n1 + 2 n2).
 * If that is impossible, or not between 0 and i, they are 0.5, 1 and 1.5.
 *
 * A gram has an end symbol only at its ends, so it stays in a record. No symbol precedes a gram
 * that begins with the end symbol: its a is how often the text has it. The end symbol that begins
 * a text is only read. A context that reaches the start of the passage or of a record before it has
 * n - 1 symbols is shorter: the probability is that of the shorter grams.
 */
#ifndef CHARNN_TEXT_NGRAMS_H
#define CHARNN_TEXT_NGRAMS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { CHARNN_NGRAMS_LONGEST = 20 };

struct ngrams_plan {
    const int32_t *ids; /* [training + passage] the text, then the passage; borrowed */
    size_t training, passage;
    size_t vocab;   /* V */
    int32_t end;    /* the end symbol of records, or -1 */
    size_t longest; /* n, 1 to CHARNN_NGRAMS_LONGEST */
};

struct ngrams;

/* Bytes that ngrams_create() allocates; SIZE_MAX if that overflows. The ids are not read. */
size_t ngrams_memory(const struct ngrams_plan *plan);

/* Sorts the grams. Errors: CHARNN_ERROR_MEMORY, also if text and passage have 2^32 symbols. */
CHARNN_MUST_CHECK enum status ngrams_create(const struct ngrams_plan *plan, struct ngrams **ngrams,
                                            struct error *error);
void ngrams_destroy(struct ngrams *ngrams);

/* The probabilities [passage] by the model with n = 1, then 2, and so on up to the plan's
 * `longest`. That of the first symbol is without any context. They are overwritten by the next
 * call. */
const double *ngrams_next(struct ngrams *ngrams);

#endif
