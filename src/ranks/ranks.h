/*
 * Ranks: the processes that train one model together, started by mpirun or srun.
 *
 * A process that was started alone is rank 0 of 1. Then, and in a program built without MPI, the
 * functions below return at once and change nothing.
 *
 * But for the first four, the functions are collective: all ranks must call the same ones in the
 * same order, from the thread that called ranks_begin(). What they compute is the same bits on all
 * ranks, and depends on the number of ranks alone: sums are in the order of the ranks. (The library
 * is not asked for a sum: MPI_Allreduce may take another order for another placement.)
 */
#ifndef CHARNN_RANKS_RANKS_H
#define CHARNN_RANKS_RANKS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* This process is rank ranks_rank() of ranks_count(). */
size_t ranks_rank(void);
size_t ranks_count(void);

/* The share [*begin, *end) of `items` items that belongs to this rank. */
void ranks_share(size_t items, size_t *begin, size_t *end);

/* The MPI library; NULL without MPI. */
const char *ranks_library(void);

/* Joins the ranks that the launcher has started. Standard output and standard error of all ranks
 * but 0 then go to /dev/null. Error: CHARNN_ERROR_USAGE if the launcher has started several
 * processes, but this program or its MPI library cannot join them; CHARNN_ERROR_DATA if ranks run
 * other versions of the program. */
CHARNN_MUST_CHECK enum status ranks_begin(struct error *error);

/* Waits for the other ranks and leaves them. Without ranks_begin() it does nothing. */
void ranks_end(void);

/* If any rank has an error, all get that of the lowest rank that has one, with the name of its
 * host. Returns the status of the error. `status` is the caller's; its message is in `error`. */
CHARNN_MUST_CHECK enum status ranks_agree(enum status status, struct error *error);

/* Ends all ranks at once, for an error that the others do not know of: unlike after ranks_agree().
 * Prints the error. Does nothing if there is one rank, or if ranks_agree() gave this error. */
void ranks_abort(const struct error *error);

/* Error: CHARNN_ERROR_DATA, `differs` (a whole sentence), unless all ranks have the same value. */
CHARNN_MUST_CHECK enum status ranks_compare(uint64_t value, const char *differs,
                                            struct error *error);

/* Replace each of values[count] by its sum, or by its highest value, over all ranks. */
enum { CHARNN_RANKS_VALUES = 8 }; /* the most */
void ranks_sum(double *values, size_t count);
void ranks_highest(double *values, size_t count);

/* The value of rank 0. */
double ranks_first(double value);

/*
 * ranks_sum() of large arrays of floats, while the caller computes: ranks_sum_begin() may be called
 * for one array after the other, and ranks_sum_end() waits until all are summed. Until then the
 * values belong to these functions. MPI only works inside of them, so call ranks_sum_go_on() often.
 */
void ranks_sum_begin(float *values, size_t count);
void ranks_sum_go_on(void);
void ranks_sum_end(void);

/* Collects rows[count][size] in rank 0: each rank has its ranks_share() of the rows. */
void ranks_collect(float *rows, size_t count, size_t size);

/* What a rank has sent for the arrays of ranks_sum_begin(), as the mean over the ranks, and how
 * long this one has waited in ranks_sum_end(). */
struct ranks_traffic {
    double bytes, waited; /* seconds */
};
struct ranks_traffic ranks_traffic(void);

#endif
