/*
 * The benchmark: cases, each of which can be made, checked against a reference, run again and
 * again, and taken down.
 */
#ifndef CHARNN_BENCH_BENCH_H
#define CHARNN_BENCH_BENCH_H

#include "base/error.h"
#include "base/thread_pool.h"
#include "nn/model.h"

#include <stdbool.h>
#include <stddef.h>

/* What one run does. */
struct bench_work {
    double items; /* characters, or elements of a kernel */
    double flops; /* 2 for each multiply-add of its products; 0: none counted */
    double bytes; /* that it reads and writes at least; 0: not counted */
};

struct bench_shape {
    const char *cell; /* "lstm" */
    size_t layers, hidden, vocab, batch, steps;
};

struct bench_case;

/* How the cases of one kind are run. */
struct bench_kind {
    const char *name; /* "train" */
    const char *unit; /* of items: "characters" */
    bool has_phases;  /* can be run with phases.h: it makes its network in create() */

    /* The pool is borrowed. *work is what one run() does. */
    enum status (*create)(const struct bench_case *bench_case, struct thread_pool *pool,
                          void **state, struct bench_work *work, struct error *error);
    /* CHARNN_ERROR_DATA where the result is not that of the reference. */
    enum status (*check)(void *state, struct error *error);
    enum status (*run)(void *state, struct error *error);
    void (*destroy)(void *state); /* NULL is fine */
};

/* How many cases of the list a person asks for. */
enum bench_level { CHARNN_BENCH_QUICK, CHARNN_BENCH_USUAL, CHARNN_BENCH_ALL };

enum { CHARNN_BENCH_SHAPE = 32, CHARNN_BENCH_NAME = 96 }; /* bytes of a text */

struct bench_case {
    const struct bench_kind *kind;
    char name[CHARNN_BENCH_NAME]; /* "train/lstm-2x128-v65-b50-t50/j2" */
    size_t threads;
    enum bench_level level;   /* it runs at this and higher levels */
    struct bench_shape shape; /* where the kind has networks */
    size_t index;             /* into the kind's own table, where it has one */
};

/* All cases, in the order in which they run. Zero-initialised is empty. */
struct bench_list {
    struct bench_case *cases;
    size_t count;
    size_t capacity; /* bytes */
};

/* Appends one; its name is made of the kind's, `what` and the threads. */
CHARNN_MUST_CHECK enum status bench_list_add(struct bench_list *list, struct bench_case bench_case,
                                             const char *what, struct error *error);
void bench_list_deinit(struct bench_list *list);

/* Each adds the cases of its kinds; `threads` is what all processors are. */
CHARNN_MUST_CHECK enum status train_add_cases(struct bench_list *list, size_t threads,
                                              struct error *error);
CHARNN_MUST_CHECK enum status sample_add_cases(struct bench_list *list, size_t threads,
                                               struct error *error);
CHARNN_MUST_CHECK enum status draw_add_cases(struct bench_list *list, struct error *error);
CHARNN_MUST_CHECK enum status eval_add_cases(struct bench_list *list, size_t threads,
                                             struct error *error);
CHARNN_MUST_CHECK enum status scan_add_cases(struct bench_list *list, struct error *error);
CHARNN_MUST_CHECK enum status product_add_cases(struct bench_list *list, struct error *error);
CHARNN_MUST_CHECK enum status pointwise_add_cases(struct bench_list *list, struct error *error);
CHARNN_MUST_CHECK enum status cell_add_cases(struct bench_list *list, struct error *error);

/* "lstm-2x128-v65" */
void bench_shape_text(const struct bench_shape *shape, char *text, size_t size);

/* The weights that products use for each character: all but the first layer's input weights. */
double bench_product_weights(const struct bench_shape *shape);

/* A model of this shape with random weights, measured where phases.h says so. */
CHARNN_MUST_CHECK enum status bench_create_model(const struct bench_shape *shape, bool trainable,
                                                 struct model **model, struct error *error);

/* A vocabulary of so many symbols: printable ASCII, then other code points. */
struct vocab;
CHARNN_MUST_CHECK enum status bench_create_vocab(size_t size, struct vocab **vocab,
                                                 struct error *error);

/* The id at `position` of an endless random text, 0..vocab-1; each stream is another. */
int32_t bench_random_id(size_t vocab, size_t stream, size_t position);

/* Floats in [-1, 1), the same for the same seed. */
void bench_fill(float *values, size_t count, uint64_t seed);

/*
 * Whether got[count] is what the reference gave: the same bits where hooks_same_bits(), else within
 * 1e-4 of the largest magnitude. Errors: CHARNN_ERROR_DATA naming `what` and the worst element.
 */
CHARNN_MUST_CHECK enum status bench_compare(const float *got, const float *expected, size_t count,
                                            const char *what, struct error *error);

/* The same for two losses. */
CHARNN_MUST_CHECK enum status bench_compare_losses(double got, double expected, const char *what,
                                                   struct error *error);

#endif
