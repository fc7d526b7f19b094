/*
 * A network beside n-gram models (text/ngrams.h) of its training text: which of them predicts the
 * characters of a recording better. A model has a character right if it gives it a probability
 * above 0.5 (Karpathy, Johnson & Li 2015, section 4.2).
 */
#ifndef CHARNN_INFER_INSIDE_COMPARISON_H
#define CHARNN_INFER_INSIDE_COMPARISON_H

#include "infer/inside/recording.h"
#include "text/ngrams.h"

struct comparison_model {
    double nats;         /* per character */
    size_t only_network; /* characters that the network has right and the model has not */
    size_t only_model;
};

/* The first symbol of the recording, which is only read, does not count. */
struct comparison {
    size_t longest;                                        /* n */
    struct comparison_model models[CHARNN_NGRAMS_LONGEST]; /* [n - 1] */
    size_t equal; /* the smallest n whose loss is not above the network's; 0: none */
    int32_t *ids; /* [training + N] of the training text, then of the recording */
    size_t training;
    bool *short_right; /* [N] whether a model with n <= CHARNN_COMPARISON_SHORT has it right */
};

enum { CHARNN_COMPARISON_SHORT = 9 };

/* Everything is borrowed; the vocabulary also by the result. */
struct comparison_plan {
    const struct recording *recording; /* of at least 2 symbols */
    const struct vocab *vocab;         /* the model's */
    const struct corpus *corpus;
    struct split part; /* of the corpus, to train on; not empty */
    double nats;       /* per character of the recording, by the network */
    size_t longest;    /* n, 1 to CHARNN_NGRAMS_LONGEST */
};

/* Bytes that comparison_make() allocates; SIZE_MAX if that overflows. */
size_t comparison_memory(const struct comparison_plan *plan);

/* Fills a zero-initialised comparison, which comparison_deinit() releases also after an error.
 * Out-of-vocabulary symbols of the corpus are left out. Errors: those of corpus_read_known() and
 * ngrams_create(); CHARNN_ERROR_DATA if the part has no known symbol. */
CHARNN_MUST_CHECK enum status comparison_make(const struct comparison_plan *plan,
                                              struct comparison *comparison, struct error *error);
void comparison_deinit(struct comparison *comparison);

/* Whether the network has symbol t of the recording right. */
bool comparison_network_right(const struct recording *recording, size_t t);

#endif
