/* The register-blocked product: a tile of C, TILE_VECS vectors wide and up to TILE_ROWS rows high,
 * stays in registers while the loop runs over k. Included by simd_products.c only. */
#ifndef CHARNN_KERNELS_TILE_H
#define CHARNN_KERNELS_TILE_H

#include "kernels/panels.h"
#include "kernels/vec.h"

/*
 * Tile sizes fill the vector registers: 32 with AVX-512 and NEON, 16 otherwise. They hold the
 * accumulators and, at each k, either a row of B and one broadcast element of A, or a column of A
 * and one vector of B. With AVX2 a low and wide tile needs the fewest loads per multiply-add.
 * Unrolling over k by TILE_UNROLL saves instructions, which limit the speed if two threads share a
 * core. TILE_ROWS is a macro because #if below tests it.
 */
#if defined(KERNEL_SCALAR)
#define TILE_ROWS 3
enum { TILE_VECS = 4, TILE_UNROLL = 1 };
#elif defined(__AVX512F__)
#define TILE_ROWS 14
enum { TILE_VECS = 2, TILE_UNROLL = 1 };
#elif defined(__aarch64__)
#define TILE_ROWS 6
enum { TILE_VECS = 4, TILE_UNROLL = 1 };
#elif defined(__AVX2__)
#define TILE_ROWS 3
enum { TILE_VECS = 4, TILE_UNROLL = 4 };
#else
#define TILE_ROWS 6
enum { TILE_VECS = 2, TILE_UNROLL = 4 };
#endif

_Static_assert(TILE_ROWS == 3 || TILE_ROWS == 6 || TILE_ROWS == 14, "the cases of tile_switch()");

enum {
    TILE_WIDTH = TILE_VECS * VEC_WIDTH,
    LINE_VECS = CHARNN_LANES / VEC_WIDTH, /* vectors per cache line */
    TILE_DEPTH = 176, /* most rows of a block of a panel: 22 KB, which leaves room for A and C in an
                         L1 cache of 32 KB */
};

/* One tile. A(i, k) is at a + i * row_step + k * k_step, row k of B at b + k * b_step. start and
 * start_rows are those of struct product. */
struct tile {
    const float *a;
    size_t row_step, k_step;
    const float *b;
    size_t b_step;   /* the width of the panel */
    ptrdiff_t ahead; /* prefetch distance in floats: from B, or from A if TILE_OF_COLUMNS */
    const float *start;
    size_t start_stride;
    const int32_t *start_rows;
    float *c;
    size_t ldc;
    size_t k;
};

/* The start values of row i. */
KERNEL_INLINE const float *tile_start(const struct tile *t, size_t i) {
    return t->start + (t->start_rows != NULL ? (size_t)t->start_rows[i] : i) * t->start_stride;
}

/* Whether the tile reads rows of A (k_step is 1) or columns of A (row_step is 1). */
enum tile_kind { TILE_OF_ROWS, TILE_OF_COLUMNS };

/* One k: acc[i][v] += a[i * row_step] * b[v]. */
KERNEL_INLINE void tile_step(const float *a, size_t row_step, const float *b, const size_t rows,
                             const size_t vecs, vec acc[TILE_ROWS][TILE_VECS]) {
    if (rows < vecs) { /* the shorter operand stays in registers, the other is streamed */
        vec av[TILE_ROWS];
        for (size_t i = 0; i < rows; i++) {
            av[i] = vec_set(a[i * row_step]);
        }
        for (size_t v = 0; v < vecs; v++) {
            vec bv = vec_load(b + v * VEC_WIDTH);
            for (size_t i = 0; i < rows; i++) {
                acc[i][v] = vec_fma(av[i], bv, acc[i][v]);
            }
        }
    } else {
        vec bv[TILE_VECS];
        for (size_t v = 0; v < vecs; v++) {
            bv[v] = vec_load(b + v * VEC_WIDTH);
        }
        for (size_t i = 0; i < rows; i++) {
            vec av = vec_set(a[i * row_step]);
            for (size_t v = 0; v < vecs; v++) {
                acc[i][v] = vec_fma(av, bv[v], acc[i][v]);
            }
        }
    }
}

/* Prefetches a row of B (TILE_OF_ROWS) or a cache line of A (TILE_OF_COLUMNS), `ahead` floats on.
 */
KERNEL_INLINE void tile_prefetch(const float *a, const float *b, ptrdiff_t ahead, const size_t vecs,
                                 const enum tile_kind kind, const bool prefetching) {
    for (size_t v = 0; prefetching && kind == TILE_OF_ROWS && v < vecs; v += LINE_VECS) {
        __builtin_prefetch(b + ahead + v * VEC_WIDTH, 0, 2);
    }
    if (prefetching && kind == TILE_OF_COLUMNS) {
        __builtin_prefetch(a + ahead);
    }
}

/* All arguments but the tile are compile-time constants after inlining. */
KERNEL_TILE_INLINE void tile_run(const struct tile *t, const size_t rows, const size_t vecs,
                                 const enum tile_kind kind, const bool prefetching) {
    vec acc[TILE_ROWS][TILE_VECS];
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vecs; v++) {
            acc[i][v] =
                t->start != NULL ? vec_load(tile_start(t, i) + v * VEC_WIDTH) : vec_set(0.0F);
        }
    }
    const size_t row_step = kind == TILE_OF_COLUMNS ? 1 : t->row_step;
    const size_t k_step = kind == TILE_OF_COLUMNS ? t->k_step : 1;
    /* If a tile is as wide as a panel, b_step is a compile-time constant. */
    const size_t b_step = (int)TILE_WIDTH == (int)CHARNN_PANEL ? vecs * VEC_WIDTH : t->b_step;
    const float *a = t->a;
    const float *b = t->b;
    const ptrdiff_t ahead = t->ahead;
#pragma GCC unroll TILE_UNROLL
    for (size_t k = t->k; k > 0; k--) {
        tile_prefetch(a, b, ahead, vecs, kind, prefetching);
        tile_step(a, row_step, b, rows, vecs, acc);
        a += k_step;
        b += b_step;
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vecs; v++) {
            vec_store(t->c + i * t->ldc + v * VEC_WIDTH, acc[i][v]);
        }
    }
}

#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        tile_run(t, rows, vecs, kind, prefetching);                                                \
        break;

KERNEL_INLINE void tile_switch(const struct tile *t, size_t rows, const size_t vecs,
                               const enum tile_kind kind, const bool prefetching) {
    switch (rows) {
        TILE_CASE(1)
        TILE_CASE(2)
        TILE_CASE(3)
#if TILE_ROWS >= 6
        TILE_CASE(4)
        TILE_CASE(5)
        TILE_CASE(6)
#endif
#if TILE_ROWS >= 14
        TILE_CASE(7)
        TILE_CASE(8)
        TILE_CASE(9)
        TILE_CASE(10)
        TILE_CASE(11)
        TILE_CASE(12)
        TILE_CASE(13)
        TILE_CASE(14)
#endif
    }
}

#undef TILE_CASE

/* A strip of `rows` <= TILE_ROWS rows and `width` <= CHARNN_PANEL columns, tile by tile. */
KERNEL_INLINE void tile_strip(struct tile t, size_t rows, size_t width, const enum tile_kind kind,
                              const bool prefetching) {
    for (; width >= TILE_WIDTH; width -= TILE_WIDTH) {
        tile_switch(&t, rows, TILE_VECS, kind, prefetching);
        t.b += TILE_WIDTH;
        t.c += TILE_WIDTH;
        t.start = t.start != NULL ? t.start + TILE_WIDTH : NULL;
    }
    if (width > 0) { /* 16 columns left, and a tile has 32 */
        tile_switch(&t, rows, (TILE_VECS + 1) / 2, kind, prefetching);
    }
}

/* Prefetches a block, such as the part of C that the next strip will read and write. */
KERNEL_INLINE void prefetch_block(const float *block, size_t stride, size_t rows, size_t width) {
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < width; j += CHARNN_LANES) {
            __builtin_prefetch(block + i * stride + j);
        }
    }
}

/* Moves the tile down by `rows` rows. */
KERNEL_INLINE void tile_descend(struct tile *t, size_t rows) {
    t->a += rows * t->row_step;
    t->c += rows * t->ldc;
    if (t->start_rows != NULL) {
        t->start_rows += rows;
    } else if (t->start != NULL) {
        t->start += rows * t->start_stride;
    }
}

/* Whether two floats lie in different cache lines. */
KERNEL_INLINE bool tile_crosses(const float *one, const float *other) {
    const uintptr_t line = CHARNN_LANES * sizeof(float);
    return (uintptr_t)one / line != (uintptr_t)other / line;
}

/*
 * All m rows of a panel, strip by strip, with prefetching that the hardware cannot do because the
 * addresses are too far apart. With TILE_OF_ROWS the first strip prefetches the block of B that
 * comes next. With TILE_OF_COLUMNS each strip prefetches the cache lines of A where the next strip
 * begins. `next` is the C of the panel that follows, next_width columns wide, or NULL.
 */
KERNEL_INLINE void tile_column(struct tile t, size_t m, const float *next, size_t next_width,
                               const enum tile_kind kind) {
    size_t width = t.b_step;
    size_t strips = (m + TILE_ROWS - 1) / TILE_ROWS;
    const float *top = t.a;
    for (size_t s = 0; s < strips; s++) {
        size_t rows = even_share(m, strips, s);
        const float *last = t.a + (rows - 1) * t.row_step; /* the last row of the strip */
        const float *next_last = next != NULL ? top : last;
        struct tile below = t;
        tile_descend(&below, rows);
        if (s + 1 < strips) {
            size_t height = even_share(m, strips, s + 1);
            next_last = below.a + (height - 1) * t.row_step;
            prefetch_block(below.c, t.ldc, height, width);
            for (size_t i = 0; t.start_rows != NULL && i < height; i++) {
                prefetch_block(tile_start(&below, i), 0, 1, width);
            }
        } else if (next != NULL) {
            prefetch_block(next, t.ldc, even_share(m, strips, 0), next_width);
        }
        t.ahead = kind == TILE_OF_COLUMNS ? next_last - t.a : t.ahead;
        if (kind == TILE_OF_COLUMNS ? tile_crosses(last, next_last) : s == 0 && t.ahead > 0) {
            tile_strip(t, rows, width, kind, true);
        } else {
            tile_strip(t, rows, width, kind, false);
        }
        t = below;
    }
}

#if !defined(KERNEL_SCALAR)

/* One row of A by several panels at once: the few chains of a single panel would wait for the
 * latency of each multiply-add. */
enum { ROW_VECS = 8, PANEL_VECS = CHARNN_PANEL / VEC_WIDTH, ROW_WIDTH = ROW_VECS * VEC_WIDTH };

/* `panels` has the panels of B, of type BF16 or F32. */
KERNEL_INLINE void tile_row(const struct tile *t, const void *panels, const bool bf16) {
    size_t row = t->start_rows != NULL ? (size_t)t->start_rows[0] : 0;
    vec acc[ROW_VECS];
    for (size_t v = 0; v < ROW_VECS; v++) {
        acc[v] = t->start != NULL ? vec_load(t->start + row * t->start_stride + v * VEC_WIDTH)
                                  : vec_set(0.0F);
    }
    for (size_t k = 0; k < t->k; k++) {
        const vec av = vec_set(t->a[k]);
        for (size_t v = 0; v < ROW_VECS; v++) {
            size_t at = (v / PANEL_VECS * t->k + k) * CHARNN_PANEL + v % PANEL_VECS * VEC_WIDTH;
            vec bv = bf16 ? vec_load_bf16((const uint16_t *)panels + at)
                          : vec_load((const float *)panels + at);
            acc[v] = vec_fma(av, bv, acc[v]);
        }
    }
    for (size_t v = 0; v < ROW_VECS; v++) {
        vec_store(t->c + v * VEC_WIDTH, acc[v]);
    }
}

#endif

#endif
