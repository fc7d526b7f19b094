/*
 * The hot loops, as contracts. Each instruction set fills one `struct kernels`; the best that the
 * processor can run is chosen once, at the first call of kernels_current().
 *
 * Kernels do not allocate, do no I/O and cannot fail. Sizes may be 0. Pointers need no alignment
 * beyond that of float; arrays must not overlap unless a contract says so. Widths called "padded"
 * are multiples of CHARNN_KERNEL_LANES, so that no loop has a tail.
 */
#ifndef CHARNN_KERNELS_KERNELS_H
#define CHARNN_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHARNN_KERNEL_LANES = 16,   /* lanes of the widest vector; padding everywhere */
    CHARNN_PANEL = 32,          /* columns of a packed panel; the last may have 16 */
    CHARNN_OUTER_ROWS = 128,    /* rows of B that an outer product packs at a time */
    CHARNN_OUTER_COLUMNS = 256, /* and columns */
    CHARNN_OUTER_SCRATCH = CHARNN_OUTER_ROWS * CHARNN_OUTER_COLUMNS,
    CHARNN_SUM_ROWS = 256, /* rows of B whose sum is one chain: bits of results depend on it */
};

/*
 * C[r][m][n] = start + A[r][m][k] B[k][n] for r in 0..repeats-1, B laid out by pack() or
 * pack_transposed(); for a single row B may also be as it is. Each element is one chain of
 * multiply-adds in order of k. It begins from start[r * start_step + row * start_stride + j], row
 * being i or, where start_rows is not NULL, start_rows[i]; from 0 where start is NULL. start may be
 * c.
 */
struct product {
    const float *a; /* row i of repeat r at a + r * a_step + i * lda */
    size_t lda, a_step;
    const float *b; /* packed; where ldb > 0 plain: row k at b + k * ldb, and m is 1 */
    size_t ldb;
    const float *start;
    size_t start_stride, start_step;
    const int32_t *start_rows; /* [m] or NULL */
    float *c;                  /* row i of repeat r at c + r * c_step + i * ldc */
    size_t ldc, c_step;
    size_t repeats, m, n, k; /* n padded */
};

/*
 * C[m][n] += A^T B for the columns [n_begin, n_end) of B and C: A[k][m], B[k][n], the sum over k in
 * order; for each of one or two pairs of A and C over the same B. Column sums of B over the same
 * columns, one chain per CHARNN_SUM_ROWS rows, are added to each of column_sums.
 */
struct outer_product {
    struct outer_pair {
        const float *a; /* fast where rows are not a multiple of 512 bytes apart */
        size_t lda, m;
        float *c;
        size_t ldc;
    } pairs[2];
    size_t pair_count;
    const float *b;
    size_t ldb, k;
    size_t n_begin, n_end; /* multiples of CHARNN_KERNEL_LANES */
    float *column_sums[2]; /* each [n] or NULL */
    float *scratch;        /* [CHARNN_OUTER_SCRATCH], private to the caller */
};

/* What an optimizer does to every element; see train/optimizer.h for the formulas. */
struct adam_update {
    float *value, *mean, *square; /* [count] */
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
    int set;    /* index into arrays of per-set functions */
    bool fused; /* a multiply-add is rounded once; all sets that do so give the same bits */

    void (*product)(const struct product *product);
    void (*outer_product)(const struct outer_product *product);

    /* Lays out B[k][n] (row-major, ldb floats from row to row, n padded) for product(). */
    void (*pack)(const float *b, size_t ldb, size_t k, size_t n, float *packed);

    /* Lays out B = S^T for product(): S[n][k], lds floats from row to row; rows of S from n up to
     * the next multiple of CHARNN_KERNEL_LANES count as 0. */
    void (*pack_transposed)(const float *s, size_t lds, size_t k, size_t n, float *packed);

    /*
     * Softmax cross-entropy (nats) of rows of logits: loss[i] = ln sum_j e^logits[i][j] -
     * logits[i][target[i]]. The logits are replaced, with scale != 0 by the gradient scale *
     * (softmax - onehot), columns from `vocab` to the row's padded end by 0; else they hold nothing
     * of use. A negative target's loss is 0; there are none where scale != 0.
     */
    void (*cross_entropy)(float *logits, size_t ld, size_t rows, size_t vocab,
                          const int32_t *target, float scale, float *loss);

    /* out[j] = e^x of x = (logits[j] - maximum) * inverse_temperature <= 0, and e^-87 where x is
     * less than -87; j < count padded; logits may be out. */
    void (*exponentials)(const float *logits, size_t count, float maximum,
                         float inverse_temperature, float *out);

    /*
     * Masks of dropout (Srivastava et al. 2014, inverted): mask[j] is 0 with probability rate (to
     * 2^-16), else 1 / (1 - rate), as a pure function of seed, the three counters and j; count
     * padded. Also out[j] = in[j] * mask[j].
     */
    void (*dropout)(const float *in, size_t count, float rate, uint64_t seed, const uint32_t at[3],
                    float *mask, float *out);

    /* out[j] += in[j]; out[j] *= in[j] */
    void (*add)(const float *in, size_t count, float *out);
    void (*multiply)(const float *in, size_t count, float *out);

    /* out[j] += sum over i in order of a[i][j] * b[i][j], j < n padded */
    void (*column_dots)(const float *a, size_t lda, const float *b, size_t ldb, size_t rows,
                        size_t n, float *out);

    void (*adam)(const struct adam_update *update);
    void (*rmsprop)(const struct rmsprop_update *update);
    void (*sgd)(const struct sgd_update *update);

    /* Each element to [-limit, limit]; one that is not finite becomes NaN. */
    void (*clip)(float *values, size_t count, float limit);
    /* values[j] *= factor */
    void (*scale)(float *values, size_t count, float factor);
    /* average[j] += (values[j] - average[j]) * weight */
    void (*average)(const float *values, size_t count, float weight, float *average);
    /* Sum of squares, count padded, in double, 16 interleaved chains added in a fixed order. */
    double (*sum_of_squares)(const float *values, size_t count);
    /* Sum of any count of values, likewise. */
    double (*sum)(const float *values, size_t count);
};

/* Every set built into this program, best first; the last runs anywhere. */
extern const struct kernels *const kernels_table[];
extern const size_t kernels_count;

/*
 * The set in use: the one named by the environment variable CHARNN_KERNELS where that is set, else
 * the best supported. NULL where the variable names no set that is built in and supported.
 */
const struct kernels *kernels_current(void);

/* Whether none of values[count] is infinite or NaN, by the kernels in use. */
bool kernels_all_finite(const float *values, size_t count);

#endif
