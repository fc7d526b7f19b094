/* The pointwise equations of each cell, as cases: one step forward, or forward and backward. */
#include "base/arena.h"
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "nn/cells/cell.h"

#include <stdio.h>
#include <string.h>

/* The streams of one of two threads with a batch of 50. */
enum { STREAMS = 25 };

/* The arrays of one step, [rows][blocks][Hp] each. */
struct step {
    float *gates, *bias, *h_before, *c_before, *h, *c, *dy, *dgates, *dh, *dc;
};

struct cell_state {
    const struct cell *cell;
    size_t hidden;
    bool backward;
    struct step own, reference;
    size_t floats; /* in all arrays of a step, from gates on */
};

/* Widths per stream, in blocks of Hp. */
static void take_step(const struct cell *cell, size_t hidden, struct arena *arena,
                      struct step *step) {
    const struct {
        float **array;
        size_t blocks;
    } arrays[] = {
        {&step->gates, cell_gate_blocks(cell)},
        {&step->bias, cell->gates},
        {&step->h_before, 1},
        {&step->c_before, 1},
        {&step->h, 1},
        {&step->c, 1},
        {&step->dy, 1},
        {&step->dgates, CHARNN_RECURRENT_GATES},
        {&step->dh, 1},
        {&step->dc, 1},
    };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        *arrays[i].array = arena_take_floats(arena, STREAMS, arrays[i].blocks, hidden);
    }
}

static struct cell_state *lay_out(const struct cell *cell, size_t hidden, struct arena *arena) {
    struct cell_state *s = arena_take(arena, 1, sizeof *s);
    struct cell_state placed = {.cell = cell, .hidden = hidden};
    take_step(cell, hidden, arena, &placed.own);
    take_step(cell, hidden, arena, &placed.reference);
    if (s != NULL) {
        placed.floats = (size_t)(placed.reference.gates - placed.own.gates);
        *s = placed;
    }
    return s;
}

static void cell_destroy(void *state) {
    memory_free(state); /* the first object in its own arena */
}

/* Backward overwrites the results of forward: run alone, it would soon work on denormals. */
static void run(const struct cell_state *s, const struct cell *cell, const struct step *a) {
    struct cell_step step = {
        .rows = STREAMS,
        .hidden = s->hidden,
        .gates = a->gates,
        .gates_stride = cell_gate_blocks(cell) * s->hidden,
        .h_before = a->h_before,
        .c_before = cell->has_c ? a->c_before : NULL,
        .h = a->h,
        .c = cell->has_c ? a->c : NULL,
        .state_stride = s->hidden,
        .wx = a->gates,
        .wx_stride = cell_gate_blocks(cell) * s->hidden,
        .bias = a->bias,
        .dy = a->dy,
        .dy_stride = s->hidden,
        .dgates = a->dgates,
        .dgates_block = STREAMS * s->hidden,
        .dh = a->dh,
        .dc = a->dc,
    };
    cell->forward(&step);
    if (s->backward) {
        cell->backward(&step);
    }
}

/*
 * Floats that the equations read and write per unit: forward, and backward in addition.
 * LSTM: 4 gates in and out, c, c', h'; 4 in and out, c, c', dy, dh, dc in and out.
 * GRU: 4 gates in and 3 out, h, h'; 4 in and out, h, dy, dh in and out.
 * RNN: a gate in, h'; h', dy, dh in, a gate out.
 */
static const struct {
    const char *cell;
    size_t forward, back;
} touched[] = {{"lstm", 11, 14}, {"gru", 9, 12}, {"rnn", 2, 4}};

/* 0 for a cell that is not in the table: its bytes are not counted. */
static size_t floats_touched(const struct cell *cell, bool backward) {
    for (size_t i = 0; i < sizeof touched / sizeof touched[0]; i++) {
        if (strcmp(touched[i].cell, cell->name) == 0) {
            return touched[i].forward + (backward ? touched[i].back : 0);
        }
    }
    return 0;
}

static enum status cell_create(const struct bench_case *bench_case, struct thread_pool *pool,
                               void **state, struct bench_work *work, struct error *error) {
    (void)pool;
    const struct cell *cell = cell_find(bench_case->shape.cell);
    size_t hidden = bench_case->shape.hidden;
    struct arena arena = {0};
    (void)lay_out(cell, hidden, &arena);
    void *block;
    *state = NULL;
    if (memory_allocate(arena.used, 1, "the case", &block, error) != CHARNN_OK) {
        return error->status;
    }
    arena = (struct arena){.block = block};
    struct cell_state *s = lay_out(cell, hidden, &arena);
    s->backward = bench_case->index == 1;
    bench_fill(s->own.gates, s->floats, 1);
    memcpy(s->reference.gates, s->own.gates, s->floats * sizeof(float));
    double units = (double)(STREAMS * hidden);
    *work = (struct bench_work){
        .items = units,
        .bytes = units * (double)(floats_touched(cell, s->backward) * sizeof(float)),
    };
    *state = s;
    return CHARNN_OK;
}

static enum status cell_run(void *state, struct error *error) {
    (void)error;
    const struct cell_state *s = state;
    run(s, s->cell, &s->own);
    return CHARNN_OK;
}

static enum status cell_check(void *state, struct error *error) {
    const struct cell_state *s = state;
    hooks_set_kernels(hooks_reference_kernels());
    const struct cell *reference = cell_find(s->cell->name);
    hooks_set_kernels(NULL);
    run(s, s->cell, &s->own);
    run(s, reference, &s->reference);
    return bench_compare(s->own.gates, s->reference.gates, s->floats, "the arrays of the cell",
                         error);
}

static const struct bench_kind cell_kind = {
    .name = "cell",
    .unit = "elements",
    .create = cell_create,
    .check = cell_check,
    .run = cell_run,
    .destroy = cell_destroy,
};

enum status cell_add_cases(struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < cell_count * 4; i++) {
        const struct cell *cell = cell_at(i / 4);
        struct bench_case bench_case = {
            .kind = &cell_kind,
            .threads = 1,
            .level = i < 2 ? CHARNN_BENCH_QUICK : CHARNN_BENCH_USUAL,
            .shape = {.cell = cell->name, .hidden = i / 2 % 2 == 0 ? 128 : 512},
            .index = i % 2,
        };
        char what[CHARNN_BENCH_NAME];
        snprintf(what, sizeof what, "%s-%zu-%s", cell->name, bench_case.shape.hidden,
                 bench_case.index == 0 ? "forward" : "and-back");
        if (bench_list_add(list, bench_case, what, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
