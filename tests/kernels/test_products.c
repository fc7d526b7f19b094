/*
 * The products and the packing of every kernel set that this processor supports, compared with
 * plain loops. Sizes exceed twice the widest vector, strides are odd, and no array is aligned.
 */
#include "base/memory.h"
#include "checkpoint/quantize.h"
#include "suites.h"
#include "support/guarded.h"
#include "support/kernel_sets.h"

#include <math.h>
#include <string.h>

enum { LANES = CHARNN_LANES, MOST = 2 * LANES + 1 };

static const size_t widths[] = {0, 16, 32, 48, 64, 80};
enum { WIDTHS = sizeof widths / sizeof widths[0] };

/* The tolerance for v2, which rounds a product before the addition. */
static const struct tolerance unfused = {.absolute = 1e-5, .relative = 1e-5};

static size_t padded(size_t count) {
    return size_round_up(count, LANES);
}

/* A chain of fused multiply-adds in a given order has exactly one correct result. */
static void check_chains(const struct kernels *kernels, const struct guarded *got,
                         const struct guarded *expected, const char *what, size_t m, size_t n,
                         size_t k) {
    if (kernels->fused) {
        assert_guarded_same(got, expected, "%s %s m=%zu n=%zu k=%zu", kernels->name, what, m, n, k);
    } else {
        assert_guarded_near(got, expected, unfused, "%s %s m=%zu n=%zu k=%zu", kernels->name, what,
                            m, n, k);
    }
}

/* --- packing ---------------------------------------------------------------------------- */

/* Consecutive panels, each dense and row-major. */
static void plain_pack(const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        for (size_t i = 0; i < k; i++) {
            for (size_t column = j; column < n && column < j + CHARNN_PANEL; column++) {
                *packed++ = b[i * ldb + column];
            }
        }
    }
}

START_TEST(pack_makes_panels) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t w = 0; w < WIDTHS; w++) {
        size_t n = widths[w];
        for (size_t k = 0; k <= MOST; k++) {
            struct noise noise = {0};
            struct guarded b;
            struct guarded got;
            struct guarded expected;
            guarded_init_input(&b, k * (n + 3));
            guarded_fill(&b, k, n, n + 3, &noise);
            guarded_init(&got, k * n);
            guarded_init(&expected, k * n);
            plain_pack(b.data, n + 3, k, n, expected.data);
            kernels->pack(b.data, n + 3, k, n, got.data);
            assert_guarded_same(&got, &expected, "%s pack k=%zu n=%zu", kernels->name, k, n);
            guarded_deinit(&expected);
            guarded_deinit(&got);
            guarded_deinit(&b);
        }
    }
}
END_TEST

static void check_pack_transposed(const struct kernels *kernels, size_t k, size_t n) {
    struct noise noise = {0};
    size_t lds = k + 3;
    size_t width = padded(n);
    struct guarded s;
    struct guarded transposed;
    struct guarded got;
    struct guarded expected;
    guarded_init_input(&s, n * lds);
    guarded_fill(&s, n, k, lds, &noise);
    guarded_init(&transposed, k * width);
    guarded_set_all(&transposed, 0);
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < k; i++) {
            transposed.data[i * width + j] = s.data[j * lds + i];
        }
    }
    guarded_init(&got, k * width);
    guarded_init(&expected, k * width);
    plain_pack(transposed.data, width, k, width, expected.data);
    kernels->pack_transposed(s.data, lds, k, n, got.data);
    assert_guarded_same(&got, &expected, "%s pack_transposed k=%zu n=%zu", kernels->name, k, n);
    guarded_deinit(&expected);
    guarded_deinit(&got);
    guarded_deinit(&transposed);
    guarded_deinit(&s);
}

START_TEST(pack_transposed_makes_panels) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t n = 0; n <= 2 * MOST; n++) {
        for (size_t k = 0; k <= MOST; k++) {
            check_pack_transposed(kernels, k, n);
        }
    }
}
END_TEST

/* --- products ------------------------------------------------------------------------------ */

enum product_start { FROM_ZERO, FROM_ONE_ROW, FROM_ROWS, FROM_LISTED_ROWS, FROM_C, STARTS };

static void plain_product(const struct product *p, const float *b, size_t ldb) {
    for (size_t r = 0; r < p->repeats; r++) {
        for (size_t i = 0; i < p->m; i++) {
            for (size_t j = 0; j < p->n; j++) {
                float *c = p->c + r * p->c_step + i * p->ldc + j;
                size_t row = p->start_rows != NULL ? (size_t)p->start_rows[i] : i;
                size_t at = r * p->start_step + row * p->start_stride + j;
                float sum = p->start != NULL ? p->start[at] : 0;
                for (size_t k = 0; k < p->k; k++) {
                    sum = fmaf(p->a[r * p->a_step + i * p->lda + k], b[k * ldb + j], sum);
                }
                *c = sum;
            }
        }
    }
}

/* `listed` receives the row numbers. */
static void set_start(struct product *p, enum product_start start, const struct guarded *starts,
                      int32_t *listed) {
    if (start != FROM_ZERO) {
        p->start = starts->data;
        p->start_step = p->n + 2;
        p->start_stride = start == FROM_ONE_ROW ? 0 : p->n + 2;
    }
    if (start == FROM_LISTED_ROWS) {
        for (size_t i = 0; i < p->m; i++) {
            listed[i] = (int32_t)(i * 5 % p->m);
        }
        p->start_rows = listed;
    }
    if (start == FROM_C) {
        p->start_step = p->c_step;
        p->start_stride = p->ldc;
    }
}

static void check_product(const struct kernels *kernels, size_t repeats, size_t m, size_t n,
                          size_t k, enum product_start start) {
    struct noise noise = {0};
    size_t lda = k + 5;
    size_t ldc = n + 3;
    struct product p = {.lda = lda,
                        .a_step = m * lda + 1,
                        .ldc = ldc,
                        .c_step = m * ldc + 7,
                        .repeats = repeats,
                        .m = m,
                        .n = n,
                        .k = k};
    int32_t listed[MOST + 1];
    struct guarded a;
    struct guarded b;
    struct guarded packed;
    struct guarded starts;
    struct guarded got;
    struct guarded expected;
    guarded_init_input(&a, repeats * p.a_step);
    guarded_init_input(&b, k * n);
    guarded_init_input(&packed, k * n);
    guarded_init_input(&starts, (repeats + m) * (n + 2));
    guarded_init(&got, repeats * p.c_step);
    guarded_fill_all(&b, &noise);
    guarded_fill_all(&starts, &noise);
    for (size_t r = 0; r < repeats; r++) {
        for (size_t i = 0; i < m; i++) {
            struct guarded row = {.data = a.data + r * p.a_step + i * lda, .count = k};
            guarded_fill_all(&row, &noise);
            if (start == FROM_C) {
                row = (struct guarded){.data = got.data + r * p.c_step + i * ldc, .count = n};
                guarded_fill_all(&row, &noise);
            }
        }
    }
    guarded_init_copy(&expected, &got);
    plain_pack(b.data, n, k, n, packed.data);
    p.a = a.data;
    set_start(&p, start, &starts, listed);
    p.c = expected.data;
    p.start = start == FROM_C ? expected.data : p.start;
    plain_product(&p, b.data, n);
    p.b = packed.data;
    p.c = got.data;
    p.start = start == FROM_C ? got.data : p.start;
    kernels->product(&p);
    check_chains(kernels, &got, &expected, "product", m, n, k);
    guarded_deinit(&expected);
    guarded_deinit(&got);
    guarded_deinit(&starts);
    guarded_deinit(&packed);
    guarded_deinit(&b);
    guarded_deinit(&a);
}

/* Every possible number of rows in a tile, and more. */
START_TEST(product_is_chains_of_multiply_adds) {
    static const size_t depths[] = {0, 1, 2, 3, 17};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t w = 0; w < WIDTHS; w++) {
        for (size_t m = 0; m <= MOST; m++) {
            for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
                check_product(kernels, 1, m, widths[w], depths[d], (m + d) % STARTS);
            }
        }
    }
}
END_TEST

START_TEST(product_of_every_depth_and_start) {
    static const size_t heights[] = {1, 13, 14, 15, 28, 29};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
        for (size_t k = 0; k <= MOST; k++) {
            for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
                check_product(kernels, 1, heights[i], 48, k, start);
            }
        }
    }
}
END_TEST

/* Enough terms for several blocks of k. */
START_TEST(blocks_do_not_change_products) {
    static const size_t depths[] = {176, 177, 352, 353, 700};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
        for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
            check_product(kernels, 1, 27, 112, depths[d], start);
            check_product(kernels, 3, 7, 48, depths[d], start);
        }
    }
}
END_TEST

/* A single row uses several panels at once if there are enough. */
START_TEST(product_of_one_row) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t n = 96; n <= 416; n += 16) {
        for (size_t k = 0; k <= MOST; k += 11) {
            for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
                check_product(kernels, 1, 1, n, k, start);
                check_product(kernels, 2, 1, n, k, start);
            }
        }
    }
}
END_TEST

START_TEST(product_repeats) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t repeats = 0; repeats <= 4; repeats++) {
        for (size_t m = 0; m <= 16; m += 3) {
            for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
                check_product(kernels, repeats, m, 48, 19, start);
            }
        }
    }
}
END_TEST

/* --- outer products ------------------------------------------------------------------------ */

static void plain_column_sum(const struct outer_product *p, size_t j, float *out) {
    for (size_t begin = 0; begin < p->k; begin += CHARNN_SUM_ROWS) {
        size_t end = begin + CHARNN_SUM_ROWS < p->k ? begin + CHARNN_SUM_ROWS : p->k;
        float sum = 0;
        for (size_t k = begin; k < end; k++) {
            sum += p->b[k * p->ldb + j];
        }
        *out += sum;
    }
}

static float rounded(float x) {
    uint16_t half;
    quantize_bf16(&x, 1, &half);
    uint32_t bits = (uint32_t)half << 16;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* An element of C of rounded numbers. */
static float plain_pairs(const float *a, size_t lda, const float *b, size_t ldb, size_t k,
                         float sum) {
    for (size_t block = 0; block < k; block += CHARNN_PAIR_ROWS) {
        float chains[2] = {0, 0};
        for (size_t i = block; i < k && i < block + CHARNN_PAIR_ROWS; i++) {
            chains[i % 2] = fmaf(rounded(a[i * lda]), rounded(b[i * ldb]), chains[i % 2]);
        }
        sum += chains[0] + chains[1];
    }
    return sum;
}

static void plain_outer_product(const struct outer_product *p) {
    for (size_t j = p->n_begin; j < p->n_end; j++) {
        for (size_t s = 0; s < 2; s++) {
            if (p->column_sums[s] != NULL) {
                plain_column_sum(p, j, p->column_sums[s] + j);
            }
        }
        for (size_t pair = 0; pair < p->pair_count; pair++) {
            const struct outer_pair *q = &p->pairs[pair];
            for (size_t i = 0; i < q->m; i++) {
                float sum = q->c[i * q->ldc + j];
                for (size_t k = 0; !p->rounded && k < p->k; k++) {
                    sum = fmaf(q->a[k * q->lda + i], p->b[k * p->ldb + j], sum);
                }
                sum = p->rounded ? plain_pairs(q->a + i, q->lda, p->b + j, p->ldb, p->k, sum) : sum;
                q->c[i * q->ldc + j] = sum;
            }
        }
    }
}

struct outer_case {
    size_t pairs, m[2], k, n, n_begin, n_end;
    bool sums[2];
    bool rounded;
};

/* The arrays of one outer product; outputs exist twice. */
struct outer_arrays {
    struct guarded a[2], b;
    struct guarded scratch[2];          /* got, untouched */
    struct guarded c[2][2], sums[2][2]; /* [pair or which][got, expected] */
};

static struct outer_product outer_arrays_init(struct outer_arrays *arrays,
                                              const struct outer_case *o) {
    struct noise noise = {0};
    struct outer_product p = {.pair_count = o->pairs,
                              .ldb = o->n + 3,
                              .k = o->k,
                              .n_begin = o->n_begin,
                              .n_end = o->n_end,
                              .rounded = o->rounded};
    guarded_init_input(&arrays->b, o->k * p.ldb);
    guarded_fill(&arrays->b, o->k, o->n, p.ldb, &noise);
    guarded_init(&arrays->scratch[0], o->rounded ? CHARNN_PAIR_SCRATCH : CHARNN_OUTER_SCRATCH);
    guarded_init_copy(&arrays->scratch[1], &arrays->scratch[0]);
    for (size_t i = 0; i < 2; i++) {
        struct outer_pair *pair = &p.pairs[i];
        pair->m = o->m[i];
        pair->lda = o->rounded ? padded(pair->m) + 1 : pair->m + 1;
        pair->ldc = o->n + 5;
        guarded_init_input(&arrays->a[i], o->k * pair->lda);
        guarded_fill(&arrays->a[i], o->k, pair->m, pair->lda, &noise);
        guarded_init(&arrays->c[i][0], pair->m * pair->ldc);
        guarded_fill(&arrays->c[i][0], pair->m, o->n, pair->ldc, &noise);
        guarded_init_copy(&arrays->c[i][1], &arrays->c[i][0]);
        guarded_init(&arrays->sums[i][0], o->n);
        guarded_fill_all(&arrays->sums[i][0], &noise);
        guarded_init_copy(&arrays->sums[i][1], &arrays->sums[i][0]);
        pair->a = arrays->a[i].data;
    }
    p.b = arrays->b.data;
    p.scratch = arrays->scratch[0].data;
    return p;
}

static void outer_arrays_deinit(struct outer_arrays *arrays) {
    for (size_t i = 0; i < 2; i++) {
        for (size_t which = 0; which < 2; which++) {
            guarded_deinit(&arrays->sums[i][which]);
            guarded_deinit(&arrays->c[i][which]);
        }
        guarded_deinit(&arrays->a[i]);
    }
    guarded_deinit(&arrays->scratch[1]);
    guarded_deinit(&arrays->scratch[0]);
    guarded_deinit(&arrays->b);
}

static void check_one_outer_product(const struct kernels *kernels, const struct outer_case *o) {
    struct outer_arrays arrays;
    struct outer_product p = outer_arrays_init(&arrays, o);
    for (size_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < 2; i++) {
            p.pairs[i].c = arrays.c[i][which].data;
            p.column_sums[i] = o->sums[i] ? arrays.sums[i][which].data : NULL;
        }
        if (which == 0) {
            kernels->outer_product(&p);
        } else {
            plain_outer_product(&p);
        }
    }
    for (size_t i = 0; i < 2; i++) {
        check_chains(kernels, &arrays.c[i][0], &arrays.c[i][1],
                     o->rounded ? "rounded" : "outer product", o->m[i], o->n, o->k);
        assert_guarded_same(&arrays.sums[i][0], &arrays.sums[i][1],
                            "%s column sums n=%zu..%zu k=%zu", kernels->name, o->n_begin, o->n_end,
                            o->k);
    }
    for (size_t i = 0; i < 2; i++) { /* the kernel may leave anything in it */
        guarded_set_all(&arrays.scratch[i], 0);
    }
    assert_guarded_same(&arrays.scratch[0], &arrays.scratch[1], "%s scratch", kernels->name);
    outer_arrays_deinit(&arrays);
}

static void check_outer_product(const struct kernels *kernels, const struct outer_case *o) {
    struct outer_case c = *o;
    check_one_outer_product(kernels, &c);
    c.rounded = true;
    check_one_outer_product(kernels, &c);
}

START_TEST(outer_product_is_chains_of_multiply_adds) {
    static const size_t depths[] = {0, 1, 2, 3, 4, 5, 17};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t m = 0; m <= MOST; m++) {
        for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
            struct outer_case one = {.pairs = 1,
                                     .m = {m, 2},
                                     .k = depths[d],
                                     .n = 48,
                                     .n_end = 48,
                                     .sums = {d % 2 == 1}};
            check_outer_product(kernels, &one);
            struct outer_case two = {.pairs = 2,
                                     .m = {m, 29 - (m < 29 ? m : 29)},
                                     .k = depths[d],
                                     .n = 80,
                                     .n_begin = 16,
                                     .n_end = 64,
                                     .sums = {true, d % 2 == 0}};
            check_outer_product(kernels, &two);
        }
    }
}
END_TEST

/* Only the columns [n_begin, n_end) are touched. */
START_TEST(outer_product_of_every_part) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t begin = 0; begin <= 96; begin += 16) {
        for (size_t end = begin; end <= 96; end += 16) {
            struct outer_case o = {.pairs = 2,
                                   .m = {13, 15},
                                   .k = 9,
                                   .n = 96,
                                   .n_begin = begin,
                                   .n_end = end,
                                   .sums = {true, true}};
            check_outer_product(kernels, &o);
        }
    }
}
END_TEST

START_TEST(blocks_do_not_change_outer_products) {
    static const size_t depths[] = {
        CHARNN_OUTER_ROWS - 1, CHARNN_OUTER_ROWS,   CHARNN_OUTER_ROWS + 1,  CHARNN_SUM_ROWS - 1,
        CHARNN_SUM_ROWS,       CHARNN_SUM_ROWS + 1, 2 * CHARNN_SUM_ROWS + 3};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
        struct outer_case o = {
            .pairs = 2, .m = {28, 14}, .k = depths[d], .n = 48, .n_end = 48, .sums = {true, true}};
        check_outer_product(kernels, &o);
        o.n = CHARNN_OUTER_COLUMNS + 48;
        o.n_end = d % 2 == 0 ? o.n : CHARNN_OUTER_COLUMNS;
        check_outer_product(kernels, &o);
    }
}
END_TEST

START_TEST(column_dots_are_chains_of_multiply_adds) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t w = 0; w < WIDTHS; w++) {
        size_t n = widths[w];
        for (size_t rows = 0; rows <= MOST; rows++) {
            struct noise noise = {0};
            struct guarded a;
            struct guarded b;
            struct guarded got;
            struct guarded expected;
            guarded_init_input(&a, rows * (n + 1));
            guarded_fill(&a, rows, n, n + 1, &noise);
            guarded_init_input(&b, rows * (n + 3));
            guarded_fill(&b, rows, n, n + 3, &noise);
            guarded_init(&got, n);
            guarded_fill_all(&got, &noise);
            guarded_init_copy(&expected, &got);
            for (size_t i = 0; i < rows; i++) {
                for (size_t j = 0; j < n; j++) {
                    expected.data[j] =
                        fmaf(a.data[i * (n + 1) + j], b.data[i * (n + 3) + j], expected.data[j]);
                }
            }
            kernels->column_dots(a.data, n + 1, b.data, n + 3, rows, n, got.data);
            check_chains(kernels, &got, &expected, "column_dots", 1, n, rows);
            guarded_deinit(&expected);
            guarded_deinit(&got);
            guarded_deinit(&b);
            guarded_deinit(&a);
        }
    }
}
END_TEST

Suite *products_suite(void) {
    const TTest *const each_set[] = {
        pack_makes_panels,
        pack_transposed_makes_panels,
        product_is_chains_of_multiply_adds,
        product_of_every_depth_and_start,
        blocks_do_not_change_products,
        product_of_one_row,
        product_repeats,
        outer_product_is_chains_of_multiply_adds,
        outer_product_of_every_part,
        blocks_do_not_change_outer_products,
        column_dots_are_chains_of_multiply_adds,
    };
    Suite *suite = suite_create("products");
    TCase *test = tcase_create("products");
    for (size_t i = 0; i < sizeof each_set / sizeof each_set[0]; i++) {
        kernel_sets_add_test(test, each_set[i]);
    }
    suite_add_tcase(suite, test);
    return suite;
}
