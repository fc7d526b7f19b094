/* Every module's Check suite; runner.c runs them all. */
#ifndef CHARNN_TESTS_SUITES_H
#define CHARNN_TESTS_SUITES_H

#include <check.h>

/*
 * ck_assert_msg() for loops over very many: Check notes in a file each assertion that holds, and
 * this one only what does not.
 */
#define assert_each(holds, ...)                                                                    \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            ck_abort_msg(__VA_ARGS__);                                                             \
        }                                                                                          \
    } while (0)

/* X(module) for each test_<module>.c, in the folder of tests/ that mirrors that of src/ */
#define CHARNN_SUITES(X)                                                                           \
    X(error)                                                                                       \
    X(memory)                                                                                      \
    X(random)                                                                                      \
    X(permutation)                                                                                 \
    X(faults)                                                                                      \
    X(file)                                                                                        \
    X(lock)                                                                                        \
    X(cgroup)                                                                                      \
    X(thread_pool)                                                                                 \
    X(arena)                                                                                       \
    X(math)                                                                                        \
    X(kernels)                                                                                     \
    X(products)                                                                                    \
    X(cells)                                                                                       \
    X(symbols)                                                                                     \
    X(width)                                                                                       \
    X(vocab)                                                                                       \
    X(corpus)                                                                                      \
    X(oov)                                                                                         \
    X(batches)                                                                                     \
    X(records)                                                                                     \
    X(parameters)                                                                                  \
    X(network)                                                                                     \
    X(gradients)                                                                                   \
    X(json)                                                                                        \
    X(safetensors)                                                                                 \
    X(checkpoint)                                                                                  \
    X(damage)                                                                                      \
    X(formats)                                                                                     \
    X(optimizer)                                                                                   \
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
    X(scorer)                                                                                      \
    X(memorization)                                                                                \
    X(format)                                                                                      \
    X(meter)                                                                                       \
    X(log_file)                                                                                    \
    X(options)                                                                                     \
    X(exhaustion)

#define CHARNN_SUITE_DECLARATION(module) Suite *module##_suite(void);
CHARNN_SUITES(CHARNN_SUITE_DECLARATION)
#undef CHARNN_SUITE_DECLARATION

#endif
