/*
 * Products with weights of 16 and 8 bits, and of rounded numbers, in every kernel set that this
 * processor supports, compared with plain loops. Integer sums are exact, so also the results have
 * exactly one correct value.
 */
#include "base/memory.h"
#include "checkpoint/quantize.h"
#include "suites.h"
#include "support/guarded.h"
#include "support/kernel_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum product_start { FROM_ZERO, FROM_ONE_ROW, FROM_ROWS, FROM_LISTED_ROWS, FROM_C, STARTS };

/* The tolerance for v2, which rounds a product before the addition. */
static const struct tolerance unfused = {.absolute = 1e-5, .relative = 1e-5};

/* One product: A and C as in struct product, B as plain integers and floats [k][n]. */
struct fixture {
    const struct kernels *kernels;
    struct product p;
    struct guarded a, starts, got, expected;
    int32_t listed[64];
    float *b;  /* [k][n]: BF16, and PAIRS after rounding */
    int8_t *s; /* [n][k]: INT8 */
    void *packed;
    float *scales;
    int32_t *corrections;
};

static void *take(size_t count, size_t size) {
    void *memory = NULL;
    struct error error = {0};
    ck_assert_int_eq(memory_allocate(count, size, "a test", &memory, &error), CHARNN_OK);
    return memory;
}

/* Upper halves of floats, as panels of their own loop. */
static void make_bf16(struct fixture *f, struct noise *noise) {
    size_t k = f->p.k;
    size_t n = f->p.n;
    uint16_t *packed = take(k * n, sizeof *packed);
    f->packed = packed;
    for (size_t i = 0; i < k * n; i++) {
        uint32_t bits;
        float value = noise_number(noise);
        memcpy(&bits, &value, sizeof bits);
        bits &= 0xFFFF0000;
        memcpy(&f->b[i], &bits, sizeof bits);
    }
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        for (size_t i = 0; i < k; i++) {
            for (size_t column = j; column < n && column < j + CHARNN_PANEL; column++) {
                uint32_t bits;
                memcpy(&bits, &f->b[i * n + column], sizeof bits);
                *packed++ = (uint16_t)(bits >> 16);
            }
        }
    }
}

/* Integers of all sizes, packed by the kernel as a loader does: up to 16 columns at a time. */
static void make_int8(struct fixture *f, struct noise *noise) {
    size_t k = f->p.k;
    size_t n = f->p.n;
    size_t depth = size_round_up(k, CHARNN_INT8_QUAD);
    int8_t *packed = take(depth * n + 1, 1);
    f->packed = packed;
    for (size_t i = 0; i < k * n; i++) {
        f->s[i] = (int8_t)lrintf(noise_number(noise) * 128);
    }
    for (size_t j = 0; j < n; j += CHARNN_LANES) {
        size_t panel = j / CHARNN_PANEL * CHARNN_PANEL;
        size_t width = n - panel < CHARNN_PANEL ? n - panel : CHARNN_PANEL;
        f->kernels->pack_int8(f->s + j * k, k, CHARNN_LANES, width,
                              packed + panel * depth + (j - panel) * CHARNN_INT8_QUAD,
                              f->corrections + j);
        for (size_t column = j; column < j + CHARNN_LANES; column++) {
            int32_t sum = 0;
            for (size_t i = 0; i < k; i++) {
                size_t place = panel * depth + i / 4 * 4 * width + (column - panel) * 4 + i % 4;
                assert_each(packed[place] == f->s[column * k + i], "%s k=%zu n=%zu: row %zu of %zu",
                            f->kernels->name, k, n, i, column);
                sum += f->s[column * k + i];
            }
            ck_assert_int_eq(f->corrections[column], -64 * sum);
            f->scales[column] = noise_number(noise) + 1.5F;
        }
    }
}

static void round_all(const float *values, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        quantize_bf16(&values[i], 1, &half);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

/* Rows of B in pairs, rounded, in panels, up to a whole block; packed in both ways. */
static void make_pairs(struct fixture *f, struct noise *noise) {
    size_t k = f->p.k;
    size_t n = f->p.n;
    size_t count = CHARNN_PAIRS(k, n);
    uint16_t *expected = take(2 * count, sizeof *expected);
    uint32_t *got = take(count, sizeof *got);
    float *transposed = take(n * (k + 3), sizeof *transposed);
    size_t at = 0;
    for (size_t i = 0; i < k * n; i++) {
        f->b[i] = noise_number(noise);
    }
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        for (size_t i = 0; i < size_round_up(k, CHARNN_PAIR_ROWS); i += 2) {
            for (size_t column = j; column < n && column < j + CHARNN_PANEL; column++) {
                for (size_t row = i; row < i + 2; row++, at++) {
                    if (row < k) {
                        transposed[column * (k + 3) + row] = f->b[row * n + column];
                        quantize_bf16(&f->b[row * n + column], 1, &expected[at]);
                    }
                }
            }
        }
    }
    ck_assert_uint_eq(at, 2 * count);
    f->packed = expected;
    f->kernels->pack_pairs(f->b, n, k, n, got);
    ck_assert_msg(count == 0 || memcmp(got, expected, count * sizeof *got) == 0,
                  "%s pack_pairs k=%zu n=%zu", f->kernels->name, k, n);
    memset(got, 1, count * sizeof *got);
    f->kernels->pack_transposed_pairs(transposed, k + 3, k, n, got);
    ck_assert_msg(count == 0 || memcmp(got, expected, count * sizeof *got) == 0,
                  "%s pack_transposed_pairs k=%zu n=%zu", f->kernels->name, k, n);
    round_all(f->b, k * n, f->b);
    memory_free(transposed);
    memory_free(got);
}

/* An element of C of type PAIRS, as kernels.h says; A and B are rounded. */
static float plain_pairs(const struct fixture *f, const float *a, size_t j, float sum) {
    for (size_t block = 0; block < f->p.k; block += CHARNN_PAIR_ROWS) {
        float chains[2] = {0, 0};
        for (size_t k = block; k < f->p.k && k < block + CHARNN_PAIR_ROWS; k++) {
            chains[k % 2] = fmaf(a[k], f->b[k * f->p.n + j], chains[k % 2]);
        }
        sum += chains[0] + chains[1];
    }
    return sum;
}

/* The integers of a row of A and their unit, as kernels.h says. */
static float plain_integers(const float *a, size_t k, int32_t *q) {
    float magnitude = 0;
    for (size_t i = 0; i < k; i++) {
        magnitude = fmaxf(magnitude, fabsf(a[i]));
    }
    for (size_t i = 0; i < k; i++) {
        q[i] = magnitude > 0 ? (int32_t)nearbyintf(a[i] * (63 / magnitude)) : 0;
    }
    return magnitude / 63;
}

static const float *plain_start(const struct product *p, size_t r, size_t i) {
    size_t row = p->start_rows != NULL ? (size_t)p->start_rows[i] : i;
    return p->start != NULL ? p->start + r * p->start_step + row * p->start_stride : NULL;
}

static void plain_product(const struct fixture *f) {
    const struct product *p = &f->p;
    for (size_t row = 0; row < p->repeats * p->m; row++) {
        size_t r = row / p->m;
        size_t i = row % p->m;
        int32_t q[1024];
        const float *a = p->a + r * p->a_step + i * p->lda;
        const float *start = plain_start(p, r, i);
        float unit = plain_integers(a, p->k, q);
        float rounded[1024];
        round_all(a, p->k, rounded);
        for (size_t j = 0; j < p->n; j++) {
            float chain = start != NULL ? start[j] : 0;
            int64_t sum = 0;
            for (size_t k = 0; k < p->k; k++) {
                if (p->type == CHARNN_WEIGHTS_INT8) {
                    sum += (int64_t)q[k] * f->s[j * p->k + k];
                } else if (p->type == CHARNN_WEIGHTS_BF16) {
                    chain = fmaf(a[k], f->b[k * p->n + j], chain);
                }
            }
            if (p->type == CHARNN_WEIGHTS_INT8) {
                chain = fmaf(unit * f->scales[j], (float)sum, chain);
            } else if (p->type == CHARNN_WEIGHTS_PAIRS) {
                chain = plain_pairs(f, rounded, j, chain);
            }
            f->expected.data[r * p->c_step + i * p->ldc + j] = chain;
        }
    }
}

static void set_start(struct fixture *f, enum product_start start) {
    struct product *p = &f->p;
    if (start == FROM_C) {
        p->start_step = p->c_step;
        p->start_stride = p->ldc;
    } else if (start != FROM_ZERO) {
        p->start = f->starts.data;
        p->start_step = p->n + 2;
        p->start_stride = start == FROM_ONE_ROW ? 0 : p->n + 2;
    }
    for (size_t i = 0; start == FROM_LISTED_ROWS && i < p->m; i++) {
        f->listed[i] = (int32_t)(i * 5 % p->m);
        p->start_rows = f->listed;
    }
}

static void begin(struct fixture *f, enum weight_type type, size_t repeats, size_t m, size_t n,
                  size_t k) {
    struct noise noise = {0};
    size_t lda = k + 5;
    size_t ldc = n + 3;
    f->p = (struct product){.lda = lda,
                            .a_step = m * lda + 1,
                            .ldc = ldc,
                            .c_step = m * ldc + 7,
                            .repeats = repeats,
                            .m = m,
                            .n = n,
                            .k = k,
                            .type = type};
    f->b = take(k * n, sizeof *f->b);
    f->s = take(k * n, 1);
    f->scales = take(n, sizeof *f->scales);
    f->corrections = take(n, sizeof *f->corrections);
    guarded_init_input(&f->a, repeats * f->p.a_step);
    guarded_init_input(&f->starts, (repeats + m) * (n + 2));
    guarded_init(&f->got, repeats * f->p.c_step);
    guarded_fill_all(&f->starts, &noise);
    for (size_t row = 0; row < repeats * m; row++) {
        size_t r = row / m;
        size_t i = row % m;
        struct guarded a = {.data = f->a.data + r * f->p.a_step + i * lda, .count = k};
        struct guarded c = {.data = f->got.data + r * f->p.c_step + i * ldc, .count = n};
        guarded_fill_all(&a, &noise);
        guarded_fill_all(&c, &noise);
    }
    if (type == CHARNN_WEIGHTS_INT8) {
        make_int8(f, &noise);
    } else if (type == CHARNN_WEIGHTS_PAIRS) {
        make_pairs(f, &noise);
    } else {
        make_bf16(f, &noise);
    }
}

static void end(struct fixture *f) {
    guarded_deinit(&f->got);
    guarded_deinit(&f->starts);
    guarded_deinit(&f->a);
    memory_free(f->packed);
    memory_free(f->corrections);
    memory_free(f->scales);
    memory_free(f->s);
    memory_free(f->b);
}

/* Computes the product with the kernel and with plain loops. */
static void check(struct fixture *f, enum product_start start, size_t scratch_rows) {
    struct product *p = &f->p;
    guarded_init_copy(&f->expected, &f->got);
    set_start(f, start);
    p->a = f->a.data;
    p->start = start == FROM_C ? f->expected.data : p->start;
    plain_product(f);
    unsigned char *scratch =
        take(scratch_rows, CHARNN_INT8_ROW_BYTES(p->k) + CHARNN_PAIR_ROW_BYTES(p->k));
    p->b = f->packed;
    p->scales = f->scales;
    p->corrections = f->corrections;
    p->scratch = scratch;
    p->scratch_rows = scratch_rows;
    p->c = f->got.data;
    p->start = start == FROM_C ? f->got.data : p->start;
    f->kernels->product(p);
    if (f->kernels->fused) {
        assert_guarded_same(&f->got, &f->expected, "%s type %d repeats=%zu m=%zu n=%zu k=%zu",
                            f->kernels->name, (int)p->type, p->repeats, p->m, p->n, p->k);
    } else {
        assert_guarded_near(&f->got, &f->expected, unfused, "%s type %d m=%zu n=%zu k=%zu",
                            f->kernels->name, (int)p->type, p->m, p->n, p->k);
    }
    memory_free(scratch);
    guarded_deinit(&f->expected);
}

static void check_product(const struct kernels *kernels, size_t repeats, size_t m, size_t n,
                          size_t k, enum product_start start, size_t scratch_rows) {
    for (enum weight_type type = CHARNN_WEIGHTS_BF16; type <= CHARNN_WEIGHTS_PAIRS; type++) {
        struct fixture f = {.kernels = kernels};
        begin(&f, type, repeats, m, n, k);
        check(&f, start, scratch_rows);
        end(&f);
    }
}

static const size_t widths[] = {0, 16, 32, 48, 64, 80, 144, 272};
enum { WIDTHS = sizeof widths / sizeof widths[0], MOST_ROWS = 35 };

START_TEST(every_number_of_rows_and_columns) {
    static const size_t depths[] = {0, 1, 2, 3, 4, 5, 7, 8, 17, 33};
    for (size_t w = 0; w < WIDTHS; w++) {
        for (size_t m = 0; m <= MOST_ROWS; m++) {
            for (size_t d = 0; d<sizeof depths / sizeof depths[0]; d += m> 17 ? 4 : 1 + m % 3) {
                check_product(kernels_table[_i], 1, m, widths[w], depths[d], (m + d) % STARTS, 33);
            }
        }
    }
}
END_TEST

/* Deep enough for several blocks, and for a sum that no shorter integer holds. */
START_TEST(every_start_and_depth) {
    static const size_t depths[] = {64, 176, 177, 353, 700, 1023};
    for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
        for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
            check_product(kernels_table[_i], 1, 1, 304, depths[d], start, 1);
            check_product(kernels_table[_i], 1, 15, 112, depths[d], start, 15);
        }
    }
}
END_TEST

START_TEST(repeats_and_little_scratch) {
    for (size_t repeats = 0; repeats <= 5; repeats++) {
        for (size_t m = 1; m <= 9; m += 2) {
            for (enum product_start start = FROM_ZERO; start < STARTS; start++) {
                check_product(kernels_table[_i], repeats, m, 80, 19, start, 1 + repeats % 3 * m);
            }
        }
    }
}
END_TEST

/* The largest bytes everywhere: no sum of products may saturate. */
START_TEST(extreme_integers) {
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int value = -128; value <= 127; value += 255) {
            struct fixture f = {.kernels = kernels_table[_i]};
            begin(&f, CHARNN_WEIGHTS_INT8, 1, 5, 48, 1000);
            memset(f.s, value, 48 * 1000);
            memset(f.packed, value, 48 * 1000);
            for (size_t j = 0; j < 48; j++) {
                f.corrections[j] = -64 * 1000 * value;
            }
            for (size_t i = 0; i < 5; i++) {
                for (size_t k = 0; k < 1000; k++) {
                    f.a.data[i * f.p.lda + k] = (float)sign * 0.75F;
                }
            }
            check(&f, FROM_ROWS, 5);
            end(&f);
        }
    }
}
END_TEST

/* What a row becomes that is zero, tiny or not finite; the rows beside it are unharmed. */
START_TEST(rows_that_have_no_integers) {
    static const float special[] = {0, 0x1p-101F, -0x1p-149F, INFINITY, -INFINITY, NAN};
    for (size_t s = 0; s < sizeof special / sizeof special[0]; s++) {
        struct fixture f = {.kernels = kernels_table[_i]};
        begin(&f, CHARNN_WEIGHTS_INT8, 1, 3, 32, 20);
        float *row = f.a.data + f.p.lda;
        for (size_t k = 0; k < 20; k++) {
            row[k] = k == 7 || s < 3 ? special[s] : 0.5F;
        }
        unsigned char *scratch = take(3, CHARNN_INT8_ROW_BYTES(20));
        f.p.a = f.a.data;
        f.p.b = f.packed;
        f.p.scales = f.scales;
        f.p.corrections = f.corrections;
        f.p.scratch = scratch;
        f.p.scratch_rows = 3;
        f.p.c = f.got.data;
        f.kernels->product(&f.p);
        for (size_t j = 0; j < 32; j++) {
            float value = f.got.data[f.p.ldc + j];
            ck_assert_msg(s < 3 ? value == 0 : isnan(value), "%s: %g gives %g", f.kernels->name,
                          (double)special[s], (double)value);
            ck_assert(isfinite(f.got.data[j]) && isfinite(f.got.data[2 * f.p.ldc + j]));
        }
        memory_free(scratch);
        end(&f);
    }
}
END_TEST

Suite *weights_suite(void) {
    const TTest *const each_set[] = {
        every_number_of_rows_and_columns, every_start_and_depth,
        repeats_and_little_scratch,       extreme_integers,
        rows_that_have_no_integers,
    };
    Suite *suite = suite_create("weights");
    TCase *test = tcase_create("weights");
    for (size_t i = 0; i < sizeof each_set / sizeof each_set[0]; i++) {
        kernel_sets_add_test(test, each_set[i]);
    }
    suite_add_tcase(suite, test);
    return suite;
}
