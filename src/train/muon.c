#include "train/muon.h"

#include "base/memory.h"
#include "kernels/dispatch.h"
#include "nn/shared_product.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { ITERATIONS = 5, SQUARES = 4 };

/* Floats of the scratch arrays. */
struct sizes {
    size_t packed, square;
};

static bool is_hidden_matrix(const struct parameter *p) {
    return strncmp(p->name, "attention.", 10) == 0 ||
           (strncmp(p->name, "rnn.weight_", 11) == 0 && strcmp(p->name, "rnn.weight_ih_l0") != 0);
}

static struct sizes sizes_for(const struct parameters *parameters) {
    struct sizes sizes = {0};
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        if (is_hidden_matrix(p)) {
            size_t width = size_round_up(p->inputs, CHARNN_LANES);
            sizes.packed = sizes.packed > p->stride * width ? sizes.packed : p->stride * width;
            sizes.square = sizes.square > p->inputs * width ? sizes.square : p->inputs * width;
        }
    }
    return sizes;
}

size_t muon_memory(const struct parameters *parameters) {
    const struct sizes sizes = sizes_for(parameters);
    return (sizes.packed + SQUARES * sizes.square) * sizeof(float);
}

enum status muon_init(struct muon *muon, const struct parameters *parameters,
                      struct thread_pool *pool, struct error *error) {
    const struct sizes sizes = sizes_for(parameters);
    *muon = (struct muon){.kernels = kernels_current(), .pool = pool};
    enum status status = MEMORY_NEW(&muon->packed, sizes.packed, "the optimizer", error);
    for (size_t i = 0; status == CHARNN_OK && i < SQUARES; i++) {
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
    memory_free(muon->packed);
    *muon = (struct muon){0};
}

/* out = left right, all of them squares of `size` rows. */
static void multiply(const struct muon *muon, size_t size, const float *left, const float *right,
                     float *out) {
    size_t width = size_round_up(size, CHARNN_LANES);
    muon->kernels->pack(right, width, size, width, muon->packed);
    shared_product_run(muon->kernels,
                       &(struct product){.a = left,
                                         .lda = width,
                                         .b = muon->packed,
                                         .c = out,
                                         .ldc = width,
                                         .repeats = 1,
                                         .m = size,
                                         .n = width,
                                         .k = size},
                       muon->pool);
}

/* out = a I + b A + c A^2 */
static void polynomial(const struct muon *muon, size_t size, const float *square, float *out) {
    static const float a = 3.4445F, b = -4.7750F, c = 2.0315F;
    size_t width = size_round_up(size, CHARNN_LANES);
    multiply(muon, size, square, square, out);
    for (size_t i = 0; i < size * width; i++) {
        out[i] = b * square[i] + c * out[i];
    }
    for (size_t i = 0; i < size; i++) {
        out[i * width + i] += a;
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
    polynomial(muon, size, a, whole);
    memcpy(next, whole, size * size_round_up(size, CHARNN_LANES) * sizeof *next);
    for (size_t i = 1; i < ITERATIONS; i++) {
        multiply(muon, size, next, a, product);
        multiply(muon, size, next, product, a);
        polynomial(muon, size, a, next);
        multiply(muon, size, next, whole, product);
        swap(&whole, &product);
    }
    return whole;
}

/* Subtracts `length` times the last iterate of X from the values. */
static void subtract_orthogonal(struct muon *muon, const struct parameter *p, const float *x,
                                double length, float *values) {
    size_t width = size_round_up(p->inputs, CHARNN_LANES);
    struct product product = {.a = x,
                              .lda = p->stride,
                              .b = muon->packed,
                              .c = muon->squares[0],
                              .ldc = width,
                              .repeats = 1,
                              .m = p->inputs,
                              .n = width,
                              .k = p->stride};
    muon->kernels->pack_transposed(x, p->stride, p->stride, p->inputs, muon->packed);
    shared_product_run(muon->kernels, &product, muon->pool);
    float *whole = iterate(muon, p->inputs, muon->squares[0]);
    muon->kernels->scale(whole, p->inputs * width, (float)-length);
    muon->kernels->pack(x, p->stride, p->inputs, p->stride, muon->packed);
    product = (struct product){.a = whole,
                               .lda = width,
                               .b = muon->packed,
                               .start = values,
                               .start_stride = p->stride,
                               .c = values,
                               .ldc = p->stride,
                               .repeats = 1,
                               .m = p->inputs,
                               .n = p->stride,
                               .k = p->inputs};
    shared_product_run(muon->kernels, &product, muon->pool);
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
                subtract_orthogonal(muon, p, gradient, length, parameter_value(parameters, p));
            }
            memset(gradient, 0, size * sizeof *gradient);
        }
    }
}
