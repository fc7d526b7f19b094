/*
 * Where the time of a step goes: timed versions of kernels and cells. They cost a few percent, so
 * they run separately from the timing of the whole.
 */
#ifndef CHARNN_BENCH_PHASES_H
#define CHARNN_BENCH_PHASES_H

#include "nn/cells/cell.h"

#include <stdbool.h>
#include <stddef.h>

/* X(enum constant, name). From WAITING on, phases are not measured in a kernel. */
#define CHARNN_PHASES(X)                                                                           \
    X(PRODUCTS, "products")                                                                        \
    X(OUTER_PRODUCTS, "outer products")                                                            \
    X(POINTWISE, "pointwise")                                                                      \
    X(SOFTMAX, "softmax")                                                                          \
    X(OPTIMIZER, "optimizer")                                                                      \
    X(PACKING, "packing")                                                                          \
    X(WAITING, "waiting")                                                                          \
    X(REST, "rest")

#define CHARNN_PHASE_ENUM(phase, name) CHARNN_PHASE_##phase,
enum phase { CHARNN_PHASES(CHARNN_PHASE_ENUM) CHARNN_PHASE_COUNT };
#undef CHARNN_PHASE_ENUM

/* "products" */
const char *phase_name(enum phase phase);

enum { CHARNN_PHASES_THREADS = 1024 }; /* at most */

/* Networks created between these calls are measured, with up to CHARNN_PHASES_THREADS threads. */
void phases_begin(void);
void phases_end(void);

/* The cell or, between phases_begin() and phases_end(), its timed version; only one cell at a time.
 */
const struct cell *phases_cell(const struct cell *cell);

/* Sets all times to zero. */
void phases_clear(void);

/*
 * The share of each phase in the time of all threads since phases_clear(), which is `threads` times
 * `seconds`. Waiting: threads without work, because others are not done or because only one thread
 * runs. Rest: all other time.
 */
void phases_shares(size_t threads, double seconds, double shares[CHARNN_PHASE_COUNT]);

#endif
