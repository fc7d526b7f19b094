/*
 * The products by 8-bit integers, compiled once per instruction set; contracts in kernels.h.
 *
 * A row of A becomes integers of 7 bits: q = round(63 a / max |a|). With the byte q + 64, which is
 * not negative, the sum of (q + 64) b over k needs a correction that only depends on B. All integer
 * sums are exact, so their order does not matter.
 */
#include "kernels/simd_int8.h"

#include "kernels/amx.h"
#include "kernels/int8_dot.h"
#include "kernels/panels.h"

#include <float.h>

enum {
    LARGEST = 63, /* of q */
    MIDDLE = 64,  /* the byte for 0 */
    QUAD = CHARNN_INT8_QUAD,
    AMX_LEAST = 8, /* rows from which on tiles are faster */
    PANEL_VECS = CHARNN_PANEL / VEC_WIDTH,
};

/* Tile sizes, as in tile.h: the registers hold the sums, a row of A, and vectors of B. */
#if defined(KERNEL_SCALAR)
enum { ROWS = 2, VECS = 4, ROW_VECS = 4 };
#elif defined(__AVX512F__)
enum { ROWS = 12, VECS = 2, ROW_VECS = 8 };
#elif defined(__aarch64__)
enum { ROWS = 4, VECS = 4, ROW_VECS = 8 };
#elif defined(__AVX2__)
enum { ROWS = 3, VECS = 4, ROW_VECS = 8 };
#else
enum { ROWS = 3, VECS = 2, ROW_VECS = 8 };
#endif

enum { ROW_WIDTH = ROW_VECS * VEC_WIDTH };

/* Sets the bytes [k, padded) to 0, which B has there, too. Returns the value of a unit of q: 0 if
 * that is too small for a float, NaN if an element is not finite. */
static float quantize_row(const float *a, size_t k, unsigned char *bytes) {
    const float rounding = 0x1.8p23F + MIDDLE;
    uint32_t largest = 0;
    for (size_t i = 0; i < k; i++) {
        uint32_t bits;
        memcpy(&bits, &a[i], sizeof bits);
        bits &= 0x7FFFFFFF; /* of |a|, in the order of |a|; NaN is above all */
        largest = bits > largest ? bits : largest;
    }
    float magnitude;
    memcpy(&magnitude, &largest, sizeof magnitude);
    const bool usable = magnitude > 0x1p-100F && magnitude <= FLT_MAX;
    const float factor = usable ? LARGEST / magnitude : 0;
    for (size_t i = 0; i < k; i++) {
        float shifted = a[i] * factor + rounding;
        uint32_t bits;
        memcpy(&bits, &shifted, sizeof bits);
        bytes[i] = (unsigned char)(bits & 0x7F);
    }
    memset(bytes + k, 0, size_round_up(k, QUAD) - k);
    return usable ? magnitude / LARGEST : magnitude <= FLT_MAX ? 0 : NAN;
}

/* A tile of C, as wide as its panel or narrower. */
struct int8_tile {
    const unsigned char *a; /* quantized rows, a_stride apart; each ends with its unit */
    size_t a_stride;
    const int8_t *b;
    size_t quads, width; /* quads of k; columns of a panel */
    const int8_t *ahead; /* what the first quad prefetches, and the bytes from one to the next */
    size_t ahead_step;
    const float *scales;
    const int32_t *corrections;
    const float *start; /* or NULL */
    size_t start_stride;
    const int32_t *start_rows;
    float *c;
    size_t ldc;
};

static size_t row_bytes(size_t quads) {
    return CHARNN_INT8_ROW_BYTES(quads * QUAD);
}

KERNEL_INLINE void finish_row(const struct int8_tile *t, size_t i, const svec *sums,
                              const size_t vecs) {
    float unit;
    memcpy(&unit, t->a + (i + 1) * t->a_stride - sizeof unit, sizeof unit);
    const float *start = NULL;
    if (t->start != NULL) {
        start = t->start + (t->start_rows != NULL ? (size_t)t->start_rows[i] : i) * t->start_stride;
    }
    for (size_t v = 0; v < vecs; v++) {
        size_t at = v * VEC_WIDTH;
        vec from = start != NULL ? vec_load(start + at) : vec_set(0.0F);
        vec factor = vec_set(unit) * vec_load(t->scales + at);
        vec_store(t->c + i * t->ldc + at, vec_fma(factor, svec_to_floats(sums[v]), from));
    }
}

/* One quad of k. The shorter operand stays in registers, the other is streamed. If there are more
 * vectors than a panel of `panel` bytes has, they belong to panels side by side. */
KERNEL_INLINE void quad_step(const unsigned char *a, size_t a_stride, const int8_t *b, size_t panel,
                             const size_t rows, const size_t vecs, const bool vnni,
                             svec sums[ROWS][ROW_VECS]) {
    if (rows < vecs) {
        svec as[ROWS];
        for (size_t i = 0; i < rows; i++) {
            as[i] = svec_set_bytes(a + i * a_stride);
        }
        for (size_t v = 0; v < vecs; v++) {
            size_t at = v / PANEL_VECS * panel + v % PANEL_VECS * VEC_WIDTH * QUAD;
            svec w = svec_load(b + at);
            for (size_t i = 0; i < rows; i++) {
                sums[i][v] = int8_dot(sums[i][v], as[i], w, vnni);
            }
        }
    } else {
        svec ws[ROW_VECS];
        for (size_t v = 0; v < vecs; v++) {
            ws[v] = svec_load(b + v * VEC_WIDTH * QUAD);
        }
        for (size_t i = 0; i < rows; i++) {
            svec x = svec_set_bytes(a + i * a_stride);
            for (size_t v = 0; v < vecs; v++) {
                sums[i][v] = int8_dot(sums[i][v], x, ws[v], vnni);
            }
        }
    }
}

/* All arguments but the tile are compile-time constants after inlining. */
KERNEL_TILE_INLINE void run_tile(const struct int8_tile *t, const size_t rows, const size_t vecs,
                                 const bool vnni) {
    svec sums[ROWS][ROW_VECS];
    for (size_t i = 0; i < rows; i++) {
        for (size_t v = 0; v < vecs; v++) {
            sums[i][v] = svec_load(t->corrections + v * VEC_WIDTH);
        }
    }
    const size_t panel = t->quads * CHARNN_PANEL * QUAD;
    const int8_t *b = t->b;
    const int8_t *ahead = t->ahead;
    for (size_t quad = 0; quad < t->quads; quad++) {
        if (rows > 1) {
            __builtin_prefetch(ahead, 0, 2);
            ahead += t->ahead_step;
        }
        quad_step(t->a + quad * QUAD, t->a_stride, b, panel, rows, vecs, vnni, sums);
        b += t->width * QUAD;
    }
    for (size_t i = 0; i < rows; i++) {
        finish_row(t, i, sums[i], vecs);
    }
}

#define TILE_CASE(rows)                                                                            \
    case rows:                                                                                     \
        run_tile(t, rows, vecs, vnni);                                                             \
        break;

KERNEL_INLINE void switch_rows(const struct int8_tile *t, size_t rows, const size_t vecs,
                               const bool vnni) {
    switch (rows) {
        TILE_CASE(1)
        TILE_CASE(2)
#if !defined(KERNEL_SCALAR)
        TILE_CASE(3)
#if defined(__AVX512F__) || defined(__aarch64__)
        TILE_CASE(4)
#endif
#if defined(__AVX512F__)
        TILE_CASE(5)
        TILE_CASE(6)
        TILE_CASE(7)
        TILE_CASE(8)
        TILE_CASE(9)
        TILE_CASE(10)
        TILE_CASE(11)
        TILE_CASE(12)
#endif
#endif
    }
}

#undef TILE_CASE

/* The tile `columns` further right in its panel. */
static void move_right(struct int8_tile *t, size_t columns) {
    t->b += columns * QUAD;
    t->scales += columns;
    t->corrections += columns;
    t->start = t->start != NULL ? t->start + columns : NULL;
    t->c += columns;
}

static void move_down(struct int8_tile *t, size_t rows) {
    t->a += rows * t->a_stride;
    t->c += rows * t->ldc;
    if (t->start_rows != NULL) {
        t->start_rows += rows;
    } else if (t->start != NULL) {
        t->start += rows * t->start_stride;
    }
}

/* `rows` rows of a panel. */
KERNEL_INLINE void run_strip(struct int8_tile t, size_t rows, const bool vnni) {
    const size_t step = (size_t)VECS * VEC_WIDTH;
    size_t left = t.width;
    for (; left >= step; left -= step) {
        switch_rows(&t, rows, VECS, vnni);
        move_right(&t, step);
    }
    if (left > 0) { /* 16 columns left, and a tile has 32 */
        switch_rows(&t, rows, (VECS + 1) / 2, vnni);
    }
}

/* The tile at row 0 and column j of a product whose rows are quantized. */
static struct int8_tile tile_at(const struct product *p, size_t j) {
    size_t quads = size_round_up(p->k, QUAD) / QUAD;
    return (struct int8_tile){
        .a = p->scratch,
        .a_stride = row_bytes(quads),
        .b = (const int8_t *)p->b + j * quads * QUAD,
        .quads = quads,
        .width = panel_width(p->n, j),
        .scales = p->scales + j,
        .corrections = p->corrections + j,
        .start = p->start != NULL ? p->start + j : NULL,
        .start_stride = p->start_stride,
        .start_rows = p->start_rows,
        .c = p->c + j,
        .ldc = p->ldc,
    };
}

#if defined(CHARNN_AMX)

/* `rows` rows of a panel by tiles of bytes. The last block of k may be shorter than a tile. */
static void run_strip_tiles(const struct int8_tile *t, size_t rows, struct amx_shape *shape) {
    _Alignas(AMX_BYTES) int32_t sums[2 * AMX_ROWS][CHARNN_PANEL];
    const size_t vecs = t->width / VEC_WIDTH;
    const size_t blocks = t->quads / AMX_ROWS;
    const size_t rest = t->quads % AMX_ROWS;
    struct amx_product p = {.c = sums,
                            .c_stride = sizeof sums[0],
                            .a = t->a,
                            .a_stride = t->a_stride,
                            .b = t->b,
                            .blocks = blocks,
                            .right = t->width == CHARNN_PANEL};
    for (size_t i = 0; i < rows; i++) {
        memcpy(sums[i], t->corrections, t->width * sizeof *t->corrections);
    }
    amx_begin(shape, rows, AMX_BYTES);
    amx_multiply_bytes(shape, &p);
    if (rest > 0) {
        p.a = t->a + blocks * AMX_BYTES;
        p.b = t->b + blocks * AMX_ROWS * t->width * QUAD;
        p.blocks = 1;
        amx_begin(shape, rows, rest * QUAD);
        amx_multiply_bytes(shape, &p);
    }
    for (size_t i = 0; i < rows; i++) {
        svec row[PANEL_VECS];
        for (size_t v = 0; v < vecs; v++) {
            row[v] = svec_load(sums[i] + v * VEC_WIDTH);
        }
        finish_row(t, i, row, vecs);
    }
}

static void multiply_rows_amx(const struct product *p) {
    struct amx_shape shape = {0};
    const size_t strips = (p->m + 2 * AMX_ROWS - 1) / (2 * AMX_ROWS);
    for (size_t j = 0; j < p->n; j += CHARNN_PANEL) {
        struct int8_tile t = tile_at(p, j);
        for (size_t s = 0; s < strips; s++) {
            const size_t rows = even_share(p->m, strips, s);
            run_strip_tiles(&t, rows, &shape);
            move_down(&t, rows);
        }
    }
    amx_end();
}

#endif

/* All columns of the quantized rows. The strips prefetch equal parts of the panel that comes next:
 * the first strip that reads it would wait for memory. */
KERNEL_INLINE void multiply_rows(const struct product *p, const bool vnni) {
    size_t j = 0;
#if !defined(KERNEL_SCALAR)
    for (; p->m == 1 && j + ROW_WIDTH <= p->n; j += ROW_WIDTH) {
        const struct int8_tile t = tile_at(p, j);
        run_tile(&t, 1, ROW_VECS, vnni);
    }
#endif
    for (; j < p->n; j += CHARNN_PANEL) {
        struct int8_tile t = tile_at(p, j);
        size_t strips = (p->m + ROWS - 1) / ROWS;
        size_t quad_bytes = t.width * QUAD;
        const int8_t *next = j + CHARNN_PANEL < p->n ? t.b + t.quads * quad_bytes : t.b;
        for (size_t s = 0; s < strips; s++) {
            t.ahead_step = (quad_bytes + strips - 1) / strips;
            t.ahead = next + s * t.quads * quad_bytes / strips;
            size_t rows = even_share(p->m, strips, s);
            run_strip(t, rows, vnni);
            move_down(&t, rows);
        }
    }
}

static void multiply_rows_plain(const struct product *p) {
    multiply_rows(p, false);
}

static void multiply_rows_vnni(const struct product *p) {
    multiply_rows(p, true);
}

/* Rows [i, i + count) of repeat r as a product of their own, quantized. */
static struct product some_rows(const struct product *p, size_t r, size_t i, size_t count) {
    struct product some = *p;
    size_t quads = size_round_up(p->k, QUAD) / QUAD;
    some.m = count;
    some.c = p->c + r * p->c_step + i * p->ldc;
    if (p->start != NULL) {
        some.start =
            p->start + r * p->start_step + (p->start_rows == NULL ? i * p->start_stride : 0);
    }
    some.start_rows = p->start_rows != NULL ? p->start_rows + i : NULL;
    for (size_t row = 0; row < count; row++) {
        const float *a = p->a + r * p->a_step + (i + row) * p->lda;
        unsigned char *bytes = p->scratch + row * row_bytes(quads);
        const float unit = quantize_row(a, p->k, bytes);
        memcpy(bytes + row_bytes(quads) - sizeof unit, &unit, sizeof unit);
    }
    return some;
}

void KERNEL_NAME(product_int8)(const struct product *product, bool vnni, bool amx) {
    struct product p = *product;
    if (p.m == 1 && p.start_rows == NULL) { /* one row in each repeat: rows of one repeat */
        p.m = p.repeats;
        p.lda = p.a_step;
        p.ldc = p.c_step;
        p.start_stride = p.start_step;
        p.repeats = 1;
    }
    (void)amx;
    for (size_t r = 0; r < p.repeats; r++) {
        for (size_t i = 0; i < p.m; i += p.scratch_rows) {
            size_t count = p.m - i < p.scratch_rows ? p.m - i : p.scratch_rows;
            const struct product some = some_rows(&p, r, i, count);
#if defined(CHARNN_AMX)
            if (amx && count >= AMX_LEAST) {
                multiply_rows_amx(&some);
                continue;
            }
#endif
            (vnni ? multiply_rows_vnni : multiply_rows_plain)(&some);
        }
    }
}

void KERNEL_NAME(pack_int8)(const int8_t *s, size_t k, size_t count, size_t width, int8_t *packed,
                            int32_t *corrections) {
    size_t whole = k - k % QUAD;
    for (size_t i = 0; i < whole; i += QUAD) {
        for (size_t column = 0; column < count; column++) {
            memcpy(packed + (i * width) + column * QUAD, s + column * k + i, QUAD);
        }
    }
    for (size_t column = 0; column < count; column++) {
        int32_t sum = 0;
        for (size_t i = 0; i < k; i++) {
            sum += s[column * k + i];
        }
        for (size_t i = whole; i < k; i++) {
            packed[whole * width + column * QUAD + i % QUAD] = s[column * k + i];
        }
        corrections[column] = -MIDDLE * sum;
    }
}
