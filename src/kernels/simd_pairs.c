/*
 * The products of numbers rounded to bfloat16, compiled once per instruction set; contracts in
 * kernels.h.
 *
 * A pair is two such numbers that follow each other in k, the first in the lower half of 32 bits.
 * The tiles of AMX multiply blocks of 16 pairs, as Intel's manual describes TDPBF16PS: one chain of
 * fused multiply-adds over the first numbers of the pairs, one over the second, then their sum is
 * added to C. Other processors do the same with vectors.
 */
#include "kernels/simd_pairs.h"

#include "base/memory.h"
#include "kernels/amx.h"
#include "kernels/panels.h"

enum {
    BLOCK = CHARNN_PAIR_ROWS, /* of k */
    BLOCK_PAIRS = BLOCK / 2,
    STRIP = 2 * AMX_ROWS,    /* rows of C in an outer product */
    DEPTH = CHARNN_SUM_ROWS, /* of k in an outer product */
    WIDE = CHARNN_PAIR_COLUMNS,
    STRIP_BYTES = CHARNN_PAIR_ROW_BYTES((size_t)DEPTH),
};

_Static_assert((int)CHARNN_LANES == AMX_LANES && (int)CHARNN_PANEL == 2 * AMX_LANES, "tiles");

/* C[r][rows][n] += A[r] B for r < repeats. */
struct pairs {
    const unsigned char *a; /* all rows of pairs, a_stride bytes apart; zeros beyond k */
    size_t a_stride, rows, repeats;
    const uint32_t *b; /* panels */
    size_t n, blocks;
    float *c;
    size_t ldc, c_step;
};

static size_t block_count(size_t k) {
    return (k + BLOCK - 1) / BLOCK;
}

/* The nearest bfloat16 numbers, ties to even, in the upper halves; the lower halves are noise. NaN
 * stays NaN if arithmetic made it. */
KERNEL_INLINE ivec round_up_halves(vec x) {
    const ivec bits = vec_bits(x);
    return bits + 0x7FFF + (bits >> 16 & 1);
}

KERNEL_INLINE ivec pair_up(vec first, vec second) {
    return round_up_halves(first) >> 16 | (round_up_halves(second) & 0xFFFF0000);
}

KERNEL_INLINE ivec ivec_load(const uint32_t *p) {
    ivec v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* ---- C += A B -------------------------------------------------------------------------------- */

#if defined(KERNEL_SCALAR)
enum { ROWS = 2, VECS = 4 };
#elif defined(__AVX512F__) || defined(__aarch64__)
enum { ROWS = 6, VECS = 2 };
#else
enum { ROWS = 3, VECS = 2 };
#endif

/* `rows` rows and `vecs` vectors of C, whose columns begin at `b` in a panel of `width`. */
KERNEL_TILE_INLINE void run_vectors(const struct pairs *t, const unsigned char *a,
                                    const uint32_t *b, size_t width, float *c, const size_t rows,
                                    const size_t vecs) {
    for (size_t block = 0; block < t->blocks; block++) {
        vec first[ROWS][VECS];
        vec second[ROWS][VECS];
        for (size_t i = 0; i < rows; i++) {
            for (size_t v = 0; v < vecs; v++) {
                first[i][v] = second[i][v] = vec_set(0.0F);
            }
        }
        for (size_t pair = 0; pair < BLOCK_PAIRS; pair++) {
            vec b_first[VECS];
            vec b_second[VECS];
            for (size_t v = 0; v < vecs; v++) {
                const ivec bits = ivec_load(b + v * VEC_WIDTH);
                b_first[v] = vec_from_bits(bits << 16);
                b_second[v] = vec_from_bits(bits & 0xFFFF0000);
            }
            for (size_t i = 0; i < rows; i++) {
                uint16_t halves[2];
                memcpy(halves, a + i * t->a_stride + pair * sizeof halves, sizeof halves);
                const uint32_t bits[2] = {(uint32_t)halves[0] << 16, (uint32_t)halves[1] << 16};
                float x[2];
                memcpy(x, bits, sizeof x);
                for (size_t v = 0; v < vecs; v++) {
                    first[i][v] = vec_fma(vec_set(x[0]), b_first[v], first[i][v]);
                    second[i][v] = vec_fma(vec_set(x[1]), b_second[v], second[i][v]);
                }
            }
            b += width;
        }
        for (size_t i = 0; i < rows; i++) {
            for (size_t v = 0; v < vecs; v++) {
                float *to = c + i * t->ldc + v * VEC_WIDTH;
                vec_store(to, vec_load(to) + (first[i][v] + second[i][v]));
            }
        }
        a += BLOCK_PAIRS * sizeof *b;
    }
}

/* The columns from `column` on of the panel at j, of one repeat. */
KERNEL_INLINE void run_columns(const struct pairs *t, size_t j, size_t column, const size_t vecs) {
    const size_t width = panel_width(t->n, j);
    const uint32_t *b = t->b + j * t->blocks * BLOCK_PAIRS + column;
    const unsigned char *a = t->a;
    float *c = t->c + j + column;
    size_t left = t->rows;
    for (; left >= ROWS; left -= ROWS) {
        run_vectors(t, a, b, width, c, ROWS, vecs);
        a += ROWS * t->a_stride;
        c += ROWS * t->ldc;
    }
    for (; left > 0; left--) {
        run_vectors(t, a, b, width, c, 1, vecs);
        a += t->a_stride;
        c += t->ldc;
    }
}

static void run_panel(const struct pairs *t, size_t j) {
    const size_t step = (size_t)VECS * VEC_WIDTH;
    const size_t width = panel_width(t->n, j);
    size_t column = 0;
    for (; column + step <= width; column += step) {
        run_columns(t, j, column, VECS);
    }
    if (column < width) { /* 16 columns left, and `step` is 32 */
        run_columns(t, j, column, 1);
    }
}

#if defined(CHARNN_AMX)

/* The panel at column j, of one repeat. */
static void run_panel_tiles(const struct pairs *t, size_t j, struct amx_shape *shape) {
    const size_t strips = (t->rows + STRIP - 1) / STRIP;
    struct amx_product p = {.c = t->c + j,
                            .c_stride = t->ldc * sizeof *t->c,
                            .a = t->a,
                            .a_stride = t->a_stride,
                            .b = t->b + j * t->blocks * BLOCK_PAIRS,
                            .blocks = t->blocks,
                            .right = panel_width(t->n, j) == CHARNN_PANEL};
    for (size_t s = 0; s < strips; s++) {
        const size_t rows = even_share(t->rows, strips, s);
        amx_begin(shape, rows, AMX_BYTES);
        amx_multiply_pairs(shape, &p);
        p.a = (const char *)p.a + rows * p.a_stride;
        p.c = (char *)p.c + rows * p.c_stride;
    }
}

#else

static void run_panel_tiles(const struct pairs *t, size_t j, struct amx_shape *shape) {
    (void)shape;
    run_panel(t, j);
}

static void amx_end(void) {
}

#endif

/* A panel of B serves all repeats while it is in the cache. */
static void add_product(const struct pairs *pairs, bool amx) {
    struct amx_shape shape = {0};
    for (size_t j = 0; j < pairs->n; j += CHARNN_PANEL) {
        struct pairs t = *pairs;
        for (size_t r = 0; r < pairs->repeats; r++) {
            if (amx) {
                run_panel_tiles(&t, j, &shape);
            } else {
                run_panel(&t, j);
            }
            t.a += t.rows * t.a_stride;
            t.c += t.c_step;
        }
    }
    if (amx) {
        amx_end();
    }
}

/* ---- products -------------------------------------------------------------------------------- */

/* A row of A as pairs. */
static void round_row(const float *a, size_t k, unsigned char *to) {
    size_t i = 0;
    for (; i + VEC_WIDTH <= k; i += VEC_WIDTH) {
#if defined(KERNEL_SCALAR)
        const uint16_t halves = (uint16_t)(round_up_halves(a[i]) >> 16);
#else
        typedef uint16_t hvec __attribute__((vector_size(2 * VEC_WIDTH)));
        const hvec halves = __builtin_convertvector(round_up_halves(vec_load(a + i)) >> 16, hvec);
#endif
        memcpy(to + i * sizeof(uint16_t), &halves, sizeof halves);
    }
    const size_t padded = block_count(k) * BLOCK;
    for (; i < padded; i++) {
        uint32_t bits = 0;
        if (i < k) {
            memcpy(&bits, a + i, sizeof bits);
            bits += 0x7FFF + (bits >> 16 & 1);
        }
        const uint16_t half = (uint16_t)(bits >> 16);
        memcpy(to + i * sizeof half, &half, sizeof half);
    }
}

/* Row i of C of repeat r becomes what the sums are added to. */
static void put_start(const struct product *p, size_t r, size_t i) {
    float *c = p->c + r * p->c_step + i * p->ldc;
    const size_t row = p->start_rows != NULL ? (size_t)p->start_rows[i] : i;
    if (p->start == NULL) {
        memset(c, 0, p->n * sizeof *c);
        return;
    }
    const float *start = p->start + r * p->start_step + row * p->start_stride;
    if (start != c) {
        memcpy(c, start, p->n * sizeof *c);
    }
}

/* Rows [i, i + rows) of the repeats [r, r + repeats). */
static void multiply_rows(const struct product *p, size_t r, size_t repeats, size_t i, size_t rows,
                          bool amx) {
    const size_t stride = CHARNN_PAIR_ROW_BYTES(p->k);
    for (size_t at = 0; at < repeats * rows; at++) {
        const size_t repeat = r + at / rows;
        const size_t row = i + at % rows;
        round_row(p->a + repeat * p->a_step + row * p->lda, p->k, p->scratch + at * stride);
        put_start(p, repeat, row);
    }
    add_product(&(struct pairs){.a = p->scratch,
                                .a_stride = stride,
                                .rows = rows,
                                .repeats = repeats,
                                .b = p->b,
                                .n = p->n,
                                .blocks = block_count(p->k),
                                .c = p->c + r * p->c_step + i * p->ldc,
                                .ldc = p->ldc,
                                .c_step = p->c_step},
                amx);
}

void KERNEL_NAME(product_pairs)(const struct product *p, bool amx) {
    const size_t rows = p->m < p->scratch_rows ? p->m : p->scratch_rows;
    const size_t repeats = rows > 0 ? p->scratch_rows / rows : 1;
    for (size_t r = 0; p->n > 0 && r < p->repeats; r += repeats) {
        const size_t some = p->repeats - r < repeats ? p->repeats - r : repeats;
        for (size_t i = 0; i < p->m; i += rows) {
            multiply_rows(p, r, some, i, p->m - i < rows ? p->m - i : rows, amx);
        }
    }
}

/* ---- outer products -------------------------------------------------------------------------- */

/* Packs the rows [k, k + rows) and columns [j, j + columns) of B as panels, and adds each column to
 * sums[columns]. */
static void pack_columns(const struct outer_product *p, size_t k, size_t rows, size_t j,
                         size_t columns, float *sums) {
    static const float zeros[CHARNN_PANEL];
    const size_t pairs = block_count(rows) * BLOCK_PAIRS;
    uint32_t *packed = (uint32_t *)(void *)p->scratch;
    for (size_t pair = 0; pair < pairs; pair++) {
        for (size_t column = 0; column < columns; column += CHARNN_PANEL) {
            const size_t width = panel_width(columns, column);
            const float *b = p->b + k * p->ldb + j + column;
            const float *one = 2 * pair < rows ? b + 2 * pair * p->ldb : zeros;
            const float *two = 2 * pair + 1 < rows ? b + (2 * pair + 1) * p->ldb : zeros;
            uint32_t *to = packed + column * pairs + pair * width;
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                const vec first = vec_load(one + v);
                const vec second = vec_load(two + v);
                const ivec pair_bits = pair_up(first, second);
                memcpy(to + v, &pair_bits, sizeof pair_bits);
                float *sum = sums + column + v;
                vec_store(sum, vec_load(sum) + first + second);
            }
        }
    }
}

/* out[i][j] = in[j][i], 16 by 16; rows of `out` are `stride` bytes apart. */
static void transpose_block(const uint32_t in[BLOCK_PAIRS][CHARNN_LANES], unsigned char *out,
                            size_t stride) {
#if defined(__AVX512F__)
    __m512i rows[CHARNN_LANES];
    const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (size_t i = 0; i < CHARNN_LANES; i++) {
        rows[i] = _mm512_loadu_si512(in[i]);
    }
    for (int size = 1; size < CHARNN_LANES; size *= 2) { /* swaps blocks beside the diagonal */
        const __m512i bit = _mm512_set1_epi32(size);
        const __m512i other = _mm512_set1_epi32(CHARNN_LANES);
        const __m512i moved = _mm512_xor_si512(lane, bit);
        const __mmask16 set = _mm512_test_epi32_mask(lane, bit);
        const __m512i upper = _mm512_mask_add_epi32(lane, set, moved, other);
        const __m512i lower = _mm512_mask_add_epi32(moved, set, lane, other);
        for (int i = 0; i < CHARNN_LANES; i++) {
            if ((i & size) == 0) {
                const __m512i above = rows[i];
                const __m512i below = rows[i + size];
                rows[i] = _mm512_permutex2var_epi32(above, upper, below);
                rows[i + size] = _mm512_permutex2var_epi32(above, lower, below);
            }
        }
    }
    for (size_t i = 0; i < CHARNN_LANES; i++) {
        _mm512_storeu_si512(out + i * stride, rows[i]);
    }
#else
    for (size_t i = 0; i < CHARNN_LANES; i++) {
        for (size_t j = 0; j < BLOCK_PAIRS; j++) {
            memcpy(out + i * stride + j * sizeof in[j][i], &in[j][i], sizeof in[j][i]);
        }
    }
#endif
}

/* Columns [i, i + STRIP) of the rows [k, k + rows) of A, as rows of pairs. Columns beyond the last
 * are undefined. */
static void pack_strip(const struct outer_pair *pair, size_t i, size_t k, size_t rows,
                       unsigned char *to) {
    static const float zeros[CHARNN_LANES];
    const size_t blocks = block_count(rows);
    for (size_t first = 0; first < STRIP && i + first < pair->m; first += CHARNN_LANES) {
        const float *a = pair->a + k * pair->lda + i + first;
        for (size_t block = 0; block < blocks; block++) {
            uint32_t pairs[BLOCK_PAIRS][CHARNN_LANES];
            for (size_t p = 0; p < BLOCK_PAIRS; p++) {
                const size_t row = block * BLOCK + 2 * p;
                const float *one = row < rows ? a + row * pair->lda : zeros;
                const float *two = row + 1 < rows ? a + (row + 1) * pair->lda : zeros;
                for (size_t v = 0; v < CHARNN_LANES; v += VEC_WIDTH) {
                    const ivec bits = pair_up(vec_load(one + v), vec_load(two + v));
                    memcpy(pairs[p] + v, &bits, sizeof bits);
                }
            }
            transpose_block((const uint32_t(*)[CHARNN_LANES])pairs,
                            to + first * STRIP_BYTES + block * BLOCK_PAIRS * sizeof(uint32_t),
                            STRIP_BYTES);
        }
    }
}

/* The columns [j, j + columns) of the product over the rows [k, k + rows). */
static void outer_block(const struct outer_product *p, size_t k, size_t rows, size_t j,
                        size_t columns, bool amx) {
    _Alignas(CHARNN_ALIGNMENT) unsigned char strip[STRIP * STRIP_BYTES];
    float sums[WIDE] = {0};
    pack_columns(p, k, rows, j, columns, sums);
    for (size_t i = 0; i < p->pair_count; i++) {
        const struct outer_pair *pair = &p->pairs[i];
        for (size_t row = 0; row < pair->m; row += STRIP) {
            pack_strip(pair, row, k, rows, strip);
            add_product(&(struct pairs){.a = strip,
                                        .a_stride = STRIP_BYTES,
                                        .rows = pair->m - row < STRIP ? pair->m - row : STRIP,
                                        .repeats = 1,
                                        .b = (const uint32_t *)(const void *)p->scratch,
                                        .n = columns,
                                        .blocks = block_count(rows),
                                        .c = pair->c + row * pair->ldc + j,
                                        .ldc = pair->ldc},
                        amx);
        }
    }
    for (size_t s = 0; s < 2; s++) {
        for (size_t v = 0; p->column_sums[s] != NULL && v < columns; v += VEC_WIDTH) {
            float *to = p->column_sums[s] + j + v;
            vec_store(to, vec_load(to) + vec_load(sums + v));
        }
    }
}

void KERNEL_NAME(outer_product_pairs)(const struct outer_product *p, bool amx) {
    for (size_t k = 0; k < p->k; k += DEPTH) {
        const size_t rows = p->k - k < DEPTH ? p->k - k : DEPTH;
        for (size_t j = p->n_begin; j < p->n_end; j += WIDE) {
            outer_block(p, k, rows, j, p->n_end - j < WIDE ? p->n_end - j : WIDE, amx);
        }
    }
}

/* ---- packing --------------------------------------------------------------------------------- */

void KERNEL_NAME(pack_pairs)(const float *b, size_t ldb, size_t k, size_t n, uint32_t *packed) {
    static const float zeros[CHARNN_PANEL];
    for (size_t j = 0; j < n; j += CHARNN_PANEL) {
        const size_t width = panel_width(n, j);
        for (size_t i = 0; i < block_count(k) * BLOCK; i += 2) {
            const float *one = i < k ? b + i * ldb + j : zeros;
            const float *two = i + 1 < k ? b + (i + 1) * ldb + j : zeros;
            for (size_t v = 0; v < width; v += VEC_WIDTH) {
                const ivec bits = pair_up(vec_load(one + v), vec_load(two + v));
                memcpy(packed + v, &bits, sizeof bits);
            }
            packed += width;
        }
    }
}

void KERNEL_NAME(pack_transposed_pairs)(const float *s, size_t lds, size_t k, size_t n,
                                        uint32_t *packed) {
    const size_t padded = size_round_up(n, CHARNN_LANES);
    for (size_t j = 0; j < padded; j += CHARNN_LANES) {
        const size_t panel = j - j % CHARNN_PANEL;
        const size_t width = panel_width(padded, panel);
        uint32_t *to = packed + panel * block_count(k) * BLOCK_PAIRS + j % CHARNN_PANEL;
        for (size_t i = 0; i < k; i += BLOCK) {
            uint32_t rows[CHARNN_LANES][BLOCK_PAIRS] = {{0}};
            for (size_t row = 0; row < CHARNN_LANES && j + row < n; row++) {
                round_row(s + (j + row) * lds + i, k - i < BLOCK ? k - i : BLOCK,
                          (unsigned char *)rows[row]);
            }
            transpose_block((const uint32_t(*)[CHARNN_LANES])rows,
                            (unsigned char *)(to + i / 2 * width), width * sizeof *to);
        }
    }
}
