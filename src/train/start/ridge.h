/*
 * The output weights of a model by ridge regression in closed form (Jaeger 2001; Lukosevicius
 * 2012): with the output s of the recurrent layers before each character to learn, and y the
 * one-hot character, the W and b that minimize
 *
 *   mean |W s + b - y|^2 + ridge |W|^2
 *
 * solve normal equations, whose sums go over the training part in order. What they predict are
 * about probabilities, not logits, so both are multiplied by the factor that makes the cross
 * entropy of the softmax least on the first windows. Products of a few hundred rows are in float,
 * their sums and the solution in double.
 */
#ifndef CHARNN_TRAIN_START_RIDGE_H
#define CHARNN_TRAIN_START_RIDGE_H

#include "train/plan.h"

struct ridge_result {
    double factor; /* of the logits */
    double loss;   /* nats per character of the first windows */
};

/* "built in" if there is LAPACK, which solves the equations; NULL if the program was built without.
 */
const char *ridge_library(void);

/* Bytes that ridge_fit() allocates; SIZE_MAX if that overflows. */
size_t ridge_memory(const struct model *model, const struct trainer_plan *plan, size_t threads);

/* Sets the output of the model. The result does not depend on the number of threads, but its last
 * bits depend on the library. Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_DATA if the text was
 * modified, or if the equations have no solution in double. Needs ridge_library(). */
CHARNN_MUST_CHECK enum status ridge_fit(const struct trainer_parts *parts,
                                        const struct trainer_plan *plan,
                                        struct ridge_result *result, struct error *error);

#endif
