/*
 * The register-blocked product: a tile of C, TILE_VECS vectors wide and up to TILE_ROWS high, stays
 * in registers while k runs. Included by simd.c only.
 */
#ifndef CHARNN_KERNELS_TILE_H
#define CHARNN_KERNELS_TILE_H

#include "kernels/kernels.h"
#include "kernels/vec.h"

/* Chosen so that accumulators, a row of B and one broadcast of A fill the registers: 32 of them
 * under AVX-512 and NEON, 16 else. */
#if defined(KERNEL_SCALAR)
enum { TILE_VECS = 4, TILE_ROWS = 3 };
#elif defined(__AVX512F__)
enum { TILE_VECS = 2, TILE_ROWS = 14 };
#elif defined(__aarch64__)
enum { TILE_VECS = 4, TILE_ROWS = 6 };
#else
enum { TILE_VECS = 2, TILE_ROWS = 6 };
#endif

enum { TILE_WIDTH = TILE_VECS * VEC_WIDTH };

/* One tile: A(i, k) at a + i * row_step + k * k_step, row k of B at b + k * b_step. */
struct tile {
    const float *a;
    size_t row_step, k_step;
    const float *b;
    size_t b_step;
    float *c;
    size_t ldc;
    size_t k;
    const float *bias;
    bool accumulate;
};

/* rows, vecs and unit_k (k_step == 1) are constants where this is inlined. */
KERNEL_INLINE void tile_run(const struct tile *t, const size_t rows, const size_t vecs,
                            const bool unit_k) {
    vec acc[TILE_ROWS][TILE_VECS];
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vecs; v++) {
            if (t->accumulate) {
                acc[i][v] = vec_load(t->c + i * t->ldc + v * VEC_WIDTH);
            } else if (t->bias != NULL) {
                acc[i][v] = vec_load(t->bias + v * VEC_WIDTH);
            } else {
                acc[i][v] = vec_set(0.0F);
            }
        }
    }
    const size_t row_step = unit_k ? t->row_step : 1;
    const size_t k_step = unit_k ? 1 : t->k_step;
    const float *a = t->a;
    const float *b = t->b;
    for (size_t k = t->k; k > 0; k--) {
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
        a += k_step;
        b += t->b_step;
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vecs; v++) {
            vec_store(t->c + i * t->ldc + v * VEC_WIDTH, acc[i][v]);
        }
    }
}

#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        tile_run(t, rows, vecs, unit_k);                                                           \
        break;

KERNEL_INLINE void tile_switch(const struct tile *t, size_t rows, const size_t vecs,
                               const bool unit_k) {
    switch (rows) {
        TILE_CASE(1)
        TILE_CASE(2)
        TILE_CASE(3)
#if !defined(KERNEL_SCALAR)
        TILE_CASE(4)
        TILE_CASE(5)
        TILE_CASE(6)
#if defined(__AVX512F__)
        TILE_CASE(7)
        TILE_CASE(8)
        TILE_CASE(9)
        TILE_CASE(10)
        TILE_CASE(11)
        TILE_CASE(12)
        TILE_CASE(13)
        TILE_CASE(14)
#endif
#endif
    }
}

#undef TILE_CASE

/* The strip of `rows` <= TILE_ROWS rows and `width` <= CHARNN_PANEL columns, tile by tile. */
KERNEL_INLINE void tile_strip(struct tile t, size_t rows, size_t width, const bool unit_k) {
    for (; width >= TILE_WIDTH; width -= TILE_WIDTH) {
        tile_switch(&t, rows, TILE_VECS, unit_k);
        t.b += TILE_WIDTH;
        t.c += TILE_WIDTH;
        t.bias = t.bias != NULL ? t.bias + TILE_WIDTH : NULL;
    }
    if (width > 0) { /* 16 columns where a tile has 32 */
        tile_switch(&t, rows, (TILE_VECS + 1) / 2, unit_k);
    }
}

/* The height of strip s of `strips`: even, so that none is so low that it waits on its own chains.
 */
KERNEL_INLINE size_t tile_strip_height(size_t m, size_t strips, size_t s) {
    return m / strips + (s < m % strips ? 1 : 0);
}

/* All `m` rows of a panel, strip by strip. */
KERNEL_INLINE void tile_column(struct tile t, size_t m, size_t width) {
    size_t strips = (m + TILE_ROWS - 1) / TILE_ROWS;
    for (size_t s = 0; s < strips; s++) {
        size_t rows = tile_strip_height(m, strips, s);
        tile_strip(t, rows, width, true);
        t.a += rows * t.row_step;
        t.c += rows * t.ldc;
    }
}

#endif
