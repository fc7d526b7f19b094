/* The Check suites of all modules; runner.c runs them. */
#ifndef CHARNN_TESTS_SUITES_H
#define CHARNN_TESTS_SUITES_H

#include <check.h>

/* ck_assert_msg() for long loops: Check writes every passed assertion to a file; this does not. */
#define assert_each(holds, ...)                                                                    \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            ck_abort_msg(__VA_ARGS__);                                                             \
        }                                                                                          \
    } while (0)

/* X(module) for each test_<module>.c; the folders of tests/ mirror those of src/. */
#define CHARNN_SUITES(X)                                                                           \
    X(error)                                                                                       \
    X(memory)                                                                                      \
    X(text)                                                                                        \
    X(bytes)                                                                                       \
    X(random)                                                                                      \
    X(permutation)                                                                                 \
    X(hash_set)                                                                                    \
    X(faults)                                                                                      \
    X(file)                                                                                        \
    X(lock)                                                                                        \
    X(cgroup)                                                                                      \
    X(memory_limit)                                                                                \
    X(denormals)                                                                                   \
    X(place)                                                                                       \
    X(thread_pool)                                                                                 \
    X(faster)                                                                                      \
    X(arena)                                                                                       \
    X(math)                                                                                        \
    X(kernels)                                                                                     \
    X(products)                                                                                    \
    X(weights)                                                                                     \
    X(cells)                                                                                       \
    X(symbols)                                                                                     \
    X(width)                                                                                       \
    X(vocab)                                                                                       \
    X(corpus)                                                                                      \
    X(foreign)                                                                                     \
    X(oov)                                                                                         \
    X(batches)                                                                                     \
    X(records)                                                                                     \
    X(features)                                                                                    \
    X(ngrams)                                                                                      \
    X(question)                                                                                    \
    X(parameters)                                                                                  \
    X(initialize)                                                                                  \
    X(reservoir)                                                                                   \
    X(shared_product)                                                                              \
    X(network)                                                                                     \
    X(observed)                                                                                    \
    X(columns)                                                                                     \
    X(gradients)                                                                                   \
    X(penalties)                                                                                   \
    X(json)                                                                                        \
    X(safetensors)                                                                                 \
    X(checkpoint)                                                                                  \
    X(quantize)                                                                                    \
    X(stored)                                                                                      \
    X(damage)                                                                                      \
    X(formats)                                                                                     \
    X(optimizer)                                                                                   \
    X(weight_penalty)                                                                              \
    X(ridge)                                                                                       \
    X(recipe)                                                                                      \
    X(forecast)                                                                                    \
    X(schedule)                                                                                    \
    X(grow)                                                                                        \
    X(trainer)                                                                                     \
    X(filters)                                                                                     \
    X(sampler)                                                                                     \
    X(stops)                                                                                       \
    X(prime)                                                                                       \
    X(beam)                                                                                        \
    X(generator)                                                                                   \
    X(evaluator)                                                                                   \
    X(adapter)                                                                                     \
    X(scorer)                                                                                      \
    X(recording)                                                                                   \
    X(probe)                                                                                       \
    X(comparison)                                                                                  \
    X(mistakes)                                                                                    \
    X(reach)                                                                                       \
    X(memorization)                                                                                \
    X(answerer)                                                                                    \
    X(flow)                                                                                        \
    X(format)                                                                                      \
    X(meter)                                                                                       \
    X(info_json)                                                                                   \
    X(log_file)                                                                                    \
    X(gauges)                                                                                      \
    X(plot)                                                                                        \
    X(options)                                                                                     \
    X(exhaustion)

#define CHARNN_SUITE_DECLARATION(module) Suite *module##_suite(void);
CHARNN_SUITES(CHARNN_SUITE_DECLARATION)
#undef CHARNN_SUITE_DECLARATION

#endif
