/* The products, compiled once per instruction set; contracts in kernels.h. */
#include "kernels/simd_products.h"

#include "base/memory.h"
#include "kernels/tile.h"
#include "kernels/vec.h"

#include <assert.h>

/* The topmost tile of repeat r in the panel at column j. */
static struct tile product_tile(const struct product *p, size_t r, size_t j) {
    return (struct tile){
        .a = p->a + r * p->a_step,
        .row_step = p->lda,
        .k_step = 1,
        .b = p->type == CHARNN_WEIGHTS_F32 ? (const float *)p->b + j * p->k : NULL,
        .b_step = panel_width(p->n, j),
        .start = p->start != NULL ? p->start + r * p->start_step + j : NULL,
        .start_stride = p->start_stride,
        .start_rows = p->start_rows,
        .c = p->c + r * p->c_step + j,
        .ldc = p->ldc,
        .k = p->k,
    };
}

/* The same tile restricted to the terms [k, k + depth). It continues from C if k > 0. */
static struct tile product_block(const struct product *p, size_t r, size_t j, size_t k,
                                 size_t depth) {
    struct tile t = product_tile(p, r, j);
    t.a += k;
    t.b = t.b != NULL ? t.b + k * t.b_step : NULL;
    t.k = depth;
    if (k > 0) {
        t.start = t.c;
        t.start_stride = t.ldc;
        t.start_rows = NULL;
    }
    return t;
}

/* Rows of an unpacked B that are read side by side. */
enum { UNPACKED_ROWS = 8 };

/* out[j] += a[0] b[0][j] + ... + a[count - 1] b[count - 1][j], in this order; count <=
 * UNPACKED_ROWS. `out` might alias `a`, so the compiler would broadcast the factors again for every
 * vector if they were not loaded before the loop. */
KERNEL_INLINE void add_rows(const float *a, const float *b, size_t ldb, const size_t count,
                            size_t n, float *out) {
    vec av[UNPACKED_ROWS];
    for (size_t k = 0; k < count; k++) {
        av[k] = vec_set(a[k]);
    }
    for (size_t j = 0; j < n; j += VEC_WIDTH) {
        vec sum = vec_load(out + j);
        for (size_t k = 0; k < count; k++) {
            sum = vec_fma(av[k], vec_load(b + k * ldb + j), sum);
        }
        vec_store(out + j, sum);
    }
}

/* One row of A by an unpacked B, which is read once from front to back. */
static void unpacked_product(const struct product *p, size_t r) {
    const float *a = p->a + r * p->a_step;
    const float *b = p->b;
    float *c = p->c + r * p->c_step;
    if (p->start == NULL) {
        memset(c, 0, p->n * sizeof *c);
    } else if (p->start != p->c) {
        size_t row = p->start_rows != NULL ? (size_t)p->start_rows[0] : 0;
        memcpy(c, p->start + r * p->start_step + row * p->start_stride, p->n * sizeof *c);
    }
    size_t k = 0;
    for (; k + UNPACKED_ROWS <= p->k; k += UNPACKED_ROWS) {
        add_rows(a + k, b + k * p->ldb, p->ldb, UNPACKED_ROWS, p->n, c);
    }
    for (; k < p->k; k++) {
        add_rows(a + k, b + k * p->ldb, p->ldb, 1, p->n, c);
    }
}

/* The rows [k, k + depth) of the panel at column j, of type BF16, as floats. */
static const float *expand_block(const struct product *p, size_t j, size_t k, size_t depth,
                                 float *block) {
    size_t width = panel_width(p->n, j);
    const uint16_t *b = (const uint16_t *)p->b + j * p->k + k * width;
    for (size_t i = 0; i < depth * width; i += VEC_WIDTH) {
        vec_store(block + i, vec_load_bf16(b + i));
    }
    return block;
}

/* All repeats of the panel at column j, in blocks of rows of B. A block stays in the L1 cache while
 * all strips use it and meanwhile prefetches the block after it. */
static void product_panel(const struct product *p, size_t j) {
    float expanded[TILE_DEPTH * CHARNN_PANEL];
    const bool bf16 = p->type == CHARNN_WEIGHTS_BF16;
    size_t width = panel_width(p->n, j);
    size_t blocks = p->k > 0 ? (p->k + TILE_DEPTH - 1) / TILE_DEPTH : 1;
    size_t k = 0;
    for (size_t block = 0; block < blocks; block++) {
        size_t depth = even_share(p->k, blocks, block);
        bool last = block + 1 == blocks;
        const float *b = bf16 ? expand_block(p, j, k, depth, expanded) : NULL;
        for (size_t r = 0; r < p->repeats; r++) {
            struct tile t = product_block(p, r, j, k, depth);
            const float *next = NULL;
            size_t next_width = width;
            if (r + 1 < p->repeats) {
                next = t.c + p->c_step;
            } else if (last && j + width < p->n) {
                next = p->c + j + width;
                next_width = panel_width(p->n, j + width);
            }
            t.ahead =
                !bf16 && r == 0 && !(last && j + width >= p->n) ? (ptrdiff_t)(depth * width) : 0;
            t.b = bf16 ? b : t.b;
            tile_column(t, p->m, next, next_width, TILE_OF_ROWS);
        }
        k += depth;
    }
}

void KERNEL_NAME(product)(const struct product *p) {
    if (p->ldb > 0) {
        assert(p->m <= 1);
        for (size_t r = 0; p->m == 1 && r < p->repeats; r++) {
            unpacked_product(p, r);
        }
        return;
    }
    size_t j = 0;
#if !defined(KERNEL_SCALAR)
    for (; p->m == 1 && p->repeats == 1 && j + ROW_WIDTH <= p->n; j += ROW_WIDTH) {
        const struct tile t = product_tile(p, 0, j);
        if (p->type == CHARNN_WEIGHTS_BF16) {
            tile_row(&t, (const uint16_t *)p->b + j * p->k, true);
        } else {
            tile_row(&t, t.b, false);
        }
    }
#endif
    for (; j < p->n; j += CHARNN_PANEL) {
        product_panel(p, j);
    }
}

/*
 * Packs the rows [k_begin, k_begin + rows) and columns [j, j + columns) of B as consecutive panels
 * and adds each column to its entry of sums[columns]. The loop goes row by row because B is
 * row-major, and prefetches AHEAD rows on because the row stride is too large for the hardware
 * prefetcher.
 */
static void pack_columns(const struct outer_product *p, size_t k_begin, size_t rows, size_t j,
                         size_t columns, float *sums) {
    enum { AHEAD = 4 };
    for (size_t k = 0; k < rows; k++) {
        const float *row = p->b + (k_begin + k) * p->ldb + j;
        const float *later = k_begin + k + AHEAD < p->k ? row + AHEAD * p->ldb : row;
        for (size_t column = 0; column < columns; column += CHARNN_PANEL) {
            size_t width = panel_width(columns, column);
            float *packed = p->scratch + column * rows + k * width;
            prefetch_block(later + column, 0, 1, width);
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                vec x = vec_load(row + column + v);
                vec_store(packed + v, x);
                vec_store(sums + column + v, vec_load(sums + column + v) + x);
            }
        }
    }
}

/* Adds the product of the packed rows to the columns [j, j + columns) of C; `a` is the row of A
 * that belongs to the first packed row. A panel stays in the L1 cache for all rows of C. A is not
 * packed. */
static void outer_panels(const struct outer_product *p, const struct outer_pair *pair,
                         const float *a, size_t rows, size_t j, size_t columns) {
    for (size_t column = 0; column < columns; column += CHARNN_PANEL) {
        size_t width = panel_width(columns, column);
        size_t next = column + width;
        float *c = pair->c + j + column;
        const struct tile t = {
            .a = a,
            .row_step = 1,
            .k_step = pair->lda,
            .b = p->scratch + column * rows,
            .b_step = width,
            .start = c,
            .start_stride = pair->ldc,
            .c = c,
            .ldc = pair->ldc,
            .k = rows,
        };
        tile_column(t, pair->m, next < columns ? c + width : NULL, panel_width(columns, next),
                    TILE_OF_COLUMNS);
    }
}

/* The columns [j, j + columns) of the product over the rows [k, k_end). */
static void outer_block(const struct outer_product *p, size_t k, size_t k_end, size_t j,
                        size_t columns) {
    static const float one[] = {1};
    float sums[CHARNN_OUTER_COLUMNS] = {0};
    while (k < k_end) {
        size_t rows = k_end - k < CHARNN_OUTER_ROWS ? k_end - k : CHARNN_OUTER_ROWS;
        pack_columns(p, k, rows, j, columns, sums);
        for (size_t i = 0; i < p->pair_count; i++) {
            const struct outer_pair *pair = &p->pairs[i];
            outer_panels(p, pair, pair->a + k * pair->lda, rows, j, columns);
        }
        k += rows;
    }
    for (size_t s = 0; s < 2; s++) {
        if (p->column_sums[s] != NULL) {
            add_rows(one, sums, 0, 1, columns, p->column_sums[s] + j);
        }
    }
}

void KERNEL_NAME(outer_product)(const struct outer_product *p) {
    for (size_t k = 0; k < p->k; k += CHARNN_SUM_ROWS) {
        size_t k_end = p->k - k < CHARNN_SUM_ROWS ? p->k : k + CHARNN_SUM_ROWS;
        for (size_t j = p->n_begin; j < p->n_end; j += CHARNN_OUTER_COLUMNS) {
            size_t columns =
                p->n_end - j < CHARNN_OUTER_COLUMNS ? p->n_end - j : CHARNN_OUTER_COLUMNS;
            outer_block(p, k, k_end, j, columns);
        }
    }
}

void KERNEL_NAME(pack)(const float *b, size_t ldb, size_t k, size_t n, float *packed) {
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        size_t width = panel_width(n, j);
        for (size_t i = 0; i < k; i++) {
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                vec_store(packed + v, vec_load(b + i * ldb + j + v));
            }
            packed += width;
        }
    }
}

void KERNEL_NAME(pack_transposed)(const float *s, size_t lds, size_t k, size_t n, float *packed) {
    enum { AHEAD = 2 * CHARNN_LANES };
    size_t padded = size_round_up(n, CHARNN_LANES);
    for (size_t j = 0; j < padded; j += CHARNN_PANEL) {
        size_t width = panel_width(padded, j);
        for (size_t i = 0; i < k; i += CHARNN_LANES) {
            size_t depth = k - i < CHARNN_LANES ? k - i : CHARNN_LANES;
            for (size_t column = 0; column < width; column++) {
                const float *source = j + column < n ? s + (j + column) * lds + i : NULL;
                if (source != NULL) { /* the stride is too large for the hardware prefetcher */
                    __builtin_prefetch(source + AHEAD);
                }
                for (size_t d = 0; d < depth; d++) {
                    packed[(i + d) * width + column] = source != NULL ? source[d] : 0.0F;
                }
            }
        }
        packed += k * width;
    }
}
