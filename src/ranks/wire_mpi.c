#include "base/machine/thread_pool.h"
#include "base/memory.h"
#include "ranks/wire.h"

#include <mpi.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* Floats that are summed at a time. While one chunk is summed, the next one is on its way. */
enum { CHUNK = 1 << 18, GRAIN = 16, SLOTS = 2 };

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
    struct chunk slots[SLOTS];
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

/* MPI_Wait() would keep the processor, which another rank on this host may need to get here. So a
 * long wait sleeps. */
static void wait_for(MPI_Request *request) {
    enum { POLLS = 200 };
    const struct timespec pause = {.tv_nsec = 20000};
    int done = 0;
    MPI_Test(request, &done, MPI_STATUS_IGNORE);
    for (size_t polls = 0; done == 0; polls++) {
        if (polls >= POLLS) {
            (void)nanosleep(&pause, NULL);
        }
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
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

static void start(struct chunk *c, float *values, size_t count) {
    size_t begin;
    size_t end;
    wait_for(&c->gather); /* of the chunk that had the slot before */
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
                   MPI_FLOAT, MPI_COMM_WORLD, &c->scatter);
}

static void finish(struct chunk *c) {
    float *sums = c->values + c->own;
    wait_for(&c->scatter);
    memcpy(sums, c->copies, c->own_count * sizeof *sums);
    for (size_t i = 1; i < wire.count; i++) {
        const float *copy = c->copies + i * c->own_count;
        for (size_t j = 0; j < c->own_count; j++) {
            sums[j] += copy[j];
        }
    }
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, c->values, c->counts, c->offsets, MPI_FLOAT,
                    MPI_COMM_WORLD, &c->gather);
}

void wire_sum_floats(float *values, size_t count) {
    size_t chunks = (count + CHUNK - 1) / CHUNK;
    for (size_t i = 0; i <= chunks; i++) {
        if (i < chunks) {
            size_t rest = count - i * CHUNK;
            start(&wire.slots[i % SLOTS], values + i * CHUNK, rest < CHUNK ? rest : CHUNK);
        }
        if (i > 0) {
            finish(&wire.slots[(i - 1) % SLOTS]);
        }
    }
    for (size_t i = 0; i < SLOTS; i++) {
        wait_for(&wire.slots[i].gather);
    }
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
