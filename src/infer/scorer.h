/*
 * A scorer: how well a model predicts each single symbol of a text, in order and in one stream: the
 * state begins at zero and is carried from the first to the last symbol, as for an exact evaluator,
 * whose sum is the sum of these, bit for bit.
 *
 * Symbols that the vocabulary lacks are left out, as if they were not in the text; the first of the
 * others is only read.
 */
#ifndef CHARNN_INFER_SCORER_H
#define CHARNN_INFER_SCORER_H

#include "nn/model.h"
#include "text/split.h"
#include "text/vocab.h"

enum { CHARNN_ALTERNATIVES = 5 };

struct alternative {
    int32_t id;
    double probability;
};

struct symbol_score {
    uint32_t code;
    bool known;  /* the vocabulary has it, or an unknown symbol that stands for it */
    bool scored; /* known, and not the first of these */
    double nats; /* -ln p; 0 where it is not scored */

    /* With details, where it is scored. */
    size_t rank; /* 1: the model thought no other symbol likelier; else 0 */
    size_t alternative_count;
    struct alternative alternatives[CHARNN_ALTERNATIVES]; /* the likeliest first */
};

struct scorer;

/* What a scorer works with; all is borrowed. */
struct scorer_plan {
    struct model *model;
    const struct vocab *vocab; /* the model's */
    const struct corpus *corpus;
    struct split part; /* of the corpus, to be scored */
    bool details;      /* rank and alternatives, at the cost of going symbol by symbol */
};

/* A scorer at the beginning of the part. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's. */
CHARNN_MUST_CHECK enum status scorer_create(const struct scorer_plan *plan, struct scorer **scorer,
                                            struct error *error);

/* NULL is fine. */
void scorer_destroy(struct scorer *scorer);

/* Symbols that scorer_next() gives at most. */
enum { CHARNN_SCORER_CHUNK = 32 };

/*
 * The next symbols of the text, known or not. Returns their number: less than CHARNN_SCORER_CHUNK
 * only at the end. Allocates nothing.
 */
size_t scorer_next(struct scorer *scorer, struct symbol_score scores[CHARNN_SCORER_CHUNK]);

#endif
