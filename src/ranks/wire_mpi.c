#include "base/machine/thread_pool.h"
#include "base/memory.h"
#include "ranks/wire.h"

#include <mpi.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* Floats that are summed at a time, chunks that are on their way at a time, and arrays that wait.
 */
enum { CHUNK = 1 << 18, GRAIN = 16, SLOTS = 4, ARRAYS = 32 };

/* A chunk on its way. Each rank receives its share of the chunk from all ranks, adds the copies in
 * the order of the ranks, and sends the sums to all. */
struct chunk {
    float *values;
    size_t own, own_count;   /* this rank's share of the values */
    float *copies;           /* [ranks][own_count] */
    int *counts, *offsets;   /* [ranks], of the shares */
    int *copied, *copies_at; /* [ranks], of the copies */
    MPI_Request scatter, gather;
};

static struct {
    size_t rank, count;
    /* All ranks must start the collectives of a communicator in the same order, but a rank may have
     * scattered a chunk before another has gathered the chunk before. */
    MPI_Comm scatters, gathers;
    struct chunk slots[SLOTS];            /* chunk i has slot i % SLOTS */
    size_t scattered, gathered, finished; /* chunks whose scatter or gather has begun, or that are
                                             done */
    struct array {
        float *values;
        size_t count;
    } arrays[ARRAYS];  /* to be summed: array i, less the chunks that have begun, in i % ARRAYS */
    size_t first, end; /* of the arrays that wait */
    float *copies;
    int *numbers;
} wire;

const char *wire_library(void) {
    static char name[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(name, &length);
    name[strcspn(name, ",\n")] = '\0'; /* the rest is about how it was built */
    return name;
}

static bool is_done(MPI_Request *request) {
    int done;
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
    return done != 0;
}

/* MPI_Wait() would keep the processor, which another rank on this host may need to get here. So a
 * long wait sleeps. */
static void pause_after(size_t polls) {
    enum { POLLS = 200 };
    const struct timespec pause = {.tv_nsec = 20000};
    if (polls >= POLLS) {
        (void)nanosleep(&pause, NULL);
    }
}

static void wait_for(MPI_Request *request) {
    for (size_t polls = 0; !is_done(request); polls++) {
        pause_after(polls);
    }
}

static enum status allocate(struct error *error) {
    size_t n = wire.count;
    size_t most = CHUNK + GRAIN * n; /* shares are whole grains */
    if (MEMORY_NEW(&wire.copies, SLOTS * most, "sums over ranks", error) != CHARNN_OK ||
        MEMORY_NEW(&wire.numbers, n * SLOTS * 4, "sums over ranks", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        int *numbers = wire.numbers + 4 * n * i;
        wire.slots[i] = (struct chunk){
            .copies = wire.copies + most * i,
            .counts = numbers,
            .offsets = numbers + n,
            .copied = numbers + 2 * n,
            .copies_at = numbers + 3 * n,
            .scatter = MPI_REQUEST_NULL,
            .gather = MPI_REQUEST_NULL,
        };
    }
    return CHARNN_OK;
}

enum status wire_open(bool *joined, struct error *error) {
    int provided;
    int rank;
    int count;
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    MPI_Comm_dup(MPI_COMM_WORLD, &wire.scatters);
    MPI_Comm_dup(MPI_COMM_WORLD, &wire.gathers);
    wire.rank = (size_t)rank;
    wire.count = (size_t)count;
    *joined = true;
    if (provided < MPI_THREAD_FUNNELED) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "this MPI library does not support threads; use another one");
    }
    return allocate(error);
}

void wire_close(void) {
    MPI_Comm_free(&wire.scatters);
    MPI_Comm_free(&wire.gathers);
    MPI_Finalize();
    memory_free(wire.copies);
    memory_free(wire.numbers);
}

size_t wire_rank(void) {
    return wire.rank;
}

size_t wire_count(void) {
    return wire.count;
}

void wire_abort(void) {
    MPI_Abort(MPI_COMM_WORLD, 1);
}

void wire_exchange(const void *own, size_t size, void *all) {
    MPI_Request request;
    MPI_Iallgather(own, (int)size, MPI_BYTE, all, (int)size, MPI_BYTE, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

void wire_broadcast(void *data, size_t size, size_t from) {
    MPI_Request request;
    MPI_Ibcast(data, (int)size, MPI_BYTE, (int)from, MPI_COMM_WORLD, &request);
    wait_for(&request);
}

/* ---- sums ------------------------------------------------------------------------------------ */

static void scatter(struct chunk *c, float *values, size_t count) {
    size_t begin;
    size_t end;
    c->values = values;
    thread_pool_share(count, GRAIN, wire.rank, wire.count, &begin, &end);
    c->own = begin;
    c->own_count = end - begin;
    for (size_t i = 0; i < wire.count; i++) {
        thread_pool_share(count, GRAIN, i, wire.count, &begin, &end);
        c->counts[i] = (int)(end - begin);
        c->offsets[i] = (int)begin;
        c->copied[i] = (int)c->own_count;
        c->copies_at[i] = (int)(i * c->own_count);
    }
    MPI_Ialltoallv(values, c->counts, c->offsets, MPI_FLOAT, c->copies, c->copied, c->copies_at,
                   MPI_FLOAT, wire.scatters, &c->scatter);
}

static void gather(struct chunk *c) {
    float *sums = c->values + c->own;
    memcpy(sums, c->copies, c->own_count * sizeof *sums);
    for (size_t i = 1; i < wire.count; i++) {
        const float *copy = c->copies + i * c->own_count;
        for (size_t j = 0; j < c->own_count; j++) {
            sums[j] += copy[j];
        }
    }
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, c->values, c->counts, c->offsets, MPI_FLOAT,
                    wire.gathers, &c->gather);
}

static void scatter_next(void) {
    struct array *a = &wire.arrays[wire.first % ARRAYS];
    size_t count = a->count < CHUNK ? a->count : CHUNK;
    scatter(&wire.slots[wire.scattered++ % SLOTS], a->values, count);
    a->values += count;
    a->count -= count;
    wire.first += a->count == 0;
}

/* Takes steps that need not wait, each kind in the order of the chunks, which is the same on all
 * ranks. false if there was none. */
static bool advance(void) {
    size_t before = wire.scattered + wire.gathered + wire.finished;
    struct chunk *next = &wire.slots[wire.gathered % SLOTS];
    if (wire.finished < wire.gathered && is_done(&wire.slots[wire.finished % SLOTS].gather)) {
        wire.finished++;
    }
    if (wire.gathered < wire.scattered && is_done(&next->scatter)) {
        gather(next);
        wire.gathered++;
    }
    if (wire.first < wire.end && wire.scattered < wire.finished + SLOTS) {
        scatter_next();
    }
    return wire.scattered + wire.gathered + wire.finished != before;
}

void wire_sum_go_on(void) {
    while (advance()) {
    }
}

/* Works until at most so many arrays wait, and chunks are on their way. */
static void wait_until(size_t arrays, size_t chunks) {
    for (size_t polls = 0;
         wire.end - wire.first > arrays || wire.scattered - wire.finished > chunks; polls++) {
        if (advance()) {
            polls = 0;
        }
        pause_after(polls);
    }
}

void wire_sum_begin(float *values, size_t count) {
    wait_until(ARRAYS - 1, SLOTS);
    wire.arrays[wire.end++ % ARRAYS] = (struct array){values, count};
    wire_sum_go_on();
}

void wire_sum_end(void) {
    wait_until(0, 0);
}

void wire_collect(float *rows, size_t count, size_t size) {
    struct chunk *c = &wire.slots[0]; /* idle; its numbers serve */
    for (size_t i = 0; i < wire.count; i++) {
        size_t begin;
        size_t end;
        thread_pool_share(count, 1, i, wire.count, &begin, &end);
        c->counts[i] = (int)(size * (end - begin));
        c->offsets[i] = (int)(size * begin);
    }
    const void *own = wire.rank == 0 ? MPI_IN_PLACE : (const void *)(rows + c->offsets[wire.rank]);
    MPI_Request request;
    MPI_Igatherv(own, c->counts[wire.rank], MPI_FLOAT, rows, c->counts, c->offsets, MPI_FLOAT, 0,
                 MPI_COMM_WORLD, &request);
    wait_for(&request);
}
