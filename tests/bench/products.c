/* The products, as cases, with the shapes of training two layers; checked against plain loops in
 * double precision. */
#include "base/arena.h"
#include "base/memory.h"
#include "bench.h"
#include "kernels/dispatch.h"
#include "nn/rows.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum product_role {
    PRODUCT,         /* product() */
    PRODUCT_BACK,    /* product() whose result has no gaps between its rows */
    OUTER_PRODUCT,   /* outer_product() */
    PACK,            /* pack() */
    PACK_TRANSPOSED, /* pack_transposed() */
};

/* C[repeats][m][n] from A[repeats][m][k] and B[k][n]. Outer products: C[m][n] from A[k][m] and
 * B[k][n], with n of the 4 m columns of the gates and weight gradients of an LSTM. */
struct row {
    const char *name;
    enum product_role role;
    enum bench_level level;
    size_t repeats, m, n, k;
};

/* A batch of 50 with 50 steps, or the 25 streams of one of two threads. */
static const struct row rows[] = {
    {"recurrent-128-b25", PRODUCT, CHARNN_BENCH_QUICK, 1, 25, 512, 128},
    {"recurrent-128-b50", PRODUCT, CHARNN_BENCH_USUAL, 1, 50, 512, 128},
    {"recurrent-256-b25", PRODUCT, CHARNN_BENCH_USUAL, 1, 25, 1024, 256},
    {"recurrent-512-b25", PRODUCT, CHARNN_BENCH_USUAL, 1, 25, 2048, 512},
    {"recurrent-512-b50", PRODUCT, CHARNN_BENCH_USUAL, 1, 50, 2048, 512},
    {"recurrent-512-b1", PRODUCT, CHARNN_BENCH_USUAL, 1, 1, 2048, 512},
    {"input-128-b25", PRODUCT, CHARNN_BENCH_USUAL, 20, 25, 512, 128},
    {"input-512-b25", PRODUCT, CHARNN_BENCH_USUAL, 5, 25, 2048, 512},
    {"back-128-b25", PRODUCT_BACK, CHARNN_BENCH_QUICK, 1, 25, 128, 512},
    {"back-256-b25", PRODUCT_BACK, CHARNN_BENCH_USUAL, 1, 25, 256, 1024},
    {"back-512-b25", PRODUCT_BACK, CHARNN_BENCH_USUAL, 1, 25, 512, 2048},
    {"decoder-128-v65", PRODUCT, CHARNN_BENCH_USUAL, 20, 25, 80, 128},
    {"decoder-128-v5000", PRODUCT, CHARNN_BENCH_USUAL, 20, 25, 5008, 128},
    {"decoder-back-128-v65", PRODUCT, CHARNN_BENCH_USUAL, 20, 25, 128, 80},
    {"outer-128", OUTER_PRODUCT, CHARNN_BENCH_QUICK, 1, 128, 256, 512},
    {"outer-256", OUTER_PRODUCT, CHARNN_BENCH_USUAL, 1, 256, 256, 512},
    {"outer-512", OUTER_PRODUCT, CHARNN_BENCH_USUAL, 1, 512, 256, 512},
    {"pack-128", PACK, CHARNN_BENCH_USUAL, 1, 0, 512, 128},
    {"pack-512", PACK, CHARNN_BENCH_USUAL, 1, 0, 2048, 512},
    {"pack-transposed-128", PACK_TRANSPOSED, CHARNN_BENCH_USUAL, 1, 0, 128, 512},
    {"pack-transposed-512", PACK_TRANSPOSED, CHARNN_BENCH_USUAL, 1, 0, 512, 2048},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

struct product_state {
    const struct row *row;
    const struct kernels *kernels;
    size_t lda, ldb, ldc; /* as in the engine: weights and their gradients have no gaps */
    float *a, *b, *c;
    float *packed; /* packed b, or scratch */
};

static bool is_outer(const struct row *row) {
    return row->role == OUTER_PRODUCT;
}

/* To check the packing, the packed matrix is multiplied by the identity. */
static size_t height(const struct row *row) {
    return row->m > 0 ? row->m : row->k;
}

static void product_destroy(void *state) {
    memory_free(state); /* the first object in its own arena */
}

/* Of a network's rows. */
static size_t rows_stride(size_t width) {
    return rows_take(&(struct arena){0}, 1, 1, width).stride;
}

static struct product_state *lay_out(const struct row *row, struct arena *arena) {
    struct product_state *s = arena_take(arena, 1, sizeof *s);
    size_t a_width = is_outer(row) ? row->m : row->k;
    size_t a_height = is_outer(row) ? row->k : height(row);
    size_t b_width = row->role == PACK_TRANSPOSED ? row->k : row->n;
    size_t b_height = row->role == PACK_TRANSPOSED ? row->n : row->k;
    struct product_state placed = {
        .row = row,
        .kernels = kernels_current(),
        .lda = rows_stride(a_width),
        .ldb = b_width,
        .ldc = row->role == PRODUCT ? rows_stride(row->n) : row->n,
    };
    if (is_outer(row)) {
        placed.ldb = rows_stride(4 * row->m);
        placed.ldc = 4 * row->m;
    }
    placed.a = arena_take_floats(arena, row->repeats, a_height, placed.lda);
    placed.b = arena_take_floats(arena, 1, b_height, placed.ldb);
    placed.c = arena_take_floats(arena, row->repeats, height(row), placed.ldc);
    placed.packed = is_outer(row) ? arena_take_floats(arena, 1, 1, CHARNN_OUTER_SCRATCH)
                                  : arena_take_floats(arena, 1, row->k, row->n);
    if (s != NULL) {
        *s = placed;
    }
    return s;
}

static void pack_b(const struct product_state *s) {
    const struct row *r = s->row;
    if (r->role == PACK_TRANSPOSED) {
        s->kernels->pack_transposed(s->b, s->ldb, r->k, r->n, s->packed);
    } else if (!is_outer(r)) {
        s->kernels->pack(s->b, s->ldb, r->k, r->n, s->packed);
    }
}

static enum status product_create(const struct bench_case *bench_case, struct thread_pool *pool,
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
    struct product_state *s = lay_out(row, &arena);
    bench_fill(s->a, (size_t)(s->b - s->a), 1);
    bench_fill(s->b, (size_t)(s->c - s->b), 2);
    pack_b(s);
    double k_n = (double)row->k * (double)row->n;
    double outputs = (double)row->repeats * (double)row->m * (double)row->n;
    *work = (struct bench_work){.items = outputs, .flops = 2 * outputs * (double)row->k};
    if (row->m == 0) {
        *work = (struct bench_work){.items = k_n, .bytes = 2 * k_n * (double)sizeof(float)};
    }
    *state = s;
    return CHARNN_OK;
}

static void multiply(const struct product_state *s) {
    const struct row *r = s->row;
    struct product p = {
        .a = s->a,
        .lda = s->lda,
        .a_step = height(r) * s->lda,
        .b = s->packed,
        .c = s->c,
        .ldc = s->ldc,
        .c_step = height(r) * s->ldc,
        .repeats = r->repeats,
        .m = height(r),
        .n = r->n,
        .k = r->k,
    };
    s->kernels->product(&p);
}

static void multiply_outer(const struct product_state *s) {
    const struct row *r = s->row;
    struct outer_product p = {
        .pairs = {{.a = s->a, .lda = s->lda, .m = r->m, .c = s->c, .ldc = s->ldc}},
        .pair_count = 1,
        .b = s->b,
        .ldb = s->ldb,
        .k = r->k,
        .n_begin = 0,
        .n_end = r->n,
        .scratch = s->packed,
    };
    s->kernels->outer_product(&p);
}

static enum status product_run(void *state, struct error *error) {
    (void)error;
    const struct product_state *s = state;
    if (s->row->role == PRODUCT || s->row->role == PRODUCT_BACK) {
        multiply(s);
    } else if (is_outer(s->row)) {
        multiply_outer(s);
    } else {
        pack_b(s);
    }
    return CHARNN_OK;
}

static double element_of_a(const struct product_state *s, size_t i, size_t k) {
    return (double)(is_outer(s->row) ? s->a[k * s->lda + i] : s->a[i * s->lda + k]);
}

static double element_of_b(const struct product_state *s, size_t k, size_t j) {
    return (double)(s->row->role == PACK_TRANSPOSED ? s->b[j * s->ldb + k] : s->b[k * s->ldb + j]);
}

/* Row i of C, numbered through all repeats. A chain of k roundings has an error of at most k / 2
 * ulp of the sum of magnitudes. */
static enum status check_row(const struct product_state *s, size_t i, struct error *error) {
    const struct row *r = s->row;
    for (size_t j = 0; j < r->n; j++) {
        double sum = 0;
        double magnitudes = 0;
        for (size_t k = 0; k < r->k; k++) {
            double term = element_of_a(s, i, k) * element_of_b(s, k, j);
            sum += term;
            magnitudes += fabs(term);
        }
        double got = (double)s->c[i * s->ldc + j];
        if (!(fabs(got - sum) <= (double)r->k * (double)FLT_EPSILON * magnitudes)) {
            return error_set(error, CHARNN_ERROR_DATA,
                             "row %zu, column %zu is %.9g, but plain loops give %.9g", i, j, got,
                             sum);
        }
    }
    return CHARNN_OK;
}

static enum status product_check(void *state, struct error *error) {
    const struct product_state *s = state;
    const struct row *r = s->row;
    if (r->m == 0) {
        memset(s->a, 0, (size_t)(s->b - s->a) * sizeof *s->a);
        for (size_t i = 0; i < r->k; i++) {
            s->a[i * s->lda + i] = 1;
        }
    }
    memset(s->c, 0, (size_t)(s->packed - s->c) * sizeof *s->c);
    if (is_outer(r)) {
        multiply_outer(s);
    } else {
        multiply(s);
    }
    /* Checking all rows would take longer than the timing. This skips at most two in a row, so it
     * checks some rows of each tile. */
    for (size_t i = 0; i < r->repeats * height(r); i += i % 3 + 1) {
        if (check_row(s, i, error) != CHARNN_OK) {
            return error->status;
        }
    }
    memset(s->c, 0, (size_t)(s->packed - s->c) * sizeof *s->c);
    return CHARNN_OK;
}

static const struct bench_kind product_kind = {
    .name = "product",
    .unit = "elements",
    .create = product_create,
    .check = product_check,
    .run = product_run,
    .destroy = product_destroy,
};

enum status product_add_cases(struct bench_list *list, struct error *error) {
    for (size_t i = 0; i < ROWS; i++) {
        struct bench_case bench_case = {
            .kind = &product_kind,
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
