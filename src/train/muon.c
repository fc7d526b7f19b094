#include "train/muon.h"

#include "base/memory.h"
#include "kernels/dispatch.h"
#include "nn/shared_product.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ITERATIONS = 5, SQUARES = 4, SQUARES_ROUNDED = 2, SCRATCH_ROWS = 64 };

/* Floats of the scratch arrays, and bytes for each thread. */
struct sizes {
    size_t packed, square, scratch;
};

static size_t larger(size_t one, size_t other) {
    return one > other ? one : other;
}

static bool is_hidden_matrix(const struct parameter *p) {
    return strncmp(p->name, "attention.", 10) == 0 ||
           (strncmp(p->name, "rnn.weight_", 11) == 0 && strcmp(p->name, "rnn.weight_ih_l0") != 0);
}

static struct sizes sizes_for(const struct parameters *parameters, bool rounded) {
    struct sizes sizes = {0};
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        if (is_hidden_matrix(p)) {
            size_t width = size_round_up(p->inputs, CHARNN_LANES);
            size_t longest = larger(p->stride, width);
            sizes.square = larger(sizes.square, p->inputs * width);
            if (rounded) {
                size_t both = larger(CHARNN_PAIRS(p->stride, width), CHARNN_PAIRS(width, longest));
                sizes.packed = larger(sizes.packed, both);
                sizes.scratch =
                    larger(sizes.scratch, SCRATCH_ROWS * CHARNN_PAIR_ROW_BYTES(longest));
            } else {
                sizes.packed = larger(sizes.packed, p->stride * width);
            }
        }
    }
    return sizes;
}

static size_t squares_needed(bool rounded) {
    return rounded ? SQUARES_ROUNDED : SQUARES;
}

size_t muon_memory(const struct parameters *parameters, bool rounded, size_t threads) {
    const struct sizes sizes = sizes_for(parameters, rounded);
    return (sizes.packed + squares_needed(rounded) * sizes.square) * sizeof(float) +
           threads * sizes.scratch;
}

enum status muon_init(struct muon *muon, const struct parameters *parameters, bool rounded,
                      struct thread_pool *pool, struct error *error) {
    const struct sizes sizes = sizes_for(parameters, rounded);
    float *packed = NULL;
    *muon = (struct muon){.kernels = kernels_current(),
                          .pool = pool,
                          .rounded = rounded,
                          .scratch_bytes = sizes.scratch};
    enum status status = MEMORY_NEW(&packed, sizes.packed, "the optimizer", error);
    muon->packed = packed;
    if (status == CHARNN_OK) {
        status = MEMORY_NEW(&muon->scratch, thread_pool_size(pool) * sizes.scratch, "the optimizer",
                            error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < squares_needed(rounded); i++) {
        status = MEMORY_NEW(&muon->squares[i], sizes.square, "the optimizer", error);
    }
    if (status != CHARNN_OK) {
        muon_deinit(muon);
    }
    return status;
}

void muon_deinit(struct muon *muon) {
    for (size_t i = 0; i < SQUARES; i++) {
        memory_free(muon->squares[i]);
    }
    memory_free(muon->scratch);
    memory_free(muon->packed);
    *muon = (struct muon){0};
}

/* Packs B[k][n], which has row stride ldb, for run(). */
static void pack(const struct muon *muon, const float *b, size_t ldb, size_t k, size_t n) {
    if (muon->rounded) {
        muon->kernels->pack_pairs(b, ldb, k, n, muon->packed);
    } else {
        muon->kernels->pack(b, ldb, k, n, muon->packed);
    }
}

/* C[m][n] = start + A[m][k] times what is packed; `start` is NULL or C. */
static void run(const struct muon *muon, struct product p) {
    p.b = muon->packed;
    p.repeats = 1;
    p.start_stride = p.ldc;
    if (muon->rounded) {
        p.type = CHARNN_WEIGHTS_PAIRS;
        p.scratch = muon->scratch;
        p.scratch_rows = SCRATCH_ROWS;
        p.scratch_stride = muon->scratch_bytes;
    }
    shared_product_run(muon->kernels, &p, muon->pool);
}

/* out = left right, all of them squares of `size` rows. */
static void multiply(const struct muon *muon, size_t size, const float *left, const float *right,
                     float *out) {
    size_t width = size_round_up(size, CHARNN_LANES);
    pack(muon, right, width, size, width);
    run(muon,
        (struct product){
            .a = left, .lda = width, .c = out, .ldc = width, .m = size, .n = width, .k = size});
}

static const float first_factor = 3.4445F;

/* out = b A + c A^2, plus a I if `whole` */
static void polynomial(const struct muon *muon, size_t size, const float *square, bool whole,
                       float *out) {
    static const float b = -4.7750F, c = 2.0315F;
    size_t width = size_round_up(size, CHARNN_LANES);
    multiply(muon, size, square, square, out);
    for (size_t i = 0; i < size * width; i++) {
        out[i] = b * square[i] + c * out[i];
    }
    for (size_t i = 0; whole && i < size; i++) {
        out[i * width + i] += first_factor;
    }
}

static void swap(float **one, float **other) {
    float *kept = *one;
    *one = *other;
    *other = kept;
}

/* The square matrix that takes X to its last iterate, from A = X X^T, which is overwritten. The
 * iterates of A are polynomials of A, so all products commute. */
static float *iterate(struct muon *muon, size_t size, float *a) {
    float *whole = muon->squares[1];
    float *next = muon->squares[2];
    float *product = muon->squares[3];
    polynomial(muon, size, a, true, whole);
    memcpy(next, whole, size * size_round_up(size, CHARNN_LANES) * sizeof *next);
    for (size_t i = 1; i < ITERATIONS; i++) {
        multiply(muon, size, next, a, product);
        multiply(muon, size, next, product, a);
        polynomial(muon, size, a, true, next);
        multiply(muon, size, next, whole, product);
        swap(&whole, &product);
    }
    return whole;
}

/* squares[0] = X X^T */
static void square(const struct muon *muon, const struct parameter *p, const float *x) {
    size_t width = size_round_up(p->inputs, CHARNN_LANES);
    if (muon->rounded) {
        muon->kernels->pack_transposed_pairs(x, p->stride, p->stride, p->inputs, muon->packed);
    } else {
        muon->kernels->pack_transposed(x, p->stride, p->stride, p->inputs, muon->packed);
    }
    run(muon, (struct product){.a = x,
                               .lda = p->stride,
                               .c = muon->squares[0],
                               .ldc = width,
                               .m = p->inputs,
                               .n = width,
                               .k = p->stride});
}

/* out += `by` X, of which X is packed. */
static void add_multiple(const struct muon *muon, const struct parameter *p, const float *by,
                         float *out) {
    run(muon, (struct product){.a = by,
                               .lda = size_round_up(p->inputs, CHARNN_LANES),
                               .start = out,
                               .c = out,
                               .ldc = p->stride,
                               .m = p->inputs,
                               .n = p->stride,
                               .k = p->inputs});
}

/* Subtracts `length` times the last iterate of X from the values. */
static void subtract_orthogonal(struct muon *muon, const struct parameter *p, const float *x,
                                double length, float *values) {
    square(muon, p, x);
    float *whole = iterate(muon, p->inputs, muon->squares[0]);
    muon->kernels->scale(whole, p->inputs * size_round_up(p->inputs, CHARNN_LANES), (float)-length);
    pack(muon, x, p->stride, p->inputs, p->stride);
    add_multiple(muon, p, whole, values);
}

/* Likewise with rounded products; X is overwritten. Its first multiple is exact, so that small
 * singular values are not lost in what rounding makes of large ones. */
static void subtract_orthogonal_rounded(struct muon *muon, const struct parameter *p, float *x,
                                        double length, float *values) {
    const struct kernels *kernels = muon->kernels;
    size_t size = p->inputs * p->stride;
    for (size_t i = 0; i < ITERATIONS; i++) {
        square(muon, p, x);
        polynomial(muon, p->inputs, muon->squares[0], false, muon->squares[1]);
        pack(muon, x, p->stride, p->inputs, p->stride);
        kernels->scale(x, size, first_factor);
        add_multiple(muon, p, muon->squares[1], x);
    }
    kernels->scale(x, size, (float)-length);
    kernels->add(x, size, values);
}

void muon_step(struct muon *muon, const struct parameters *parameters, float *momenta,
               double momentum, double rate, float scale) {
    const struct kernels *kernels = muon->kernels;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        if (is_hidden_matrix(p)) {
            size_t size = p->inputs * p->stride;
            float *gradient = parameter_gradient(parameters, p);
            if (scale < 1.0F) {
                kernels->scale(gradient, size, scale);
            }
            kernels->average(gradient, size, (float)(1 - momentum), momenta + p->offset);
            kernels->average(momenta + p->offset, size, (float)momentum, gradient);
            double norm = sqrt(kernels->sum_of_squares(gradient, size));
            if (norm > (double)FLT_MIN) {
                double length = rate * 0.4 * sqrt((double)parameter_outputs(p));
                kernels->scale(gradient, size, (float)(1 / norm));
                float *values = parameter_value(parameters, p);
                if (muon->rounded) {
                    subtract_orthogonal_rounded(muon, p, gradient, length, values);
                } else {
                    subtract_orthogonal(muon, p, gradient, length, values);
                }
            }
            memset(gradient, 0, size * sizeof *gradient);
        }
    }
}
