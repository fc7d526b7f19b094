/*
 * Where the time of a step goes: the kernels and cells of a network, replaced by ones that read the
 * clock. It costs a few percent, so it is done apart from the timing of the whole.
 */
#ifndef CHARNN_BENCH_PHASES_H
#define CHARNN_BENCH_PHASES_H

#include "nn/cell.h"

#include <stdbool.h>
#include <stddef.h>

/* X(enum constant, name); from WAITING on, not measured in a kernel. */
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

/* Networks created from now on are measured, for threads up to that many, until phases_end(). */
void phases_begin(void);
void phases_end(void);

/* The cell, or one that is measured between phases_begin() and phases_end(); only one at a time. */
const struct cell *phases_cell(const struct cell *cell);

/* Forgets what was measured. */
void phases_clear(void);

/*
 * The share of each phase in the time of all threads, which is `threads` times `seconds` since
 * phases_clear(). Waiting: threads without work, because others still have some or because only
 * one has any. Rest: what is in no phase.
 */
void phases_shares(size_t threads, double seconds, double shares[CHARNN_PHASE_COUNT]);

#endif
