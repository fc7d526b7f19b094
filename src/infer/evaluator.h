/*
 * An evaluator: how well a model predicts each symbol of a text from the ones before it.
 *
 * Symbols that the vocabulary lacks are left out: the text is scored as if they were not in it, and
 * their number is told. Of the m symbols that remain the first is only read, so m - 1 are scored.
 *
 * Exact: one stream from the zero state, which is carried from the first to the last symbol.
 * Otherwise the text is cut into S even pieces that run side by side, S being m / 400 but at least
 * 1 and at most 64. A piece that is not the first begins from the zero state 200 symbols earlier
 * (or at the text's beginning), to find its context again, and those are not scored twice.
 *
 * Results do not depend on the number of threads, bit for bit.
 */
#ifndef CHARNN_INFER_EVALUATOR_H
#define CHARNN_INFER_EVALUATOR_H

#include "base/thread_pool.h"
#include "nn/model.h"
#include "text/split.h"
#include "text/vocab.h"

struct evaluation {
    size_t scored;  /* symbols */
    size_t unknown; /* symbols left out */
    double nats;    /* sum over the scored ones of -ln p; not finite where the model overflows */
    bool changed;   /* the text has lost symbols since they were counted: the sum means nothing */
};

/* Is told again and again, by the caller's thread, how many symbols of how many are done with. */
struct evaluation_watch {
    void (*tell)(void *context, size_t done, size_t whole);
    void *context;
};

struct evaluator;

/*
 * An evaluator for parts of up to `symbols` symbols. Model and pool are borrowed. Allocates all it
 * needs. Errors: CHARNN_ERROR_MEMORY. Ownership: the caller's.
 */
CHARNN_MUST_CHECK enum status evaluator_create(struct model *model, struct thread_pool *pool,
                                               size_t symbols, bool exact,
                                               struct evaluator **evaluator, struct error *error);

/* NULL is fine. */
void evaluator_destroy(struct evaluator *evaluator);

/* Bytes that evaluator_create() allocates on that many threads; SIZE_MAX if beyond counting. */
size_t evaluator_memory(const struct model *model, size_t symbols, bool exact, size_t threads);

/*
 * Scores a part of the corpus with the weights that the model has now. The vocabulary is the
 * model's and has the corpus's encoding; the part is no longer than was said to create(). The watch
 * may be NULL. Allocates nothing.
 */
struct evaluation evaluator_run(struct evaluator *evaluator, const struct corpus *corpus,
                                const struct vocab *vocab, struct split part,
                                const struct evaluation_watch *watch);

/* Nats per scored symbol; 0 where none was. */
double evaluation_nats_per_symbol(const struct evaluation *evaluation);

#endif
