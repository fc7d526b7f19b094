/* The tile registers of processors with AMX: eight arrays of up to 16 rows of 64 bytes. Only set v4
 * has CHARNN_AMX, and uses them only if the processor has them; it needs an assembler that knows
 * them, which GCC 11 takes for granted. */
#ifndef CHARNN_KERNELS_AMX_H
#define CHARNN_KERNELS_AMX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX512F__) && (defined(__clang__) || __GNUC__ >= 11)
#define CHARNN_AMX
#endif

enum { AMX_ROWS = 16, AMX_BYTES = 64, AMX_LANES = 16 /* floats in a row */ };

/* The shape of the tiles: those of C are 0 (top left), 1 (top right), 2 and 3 (bottom), of A 4
 * (top) and 5, of B 6 (left) and 7. */
struct amx_shape {
    size_t top, bottom; /* rows of C and A; 0: no such tiles */
    size_t depth;       /* bytes of a row of A, and four times the rows of B */
};

#if defined(CHARNN_AMX)

/* Shapes the tiles for up to twice AMX_ROWS rows of C, unless they have this shape. */
static inline void amx_begin(struct amx_shape *shape, size_t rows, size_t depth) {
    const size_t top = rows > AMX_ROWS ? (rows + 1) / 2 : rows;
    if (shape->top == top && shape->bottom == rows - top && shape->depth == depth) {
        return;
    }
    *shape = (struct amx_shape){top, rows - top, depth};
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } tiles = {.palette = 1};
    _Static_assert(sizeof tiles == 64, "as the instruction reads it");
    for (size_t tile = 0; tile < 8; tile++) {
        const bool is_a = tile == 4 || tile == 5;
        const bool is_bottom = tile == 2 || tile == 3 || tile == 5;
        const size_t height = tile > 5 ? depth / 4 : is_bottom ? shape->bottom : shape->top;
        tiles.rows[tile] = (uint8_t)height;
        tiles.bytes[tile] = (uint16_t)(height == 0 ? 0 : is_a ? depth : AMX_BYTES);
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(tiles));
}

static inline void amx_end(void) {
    __asm__ volatile("tilerelease" ::);
}

/* Rows are `stride` bytes apart. The tile is a number. */
#define AMX_LOAD(tile, from, stride)                                                               \
    __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #tile ::"r"(from), "r"(stride) : "memory")
#define AMX_STORE(tile, to, stride)                                                                \
    __asm__ volatile("tilestored %%tmm" #tile ", (%0,%1,1)" ::"r"(to), "r"(stride) : "memory")
/* C += A B, of pairs of bfloat16 numbers; of quads of unsigned (A) and signed bytes. */
#define AMX_DOT_PAIRS(c, a, b) __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #c ::)
#define AMX_DOT_BYTES(c, a, b) __asm__ volatile("tdpbusd %%tmm" #b ", %%tmm" #a ", %%tmm" #c ::)
#define AMX_DOT(c, a, b)                                                                           \
    if (bytes) {                                                                                   \
        AMX_DOT_BYTES(c, a, b);                                                                    \
    } else {                                                                                       \
        AMX_DOT_PAIRS(c, a, b);                                                                    \
    }

/* C += A B; numbers of 32 bits in C, `right`: two tiles wide, else one. */
struct amx_product {
    void *c;
    const void *a, *b;         /* the rows of B follow each other */
    size_t c_stride, a_stride; /* bytes */
    size_t blocks;             /* of `depth` bytes of A */
    bool right;
};

/* The flags are compile-time constants after inlining. */
static inline __attribute__((always_inline)) void amx_run(const struct amx_shape *shape,
                                                          const struct amx_product *p,
                                                          const bool bottom, const bool right,
                                                          const bool bytes) {
    const size_t b_stride = (right ? 2 : 1) * (size_t)AMX_BYTES;
    char *c = p->c;
    char *c_below = bottom ? c + shape->top * p->c_stride : c;
    const char *a = p->a;
    const char *a_below = bottom ? a + shape->top * p->a_stride : a;
    const char *b = p->b;
    AMX_LOAD(0, c, p->c_stride);
    if (right) {
        AMX_LOAD(1, c + AMX_BYTES, p->c_stride);
    }
    if (bottom) {
        AMX_LOAD(2, c_below, p->c_stride);
        if (right) {
            AMX_LOAD(3, c_below + AMX_BYTES, p->c_stride);
        }
    }
    for (size_t block = 0; block < p->blocks; block++) {
        AMX_LOAD(6, b, b_stride);
        AMX_LOAD(4, a, p->a_stride);
        AMX_DOT(0, 4, 6)
        if (bottom) {
            AMX_LOAD(5, a_below, p->a_stride);
            AMX_DOT(2, 5, 6)
        }
        if (right) {
            AMX_LOAD(7, b + AMX_BYTES, b_stride);
            AMX_DOT(1, 4, 7)
            if (bottom) {
                AMX_DOT(3, 5, 7)
            }
        }
        a += AMX_BYTES;
        a_below += AMX_BYTES;
        b += AMX_ROWS * b_stride;
    }
    AMX_STORE(0, c, p->c_stride);
    if (right) {
        AMX_STORE(1, c + AMX_BYTES, p->c_stride);
    }
    if (bottom) {
        AMX_STORE(2, c_below, p->c_stride);
        if (right) {
            AMX_STORE(3, c_below + AMX_BYTES, p->c_stride);
        }
    }
}

static inline __attribute__((always_inline)) void
amx_multiply(const struct amx_shape *shape, const struct amx_product *p, const bool bytes) {
    if (shape->bottom > 0 && p->right) {
        amx_run(shape, p, true, true, bytes);
    } else if (shape->bottom > 0) {
        amx_run(shape, p, true, false, bytes);
    } else {
        amx_run(shape, p, false, p->right, bytes);
    }
}

/* Of pairs of bfloat16 numbers, to floats. */
static inline void amx_multiply_pairs(const struct amx_shape *shape, const struct amx_product *p) {
    amx_multiply(shape, p, false);
}

/* Of quads of unsigned (A) and signed bytes (B), to integers. */
static inline void amx_multiply_bytes(const struct amx_shape *shape, const struct amx_product *p) {
    amx_multiply(shape, p, true);
}

#undef AMX_LOAD
#undef AMX_STORE
#undef AMX_DOT
#undef AMX_DOT_BYTES
#undef AMX_DOT_PAIRS

#endif

#endif
