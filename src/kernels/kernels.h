/*
 * The contracts of the hot loops. Each instruction set fills one `struct kernels`; dispatch.h
 * chooses the set in use.
 *
 * Kernels do not allocate, do no I/O and cannot fail. Sizes may be 0. Pointers need no alignment
 * beyond that of float. Arrays must not overlap unless a contract allows it. A "padded" width is a
 * multiple of CHARNN_LANES, so no loop has a tail.
 */
#ifndef CHARNN_KERNELS_KERNELS_H
#define CHARNN_KERNELS_KERNELS_H

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHARNN_LANES = 16,          /* lanes of the widest vector; every row is padded to a multiple */
    CHARNN_PANEL = 32,          /* columns of a packed panel; the last panel may have 16 */
    CHARNN_OUTER_ROWS = 128,    /* rows of B that an outer product packs at a time */
    CHARNN_OUTER_COLUMNS = 256, /* and columns */
    CHARNN_OUTER_SCRATCH = CHARNN_OUTER_ROWS * CHARNN_OUTER_COLUMNS,
    CHARNN_INT8_QUAD = 4,  /* rows of B that a panel of integers interleaves */
    CHARNN_SUM_ROWS = 256, /* rows of B summed in one chain; the bits of results depend on it */
    CHARNN_PAIR_ROWS = 32, /* and those of a block of pairs, likewise */
    CHARNN_PAIR_COLUMNS = 1024, /* of B that an outer product of pairs packs at a time */
    CHARNN_PAIR_SCRATCH = CHARNN_SUM_ROWS / 2 * CHARNN_PAIR_COLUMNS,
};

/* How B is stored: as floats; as the upper halves of floats, which become floats in registers; as
 * 8-bit integers with a scale for each column; or as pairs of upper halves, which is for products
 * in training and never in a file. */
enum weight_type {
    CHARNN_WEIGHTS_F32,
    CHARNN_WEIGHTS_BF16,
    CHARNN_WEIGHTS_INT8,
    CHARNN_WEIGHTS_PAIRS,
};

/* The bytes of a row of A that product() quantizes: its integers, in quads, and their unit. */
#define CHARNN_INT8_ROW_BYTES(k)                                                                   \
    ((((k) + CHARNN_ALIGNMENT - 1) & ~(size_t)(CHARNN_ALIGNMENT - 1)) + CHARNN_ALIGNMENT)

/* Of a row of A that product() rounds to pairs: an odd number of cache lines, as rows an even
 * number apart would compete for a few sets of the L1 cache. */
#define CHARNN_PAIR_ROW_BYTES(k)                                                                   \
    ((((k) + CHARNN_PAIR_ROWS - 1) / CHARNN_PAIR_ROWS * CHARNN_PAIR_ROWS * sizeof(uint16_t)) |     \
     CHARNN_ALIGNMENT)
/* The numbers of 32 bits of B[k][n] as pairs. */
#define CHARNN_PAIRS(k, n)                                                                         \
    (((k) + CHARNN_PAIR_ROWS - 1) / CHARNN_PAIR_ROWS * CHARNN_PAIR_ROWS / 2 * (n))

/*
 * C[r][m][n] = start + A[r][m][k] B[k][n] for r in 0..repeats-1. B was packed by pack() or
 * pack_transposed(); if m is 1, it may be unpacked. Each element of C is one chain of multiply-adds
 * in order of k. The chain of row i begins with start[r * start_step + row * start_stride + j],
 * where row is start_rows[i], or i if start_rows is NULL; it begins with 0 if start is NULL. start
 * may be c.
 *
 * B of type INT8 is an integer times a scale for each column. Then each row of A is rounded to
 * integers q from -63 to 63 times a unit, the 63rd part of its largest magnitude, and C is start +
 * (unit * scale) * (the exact sum of q b, as a float). A row with an element that is not finite
 * gives NaN.
 *
 * B of type PAIRS is rounded to bfloat16, the nearest number of 8 significant bits, ties to even,
 * and so is A. Then each block of CHARNN_PAIR_ROWS of k adds one number to C: the sum of two chains
 * of multiply-adds, one over its even k and one over its odd k, both from 0. This is what the tiles
 * of AMX do in one instruction (TDPBF16PS in Intel's manual, volume 2). Denormal numbers are taken
 * for 0, if the process does so (base/machine/denormals.h) or by the tiles. B must be packed.
 */
struct product {
    const float *a; /* row i of repeat r at a + r * a_step + i * lda */
    size_t lda, a_step;
    const void *b; /* packed if ldb is 0; else F32, row k at b + k * ldb, and m must be 1 */
    size_t ldb;
    enum weight_type type;      /* of B */
    const float *scales;        /* INT8: [n] */
    const int32_t *corrections; /* INT8: [n], of pack_int8() */
    unsigned char *scratch;     /* INT8: [scratch_rows][CHARNN_INT8_ROW_BYTES(k)], aligned, private
                                   to the caller; PAIRS: of CHARNN_PAIR_ROW_BYTES(k) */
    size_t scratch_rows; /* at least 1; B is read once for so many rows of a repeat, or for so
                            many repeats of one row */
    size_t
        scratch_stride; /* bytes to the scratch of the next thread that has a part of the columns */
    const float *start;
    size_t start_stride, start_step;
    const int32_t *start_rows; /* [m] or NULL */
    float *c;                  /* row i of repeat r at c + r * c_step + i * ldc */
    size_t ldc, c_step;
    size_t repeats, m, n, k; /* n padded */
};

/* C[m][n] += A^T B over the columns [n_begin, n_end) of B and C, with A[k][m] and B[k][n], summed
 * in order of k, for one or two pairs of A and C that share B. Also adds the column sums of B, over
 * the same columns, to each of column_sums, in one chain per CHARNN_SUM_ROWS rows. */
struct outer_product {
    struct outer_pair {
        const float *a; /* slow if lda is a multiple of 128 floats: rows share cache sets */
        size_t lda, m;
        float *c;
        size_t ldc;
    } pairs[2];
    size_t pair_count;
    const float *b;
    size_t ldb, k;
    size_t n_begin, n_end; /* multiples of CHARNN_LANES */
    float *column_sums[2]; /* each [n] or NULL */
    float *scratch; /* [CHARNN_OUTER_SCRATCH], or [CHARNN_PAIR_SCRATCH] if rounded; private to the
                       caller */
    bool rounded;   /* A and B are rounded and summed as in a product of type PAIRS, in chunks of
                     CHARNN_SUM_ROWS; rows of A are readable up to a multiple of CHARNN_LANES */
};

/* One optimizer step over flat arrays [count]; formulas in train/optimizer.h. */
struct adam_update {
    float *value, *mean, *square;
    const float *gradient;
    size_t count;
    float beta1, beta2;
    float rate, mean_correction, square_correction, epsilon, weight_decay;
};

struct rmsprop_update {
    float *value, *square;
    const float *gradient;
    size_t count;
    float decay, rate, epsilon, weight_decay;
};

struct sgd_update {
    float *value, *velocity;
    const float *gradient;
    size_t count;
    float momentum, rate, weight_decay;
};

struct kernels {
    const char *name; /* "v4" */
    bool (*supported)(void);
    int set;    /* enum kernel_set, the index into arrays of per-set functions */
    bool tiles; /* products of rounded numbers are faster than those of floats */
    bool fused; /* multiply-adds round once; all fused sets give the same bits */

    void (*product)(const struct product *product);
    void (*outer_product)(const struct outer_product *product);

    /* Packs B[k][n] (row stride ldb, n padded) for product(). */
    void (*pack)(const float *b, size_t ldb, size_t k, size_t n, float *packed);

    /* Packs B = S^T for product(): S[n][k] has row stride lds; B gets zero columns from n up to the
     * next multiple of CHARNN_LANES. */
    void (*pack_transposed)(const float *s, size_t lds, size_t k, size_t n, float *packed);

    /* pack() and pack_transposed() for product() of type PAIRS, to CHARNN_PAIRS(k, n) numbers: the
     * rows of B in pairs, and zeros up to a whole block. */
    void (*pack_pairs)(const float *b, size_t ldb, size_t k, size_t n, uint32_t *packed);
    void (*pack_transposed_pairs)(const float *s, size_t lds, size_t k, size_t n, uint32_t *packed);

    /*
     * Packs columns of B = S^T for product() of type INT8: S[count][k] becomes `count` columns of a
     * panel of `width`, the first at `packed`. A panel has the rows of B in quads: [k / 4, rounded
     * up][width][4], and zeros beyond k, which this function does not write. corrections[count] is
     * what product() adds for the bytes that stand for q.
     */
    void (*pack_int8)(const int8_t *s, size_t k, size_t count, size_t width, int8_t *packed,
                      int32_t *corrections);

    /*
     * Softmax cross-entropy (nats) of rows of logits: loss[i] = ln sum_j e^logits[i][j] -
     * logits[i][target[i]], or 0 if target[i] is negative. If scale is not 0, the logits become
     * their gradient scale * (softmax - onehot), or 0 if target[i] is negative, with zeros from
     * `vocab` to the padded end of the row. If scale is 0, the logits become undefined.
     */
    void (*cross_entropy)(float *logits, size_t ld, size_t rows, size_t vocab,
                          const int32_t *target, float scale, float *loss);

    /* out[j] = e^max(x, -87) with x = (logits[j] - maximum) * inverse_temperature <= 0, count
     * padded; out may be logits. */
    void (*exponentials)(const float *logits, size_t count, float maximum,
                         float inverse_temperature, float *out);

    /*
     * Inverted dropout (Srivastava et al. 2014): mask[j] is 0 with probability `rate` (in steps of
     * 2^-16), else 1 / (1 - rate); out[j] = in[j] * mask[j], unless both are NULL; count padded.
     * The mask is a pure function of rate, seed, the counters `at` and j.
     */
    void (*dropout)(const float *in, size_t count, float rate, uint64_t seed, const uint32_t at[3],
                    float *mask, float *out);

    /* out[j] += in[j]; out[j] *= in[j] */
    void (*add)(const float *in, size_t count, float *out);
    void (*multiply)(const float *in, size_t count, float *out);

    /* out[j] += sum of a[i][j] * b[i][j] over i, in order; j < n padded */
    void (*column_dots)(const float *a, size_t lda, const float *b, size_t ldb, size_t rows,
                        size_t n, float *out);

    void (*adam)(const struct adam_update *update);
    void (*rmsprop)(const struct rmsprop_update *update);
    void (*sgd)(const struct sgd_update *update);

    /* Limits each value to [-limit, limit]; one that is not finite becomes NaN. */
    void (*clip)(float *values, size_t count, float limit);
    /* values[j] *= factor */
    void (*scale)(float *values, size_t count, float factor);
    /* average[j] += (values[j] - average[j]) * weight */
    void (*average)(const float *values, size_t count, float weight, float *average);
    /* row[i] = e^(factor row[i]) / (sum over k < count of e^(factor row[k])); factor > 0, count
     * >= 1. From `count` to the padded end of the row: zeros. */
    void (*softmax)(float *row, size_t count, float factor);
    /* d[i] = factor p[i] (d[i] - sum over k of p[k] d[k]), count padded: the gradient of the values
     * that softmax() made p of, from that of p. */
    void (*softmax_gradient)(const float *p, size_t count, float factor, float *d);
    /* Sum of squares in double, count padded: 16 interleaved chains, added in a fixed order. */
    double (*sum_of_squares)(const float *values, size_t count);
    /* Sum of any count of values in double, likewise. */
    double (*sum)(const float *values, size_t count);
};

#endif
