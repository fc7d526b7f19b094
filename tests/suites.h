/* Every module's Check suite; runner.c runs them all. */
#ifndef CHARNN_TESTS_SUITES_H
#define CHARNN_TESTS_SUITES_H

#include <check.h>

/* X(module) for each tests/test_<module>.c */
#define CHARNN_SUITES(X)                                                                           \
    X(error)                                                                                       \
    X(memory)                                                                                      \
    X(random)                                                                                      \
    X(file)                                                                                        \
    X(thread_pool)                                                                                 \
    X(arena)                                                                                       \
    X(math)                                                                                        \
    X(kernels)                                                                                     \
    X(products)                                                                                    \
    X(cells)                                                                                       \
    X(symbols)                                                                                     \
    X(vocab)                                                                                       \
    X(corpus)                                                                                      \
    X(batches)                                                                                     \
    X(parameters)                                                                                  \
    X(network)                                                                                     \
    X(gradients)                                                                                   \
    X(json)                                                                                        \
    X(safetensors)                                                                                 \
    X(checkpoint)                                                                                  \
    X(optimizer)                                                                                   \
    X(schedule)                                                                                    \
    X(trainer)                                                                                     \
    X(sampler)                                                                                     \
    X(generator)                                                                                   \
    X(evaluator)                                                                                   \
    X(format)                                                                                      \
    X(options)

#define CHARNN_SUITE_DECLARATION(module) Suite *module##_suite(void);
CHARNN_SUITES(CHARNN_SUITE_DECLARATION)
#undef CHARNN_SUITE_DECLARATION

#endif
