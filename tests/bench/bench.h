/*
 * The benchmark: a list of cases. Each case is created, checked against a reference, run repeatedly
 * and destroyed.
 */
#ifndef CHARNN_BENCH_BENCH_H
#define CHARNN_BENCH_BENCH_H

#include "base/error.h"
#include "base/machine/thread_pool.h"
#include "nn/model.h"

#include <stdbool.h>
#include <stddef.h>

/* The work of one run. */
struct bench_work {
    double items; /* characters, or elements of a kernel */
    double flops; /* 2 per multiply-add of its products; 0 if not counted */
    double bytes; /* least bytes read and written; 0 if not counted */
};

struct bench_shape {
    const char *cell; /* "lstm" */
    size_t layers, hidden, vocab, batch, steps;
    enum weight_type weights;
};

struct bench_case;

/* A kind of case: how its cases are created and run. */
struct bench_kind {
    const char *name; /* "train" */
    const char *unit; /* of items: "characters" */
    bool has_phases;  /* supports phases.h: create() creates its network */

    /* Borrows the pool. *work is the work of one run(). */
    enum status (*create)(const struct bench_case *bench_case, struct thread_pool *pool,
                          void **state, struct bench_work *work, struct error *error);
    /* CHARNN_ERROR_DATA if the result differs from the reference. */
    enum status (*check)(void *state, struct error *error);
    enum status (*run)(void *state, struct error *error);
    void (*destroy)(void *state); /* NULL is fine */
};

/* How much of the list runs. */
enum bench_level { CHARNN_BENCH_QUICK, CHARNN_BENCH_USUAL, CHARNN_BENCH_ALL };

enum { CHARNN_BENCH_SHAPE = 32, CHARNN_BENCH_NAME = 96 }; /* bytes of a name */

struct bench_case {
    const struct bench_kind *kind;
    char name[CHARNN_BENCH_NAME]; /* "train/lstm-2x128-v65-b50-t50/j2" */
    size_t threads;
    enum bench_level level;   /* it runs at this and higher levels */
    struct bench_shape shape; /* if the kind has networks */
    size_t index;             /* into the table of the kind, if it has one */
};

/* All cases, in the order in which they run. Zero-initialized: empty. */
struct bench_list {
    struct bench_case *cases;
    size_t count;
    size_t capacity; /* bytes */
};

/* Appends a case; its name consists of its kind, `what` and the threads. */
CHARNN_MUST_CHECK enum status bench_list_add(struct bench_list *list, struct bench_case bench_case,
                                             const char *what, struct error *error);
void bench_list_deinit(struct bench_list *list);

/* Each adds the cases of its kinds; `threads` is the number for "all threads". */
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

/* "lstm-2x128-v65", "lstm-2x128-v65-int8" */
void bench_shape_text(const struct bench_shape *shape, char *text, size_t size);

/* The weights in products per character: all but the input weights of the first layer. */
double bench_product_weights(const struct bench_shape *shape);

/* Bytes of a weight of this type. */
double bench_weight_bytes(enum weight_type type);

/* A model of this shape with random weights; phases.h may measure it. */
CHARNN_MUST_CHECK enum status bench_create_model(const struct bench_shape *shape, bool trainable,
                                                 struct model **model, struct error *error);

/* A vocabulary of `size` symbols: printable ASCII, then other code points. */
struct vocab;
CHARNN_MUST_CHECK enum status bench_create_vocab(size_t size, struct vocab **vocab,
                                                 struct error *error);

/* The id, 0..vocab-1, at `position` of an endless random text; each stream has its own text. */
int32_t bench_random_id(size_t vocab, size_t stream, size_t position);

/* Floats in [-1, 1), a function of the seed. */
void bench_fill(float *values, size_t count, uint64_t seed);

/*
 * Checks that got[count] agrees with the reference: the same bits if hooks_same_bits(), else within
 * 1e-4 of the largest magnitude. Errors: CHARNN_ERROR_DATA, naming `what` and the worst element.
 */
CHARNN_MUST_CHECK enum status bench_compare(const float *got, const float *expected, size_t count,
                                            const char *what, struct error *error);

/* The same for two losses. */
CHARNN_MUST_CHECK enum status bench_compare_losses(double got, double expected, const char *what,
                                                   struct error *error);

#endif
