/* What the ranks need of MPI; only for the files of this folder. wire_mpi.c implements it with
 * MPI=yes, else wire_none.c: one rank, whose functions do nothing. Errors of MPI end all ranks. */
#ifndef CHARNN_RANKS_WIRE_H
#define CHARNN_RANKS_WIRE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The library's name and version; NULL without one. */
const char *wire_library(void);

/* Joins the other processes. Without a library, *joined is false. */
CHARNN_MUST_CHECK enum status wire_open(bool *joined, struct error *error);
void wire_close(void);

/* After wire_open(). */
size_t wire_rank(void);
size_t wire_count(void);

/* Ends all ranks. */
void wire_abort(void);

/* all[ranks][size] is the own[size] bytes of each rank. */
void wire_exchange(const void *own, size_t size, void *all);

/* Copies data[size] of a rank to the others. */
void wire_broadcast(void *data, size_t size, size_t from);

/* Contracts: ranks_sum_begin(), ranks_sum_go_on(), ranks_sum_end(), ranks_collect(). */
void wire_sum_begin(float *values, size_t count);
void wire_sum_go_on(void);
void wire_sum_end(void);
void wire_collect(float *rows, size_t count, size_t size);

#endif
