/*
 * An evaluator: how well a model predicts each symbol of a text from the ones before it.
 *
 * Out-of-vocabulary symbols are skipped, as if they were not in the text, and counted. The
 * first of the m remaining symbols is only read, so m - 1 are scored; of these, questions of
 * records are only read, too (`learn_after` of struct corpus_format).
 *
 * Exact: one stream carries its state from the first to the last symbol. Otherwise the text is cut
 * into S even pieces, one for each stream; S = m / 400, but from 1 to 64. Each piece but the first
 * starts from the zero state 200 symbols early (or at the start of the text), to recover its
 * context; these symbols are not scored twice.
 *
 * Results do not depend on the number of threads, bit for bit. Several ranks (ranks/ranks.h) share
 * the streams, and all get the result of all.
 */
#ifndef CHARNN_INFER_EVALUATOR_H
#define CHARNN_INFER_EVALUATOR_H

#include "base/machine/thread_pool.h"
#include "nn/model.h"
#include "text/split.h"
#include "text/vocab.h"

struct evaluation {
    size_t scored;  /* symbols */
    size_t unknown; /* out-of-vocabulary symbols */
    double nats;    /* sum of -ln p over the scored symbols; not finite if the model overflows */
    bool changed;   /* the text was changed while it was read; the sum means nothing */
    bool stopped;   /* the watch ended the run early; the sum means nothing */
};

/* Adds the result of another text. */
void evaluation_add(struct evaluation *sum, const struct evaluation *other);

/* Callbacks on the caller's thread; NULL: none. */
struct evaluation_watch {
    void (*tell)(void *context, size_t done, size_t whole); /* symbols, scored or only read */
    bool (*stops)(void *context); /* whether to end now; also called within a window, by a
                                     network_watch */
    void *context;
};

struct evaluator;

/* An evaluator for parts of up to `symbols` symbols. Model and pool are borrowed. Allocates all
 * memory it needs. */
CHARNN_MUST_CHECK enum status evaluator_create(struct model *model, struct thread_pool *pool,
                                               size_t symbols, bool exact,
                                               struct evaluator **evaluator, struct error *error);

/* An exact evaluator for parts of any length whose model learns from each window of 32 symbols
 * after it was scored (infer/adapter.h). The model is trainable, and has its values again at the
 * end of each run. */
CHARNN_MUST_CHECK enum status evaluator_create_adaptive(struct model *model,
                                                        struct thread_pool *pool, double rate,
                                                        struct evaluator **evaluator,
                                                        struct error *error);
void evaluator_destroy(struct evaluator *evaluator);

/* Bytes that evaluator_create() allocates on `threads` threads; SIZE_MAX if that overflows. */
size_t evaluator_memory(const struct model *model, size_t symbols, bool exact, size_t threads);

/* The same for evaluator_create_adaptive(). */
size_t evaluator_adaptive_memory(const struct model *model, size_t threads);

/* Scores a part of the corpus with the weights that the model has now. The vocabulary is the
 * model's, in the corpus's encoding; the part has at most `symbols` symbols. The watch may be NULL;
 * it is told of the symbols of this rank's streams, and if it stops one rank, all are stopped.
 * Allocates nothing. */
struct evaluation evaluator_run(struct evaluator *evaluator, const struct corpus *corpus,
                                const struct vocab *vocab, struct split part,
                                const struct evaluation_watch *watch);

/* Nats per scored symbol; 0 if there is none. */
double evaluation_nats_per_symbol(const struct evaluation *evaluation);

#endif
