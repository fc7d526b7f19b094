/*
 * A scorer: how well a model predicts each symbol of a text. One stream reads the text in order
 * from the zero state. The scores sum to the result of an exact evaluator, bit for bit.
 *
 * Out-of-vocabulary symbols are skipped, as if they were not in the text. The first of the other
 * symbols is only read, and so are questions of records (`learn_after` of struct corpus_format).
 */
#ifndef CHARNN_INFER_SCORER_H
#define CHARNN_INFER_SCORER_H

#include "base/machine/thread_pool.h"
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
    bool known;  /* the vocabulary has the symbol, or an unknown symbol to stand for it */
    bool scored; /* known, not the first known symbol, and not in the question of a record */
    double nats; /* -ln p; 0 if not scored */

    /* Only with details, and if scored. */
    size_t rank; /* 1: the most probable symbol */
    size_t alternative_count;
    struct alternative alternatives[CHARNN_ALTERNATIVES]; /* the most probable symbols, in order */
    size_t look;        /* how many known symbols before the last one the attention looked, or 0 */
    double look_weight; /* of this place */
};

struct scorer;

/* Everything is borrowed. */
struct scorer_plan {
    struct model *model;
    struct thread_pool *pool;
    const struct vocab *vocab; /* the model's */
    const struct corpus *corpus;
    struct split part; /* of the corpus, to score */
    bool details;      /* rank and alternatives; slower, because symbols are read one by one */
};

/* Approximate bytes that scorer_create() allocates; SIZE_MAX if that overflows. */
size_t scorer_memory(const struct scorer_plan *plan);

/* A scorer at the start of the part. */
CHARNN_MUST_CHECK enum status scorer_create(const struct scorer_plan *plan, struct scorer **scorer,
                                            struct error *error);
void scorer_destroy(struct scorer *scorer);

/* The most symbols that scorer_next() returns. */
enum { CHARNN_SCORER_CHUNK = 32 };

/* Scores the next symbols of the text, known or not. Returns their number, less than
 * CHARNN_SCORER_CHUNK only at the end, which comes early if another program changes the text.
 * Allocates nothing. */
size_t scorer_next(struct scorer *scorer, struct symbol_score scores[CHARNN_SCORER_CHUNK]);

#endif
