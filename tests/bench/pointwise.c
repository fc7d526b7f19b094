/* The elementwise kernels, as cases. */
#include "base/arena.h"
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "kernels/dispatch.h"

#include <string.h>

enum { ARRAYS = 5 };

/* The operands of a kernel: arrays [rows][width] of numbers in [-1, 1), and a scalar result. */
struct operands {
    size_t rows, width;
    float *arrays[ARRAYS];
    int32_t *targets; /* [rows] */
    float *losses;    /* [rows] */
    double sum;
};

typedef void pointwise_run(const struct kernels *kernels, struct operands *o);

static size_t count_of(const struct operands *o) {
    return o->rows * o->width;
}

static void run_cross_entropy(const struct kernels *kernels, struct operands *o) {
    kernels->cross_entropy(o->arrays[0], o->width, o->rows, o->width - 15, o->targets, 0.01F,
                           o->losses);
}

static void run_exponentials(const struct kernels *kernels, struct operands *o) {
    for (size_t i = 0; i < o->rows; i++) {
        kernels->exponentials(o->arrays[0] + i * o->width, o->width, 1.0F, 1.0F,
                              o->arrays[1] + i * o->width);
    }
}

static void run_dropout(const struct kernels *kernels, struct operands *o) {
    for (size_t i = 0; i < o->rows; i++) {
        const uint32_t at[3] = {(uint32_t)(i * o->width / CHARNN_LANES), 0, 0};
        kernels->dropout(o->arrays[0] + i * o->width, o->width, 0.5F, 123, at,
                         o->arrays[1] + i * o->width, o->arrays[2] + i * o->width);
    }
}

static void run_add(const struct kernels *kernels, struct operands *o) {
    for (size_t i = 0; i < o->rows; i++) {
        kernels->add(o->arrays[0] + i * o->width, o->width, o->arrays[1] + i * o->width);
    }
}

/* The factors are -1: other repeated products would soon become denormal, which is slow. */
static void run_multiply(const struct kernels *kernels, struct operands *o) {
    for (size_t i = 0; i < o->rows; i++) {
        kernels->multiply(o->arrays[4] + i * o->width, o->width, o->arrays[1] + i * o->width);
    }
}

static void run_column_dots(const struct kernels *kernels, struct operands *o) {
    kernels->column_dots(o->arrays[0], o->width, o->arrays[1], o->width, o->rows, o->width,
                         o->arrays[2]);
}

static void run_adam(const struct kernels *kernels, struct operands *o) {
    struct adam_update update = {
        .value = o->arrays[0],
        .gradient = o->arrays[1],
        .mean = o->arrays[2],
        .square = o->arrays[3],
        .count = count_of(o),
        .beta1 = 0.9F,
        .beta2 = 0.999F,
        .rate = 0.002F,
        .mean_correction = 1.5F,
        .square_correction = 20.0F,
        .epsilon = 1e-8F,
    };
    kernels->adam(&update);
}

static void run_rmsprop(const struct kernels *kernels, struct operands *o) {
    struct rmsprop_update update = {
        .value = o->arrays[0],
        .gradient = o->arrays[1],
        .square = o->arrays[3],
        .count = count_of(o),
        .decay = 0.95F,
        .rate = 0.002F,
        .epsilon = 1e-8F,
    };
    kernels->rmsprop(&update);
}

static void run_sgd(const struct kernels *kernels, struct operands *o) {
    struct sgd_update update = {
        .value = o->arrays[0],
        .gradient = o->arrays[1],
        .velocity = o->arrays[2],
        .count = count_of(o),
        .momentum = 0.9F,
        .rate = 0.002F,
    };
    kernels->sgd(&update);
}

static void run_clip(const struct kernels *kernels, struct operands *o) {
    kernels->clip(o->arrays[0], count_of(o), 0.5F);
}

static void run_scale(const struct kernels *kernels, struct operands *o) {
    kernels->scale(o->arrays[0], count_of(o), -1.0F);
}

static void run_average(const struct kernels *kernels, struct operands *o) {
    kernels->average(o->arrays[0], count_of(o), 0.001F, o->arrays[1]);
}

static void run_sum_of_squares(const struct kernels *kernels, struct operands *o) {
    o->sum = kernels->sum_of_squares(o->arrays[0], count_of(o));
}

/* `touched`: floats read and written per element. */
struct row {
    const char *name;
    pointwise_run *run;
    size_t rows, width, touched;
    enum bench_level level;
};

/* Sizes from training 2x128 with 50 streams; the optimizer handles 16 K floats at a time. */
static const struct row rows[] = {
    {"cross-entropy-v65", run_cross_entropy, 25, 80, 2, CHARNN_BENCH_QUICK},
    {"cross-entropy-v241", run_cross_entropy, 25, 256, 2, CHARNN_BENCH_USUAL},
    {"cross-entropy-v4993", run_cross_entropy, 25, 5008, 2, CHARNN_BENCH_USUAL},
    {"exponentials", run_exponentials, 1, 80, 2, CHARNN_BENCH_USUAL},
    {"dropout", run_dropout, 25, 128, 3, CHARNN_BENCH_USUAL},
    {"add", run_add, 512, 32, 3, CHARNN_BENCH_USUAL},
    {"multiply", run_multiply, 25, 128, 3, CHARNN_BENCH_USUAL},
    {"column-dots", run_column_dots, 128, 128, 2, CHARNN_BENCH_USUAL},
    {"adam", run_adam, 1, 16384, 7, CHARNN_BENCH_QUICK},
    {"rmsprop", run_rmsprop, 1, 16384, 5, CHARNN_BENCH_USUAL},
    {"sgd", run_sgd, 1, 16384, 5, CHARNN_BENCH_USUAL},
    {"clip", run_clip, 1, 16384, 2, CHARNN_BENCH_USUAL},
    {"scale", run_scale, 1, 16384, 2, CHARNN_BENCH_USUAL},
    {"average", run_average, 1, 16384, 3, CHARNN_BENCH_USUAL},
    {"sum-of-squares", run_sum_of_squares, 1, 16384, 1, CHARNN_BENCH_USUAL},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

struct pointwise_state {
    const struct row *row;
    const struct kernels *kernels;
    struct operands operands, expected;
};

static void take_operands(const struct row *row, struct arena *arena, struct operands *o) {
    *o = (struct operands){.rows = row->rows, .width = row->width};
    for (size_t i = 0; i < ARRAYS; i++) {
        o->arrays[i] = arena_take_floats(arena, 1, row->rows, row->width);
    }
    o->losses = arena_take_floats(arena, 1, 1, row->rows);
    o->targets = arena_take(arena, row->rows, sizeof *o->targets);
}

static struct pointwise_state *lay_out(const struct row *row, struct arena *arena) {
    struct pointwise_state *s = arena_take(arena, 1, sizeof *s);
    struct pointwise_state placed = {.row = row, .kernels = kernels_current()};
    take_operands(row, arena, &placed.operands);
    take_operands(row, arena, &placed.expected);
    if (s != NULL) {
        *s = placed;
    }
    return s;
}

static void fill(struct operands *o) {
    for (size_t i = 0; i < ARRAYS; i++) {
        bench_fill(o->arrays[i], count_of(o), i + 1);
    }
    for (size_t i = 0; i < count_of(o); i++) {
        o->arrays[3][i] = 1;  /* mean squares */
        o->arrays[4][i] = -1; /* factors */
    }
    for (size_t i = 0; i < o->rows; i++) {
        o->targets[i] = (int32_t)i;
        o->losses[i] = 0;
    }
    o->sum = 0;
}

static void pointwise_destroy(void *state) {
    memory_free(state); /* the first object in its own arena */
}

static enum status pointwise_create(const struct bench_case *bench_case, struct thread_pool *pool,
                                    void **state, struct bench_work *work, struct error *error) {
    (void)pool;
    const struct row *row = &rows[bench_case->index];
    struct arena arena = {0};
    (void)lay_out(row, &arena);
    void *block;
    *state = NULL;
    if (memory_allocate(arena.used, 1, "the case", &block, error) != CHARNN_OK) {
        return error->status;
    }
    arena = (struct arena){.block = block};
    struct pointwise_state *s = lay_out(row, &arena);
    fill(&s->operands);
    fill(&s->expected);
    double elements = (double)(row->rows * row->width);
    *work = (struct bench_work){
        .items = elements,
        .bytes = elements * (double)(row->touched * sizeof(float)),
    };
    *state = s;
    return CHARNN_OK;
}

static enum status pointwise_check(void *state, struct error *error) {
    struct pointwise_state *s = state;
    s->row->run(s->kernels, &s->operands);
    s->row->run(hooks_reference_kernels(), &s->expected);
    for (size_t i = 0; i < ARRAYS; i++) {
        if (bench_compare(s->operands.arrays[i], s->expected.arrays[i], count_of(&s->operands),
                          "an array", error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (bench_compare(s->operands.losses, s->expected.losses, s->row->rows, "the losses", error) !=
        CHARNN_OK) {
        return error->status;
    }
    return bench_compare_losses(s->operands.sum, s->expected.sum, "the sum", error);
}

static enum status pointwise_do_run(void *state, struct error *error) {
    (void)error;
    struct pointwise_state *s = state;
    s->row->run(s->kernels, &s->operands);
    return CHARNN_OK;
}

static const struct bench_kind pointwise_kind = {
    .name = "pointwise",
    .unit = "elements",
    .create = pointwise_create,
    .check = pointwise_check,
    .run = pointwise_do_run,
    .destroy = pointwise_destroy,
};

enum status pointwise_add_cases(struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < ROWS; i++) {
        struct bench_case bench_case = {
            .kind = &pointwise_kind,
            .threads = 1,
            .level = rows[i].level,
            .index = i,
        };
        if (bench_list_add(list, bench_case, rows[i].name, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
