#include "ranks/ranks.h"

#include "base/clock.h"
#include "base/machine/thread_pool.h"
#include "base/memory.h"
#include "base/version.h"
#include "base/xxh64.h"
#include "ranks/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    size_t rank, count;  /* count is 0 before ranks_begin(), and without MPI */
    double *values;      /* [count][CHARNN_RANKS_VALUES] */
    int err;             /* standard error as it was */
    struct error agreed; /* the last error that ranks_agree() gave */
    struct ranks_traffic traffic;
} ranks;

static bool are_several(void) {
    return ranks.count > 1;
}

size_t ranks_rank(void) {
    return ranks.rank;
}

size_t ranks_count(void) {
    return are_several() ? ranks.count : 1;
}

void ranks_share(size_t items, size_t *begin, size_t *end) {
    thread_pool_share(items, 1, ranks.rank, ranks_count(), begin, end);
}

const char *ranks_library(void) {
    return wire_library();
}

/* ---- the launcher ---------------------------------------------------------------------------- */

/* What a launcher tells the processes that it starts: Open MPI's mpirun, MPICH's, and srun. Slurm
 * sets SLURM_NTASKS for scripts, too, of which there is one; the variable below is srun's. */
static const struct launcher {
    const char *name, *count, *rank;
} launchers[] = {
    {"mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    {"mpirun", "PMI_SIZE", "PMI_RANK"},
    {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
};

static size_t number_in(const char *variable) {
    const char *text = getenv(variable);
    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

/* The launcher that has started several processes; NULL: none. */
static const struct launcher *find_launcher(void) {
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
        if (number_in(launchers[i].count) > 1) {
            return &launchers[i];
        }
    }
    return NULL;
}

/* One process says it; the others end without a message. */
static enum status refuse_launcher(const struct launcher *launcher, struct error *error) {
    if (number_in(launcher->rank) > 0) {
        error->message[0] = '\0';
        error->status = CHARNN_ERROR_USAGE;
        return error->status;
    }
    const char *reason = ranks_library() == NULL
                             ? "this program is built without MPI; build it with 'make MPI=yes'"
                             : "the MPI library sees each of them alone; start it with the mpirun "
                               "of that library, or with srun --mpi=pmix";
    return error_set(error, CHARNN_ERROR_USAGE,
                     "%s has started %zu processes (%s), but %s, or unset %s for runs that have "
                     "nothing to do with each other",
                     launcher->name, number_in(launcher->count), launcher->count, reason,
                     launcher->count);
}

/* ---- joining --------------------------------------------------------------------------------- */

static void silence(void) {
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ranks.err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    (void)fflush(NULL);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)close(nowhere);
}

enum status ranks_begin(struct error *error) {
    const struct launcher *launcher = find_launcher();
    bool joined;
    if (launcher == NULL) {
        return CHARNN_OK;
    }
    ranks.err = STDERR_FILENO;
    if (wire_open(&joined, error) != CHARNN_OK) {
        return error->status;
    }
    if (!joined || wire_count() == 1) {
        return refuse_launcher(launcher, error);
    }
    if (MEMORY_NEW(&ranks.values, wire_count() * CHARNN_RANKS_VALUES, "the ranks", error) !=
        CHARNN_OK) {
        return error->status;
    }
    ranks.rank = wire_rank();
    ranks.count = wire_count();
    if (ranks.rank > 0) {
        silence();
    }
    return ranks_compare(
        xxh64_bytes((const unsigned char *)CHARNN_VERSION, strlen(CHARNN_VERSION), 0),
        "the ranks run different versions of charnn; install the same one on all "
        "hosts",
        error);
}

void ranks_end(void) {
    if (ranks.count > 0) {
        wire_close();
        memory_free(ranks.values);
        ranks.count = 0;
    }
}

/* ---- agreeing -------------------------------------------------------------------------------- */

/* The names of rank and host, for a message of another rank than 0. */
static void add_place(struct error *error) {
    struct error cause = *error;
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    (void)error_set(error, cause.status, "rank %zu on %s: %s", ranks.rank, host, cause.message);
}

enum status ranks_agree(enum status status, struct error *error) {
    if (!are_several()) {
        return status;
    }
    double failed = status != CHARNN_OK;
    wire_exchange(&failed, sizeof failed, ranks.values);
    for (size_t i = 0; i < ranks.count; i++) {
        if (ranks.values[i] != 0) {
            if (i == ranks.rank && i > 0) {
                add_place(error);
            }
            wire_broadcast(error, sizeof *error, i);
            ranks.agreed = *error;
            return error->status;
        }
    }
    return CHARNN_OK;
}

void ranks_abort(const struct error *error) {
    if (are_several() && strcmp(error->message, ranks.agreed.message) != 0) {
        (void)dprintf(ranks.err, "charnn: rank %zu: %s\n", ranks.rank, error->message);
        wire_abort();
    }
}

enum status ranks_compare(uint64_t value, const char *differs, struct error *error) {
    uint64_t first = value;
    if (!are_several()) {
        return CHARNN_OK;
    }
    wire_broadcast(&first, sizeof first, 0);
    return ranks_agree(
        value == first ? CHARNN_OK : error_set(error, CHARNN_ERROR_DATA, "%s", differs), error);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static double sum(double a, double b) {
    return a + b;
}

static double higher(double a, double b) {
    return a > b ? a : b;
}

/* Joins the values of all ranks, in the order of the ranks. */
static void join(double *values, size_t count, double (*operation)(double, double)) {
    if (!are_several()) {
        return;
    }
    wire_exchange(values, count * sizeof *values, ranks.values);
    for (size_t i = 0; i < count; i++) {
        values[i] = ranks.values[i];
        for (size_t r = 1; r < ranks.count; r++) {
            values[i] = operation(values[i], ranks.values[r * count + i]);
        }
    }
}

void ranks_sum(double *values, size_t count) {
    join(values, count, sum);
}

void ranks_highest(double *values, size_t count) {
    join(values, count, higher);
}

double ranks_first(double value) {
    if (are_several()) {
        wire_broadcast(&value, sizeof value, 0);
    }
    return value;
}

void ranks_sum_begin(float *values, size_t count) {
    if (are_several()) {
        wire_sum_begin(values, count);
        double others = (double)(ranks.count - 1) / (double)ranks.count;
        ranks.traffic.bytes += 2 * others * (double)(count * sizeof *values);
    }
}

void ranks_sum_go_on(void) {
    if (are_several()) {
        wire_sum_go_on();
    }
}

void ranks_sum_end(void) {
    if (are_several()) {
        double began = clock_seconds();
        wire_sum_end();
        ranks.traffic.waited += clock_seconds() - began;
    }
}

void ranks_collect(float *rows, size_t count, size_t size) {
    if (are_several()) {
        wire_collect(rows, count, size);
    }
}

struct ranks_traffic ranks_traffic(void) {
    return ranks.traffic;
}
