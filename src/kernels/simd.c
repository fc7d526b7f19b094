/* The elementwise kernels and the kernel table, compiled once per instruction set. The products are
 * in simd_products.c; contracts in kernels.h. */
#include "kernels/kernels.h"

#include "base/math.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/amx.h"
#include "kernels/sets.h"
#include "kernels/simd_int8.h"
#include "kernels/simd_pairs.h"
#include "kernels/simd_products.h"
#include "kernels/vec.h"

#include <assert.h>
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

/* The sum of the lanes, folded in halves: ((0+8)+(4+12)) + ..., in the same order in every set. */
static float add_lanes(float lanes[CHARNN_LANES]) {
    for (size_t half = CHARNN_LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

/* The maximum, or any value if the row contains NaN: then its exponential is NaN anyway. */
static float row_maximum(const float *row, size_t count) {
    float lanes[CHARNN_LANES];
    for (size_t v = 0; v < CHARNN_LANES; v += VEC_WIDTH) {
        vec maximum = vec_load(row + v);
        for (size_t j = CHARNN_LANES; j < count; j += CHARNN_LANES) {
            maximum = vec_max(maximum, vec_load(row + j + v));
        }
        vec_store(lanes + v, maximum);
    }
    for (size_t half = CHARNN_LANES / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
        }
    }
    return lanes[0];
}

static void exponentials(const float *logits, size_t count, float maximum,
                         float inverse_temperature, float *out) {
    const vec m = vec_set(maximum);
    const vec scale_by = vec_set(inverse_temperature);
    for (size_t j = 0; j < count; j += VEC_WIDTH) {
        vec x = (vec_load(logits + j) - m) * scale_by;
        vec_store(out + j, vec_exp_negative(vec_max(vec_set(-87.0F), x)));
    }
}

static float row_sum(const float *row, size_t count) {
    float lanes[CHARNN_LANES];
    for (size_t v = 0; v < CHARNN_LANES; v += VEC_WIDTH) {
        vec sum = vec_set(0.0F);
        for (size_t j = v; j < count; j += CHARNN_LANES) {
            sum += vec_load(row + j);
        }
        vec_store(lanes + v, sum);
    }
    return add_lanes(lanes);
}

static void scale(float *values, size_t count, float factor) {
    for (size_t j = 0; j < count; j++) {
        values[j] *= factor;
    }
}

static void cross_entropy(float *logits, size_t ld, size_t rows, size_t vocab,
                          const int32_t *target, float gradient_scale, float *loss) {
    size_t padded = size_round_up(vocab, CHARNN_LANES);
    for (size_t i = 0; i < rows; i++, logits += ld) {
        float target_logit = target[i] >= 0 ? logits[target[i]] : 0.0F;
        for (size_t j = vocab; j < padded; j++) {
            logits[j] = logits[0]; /* padding must not raise the maximum */
        }
        float maximum = row_maximum(logits, padded);
        exponentials(logits, padded, maximum, 1.0F, logits);
        for (size_t j = vocab; j < padded; j++) {
            logits[j] = 0.0F;
        }
        float sum = row_sum(logits, padded);
        loss[i] = target[i] >= 0
                      ? (float)(math_log((double)sum) + ((double)maximum - (double)target_logit))
                      : 0.0F;
        if (gradient_scale != 0.0F && target[i] >= 0) {
            scale(logits, padded, gradient_scale / sum);
            logits[target[i]] -= gradient_scale;
        } else if (gradient_scale != 0.0F) {
            memset(logits, 0, padded * sizeof *logits);
        }
    }
}

/* Philox4x32-10, as in base/random.c, for CHARNN_LANES consecutive counters at once. */
static void random_lanes(uint64_t seed, uint32_t first, uint32_t b, uint32_t c,
                         uint32_t words[4][CHARNN_LANES]) {
    for (uint32_t lane = 0; lane < CHARNN_LANES; lane++) {
        words[0][lane] = first + lane;
        words[1][lane] = b;
        words[2][lane] = c;
        words[3][lane] = CHARNN_RANDOM_DROPOUT;
    }
    uint32_t key0 = (uint32_t)seed;
    uint32_t key1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
            uint64_t product0 = (uint64_t)RANDOM_MULTIPLIER_0 * words[0][lane];
            uint64_t product1 = (uint64_t)RANDOM_MULTIPLIER_1 * words[2][lane];
            uint32_t y0 = (uint32_t)(product1 >> 32) ^ words[1][lane] ^ key0;
            uint32_t y2 = (uint32_t)(product0 >> 32) ^ words[3][lane] ^ key1;
            words[1][lane] = (uint32_t)product1;
            words[3][lane] = (uint32_t)product0;
            words[0][lane] = y0;
            words[2][lane] = y2;
        }
        key0 += RANDOM_WEYL_0;
        key1 += RANDOM_WEYL_1;
    }
}

/* Position p uses lane p % 16 of the block of counters p / 128, and in this lane 16-bit half number
 * p / 16 % 8. Neighbouring positions use neighbouring counters, so no transposition is needed. */
static void dropout(const float *in, size_t count, float rate, uint64_t seed, const uint32_t at[3],
                    float *mask, float *out) {
    enum { GROUPS = 8 };
    const uint32_t threshold = (uint32_t)(rate * 65536.0F + 0.5F);
    const float keep = 1.0F / (1.0F - rate);
    uint32_t words[4][CHARNN_LANES];
    for (size_t j = 0; j < count; j += CHARNN_LANES) {
        size_t group = at[0] + j / CHARNN_LANES;
        size_t which = group % GROUPS;
        if (j == 0 || which == 0) {
            random_lanes(seed, (uint32_t)(group / GROUPS * CHARNN_LANES), at[1], at[2], words);
        }
        for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
            uint32_t half = (words[which / 2][lane] >> (which % 2 * 16)) & 0xFFFFU;
            mask[j + lane] = half < threshold ? 0.0F : keep;
        }
        for (size_t lane = 0; in != NULL && lane < CHARNN_LANES; lane++) {
            out[j + lane] = in[j + lane] * mask[j + lane];
        }
    }
}

static void add(const float *in, size_t count, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] += in[j];
    }
}

static void multiply(const float *in, size_t count, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] *= in[j];
    }
}

static void column_dots(const float *a, size_t lda, const float *b, size_t ldb, size_t rows,
                        size_t n, float *out) {
    for (size_t j = 0; j < n; j += VEC_WIDTH) {
        vec sum = vec_load(out + j);
        for (size_t i = 0; i < rows; i++) {
            sum = vec_fma(vec_load(a + i * lda + j), vec_load(b + i * ldb + j), sum);
        }
        vec_store(out + j, sum);
    }
}

/* 16 interleaved chains. */
static float dot(const float *a, const float *b, size_t n) {
    float lanes[CHARNN_LANES];
    for (size_t v = 0; v < CHARNN_LANES; v += VEC_WIDTH) {
        vec sum = vec_set(0.0F);
        for (size_t j = v; j < n; j += CHARNN_LANES) {
            sum = vec_fma(vec_load(a + j), vec_load(b + j), sum);
        }
        vec_store(lanes + v, sum);
    }
    return add_lanes(lanes);
}

static void softmax(float *row, size_t count, float factor) {
    size_t padded = size_round_up(count, CHARNN_LANES);
    for (size_t j = count; j < padded; j++) {
        row[j] = row[0]; /* padding must not raise the maximum */
    }
    exponentials(row, padded, row_maximum(row, padded), factor, row);
    for (size_t j = count; j < padded; j++) {
        row[j] = 0.0F;
    }
    scale(row, padded, 1.0F / row_sum(row, padded));
}

static void softmax_gradient(const float *p, size_t count, float factor, float *d) {
    float mean = dot(p, d, count);
    for (size_t j = 0; j < count; j++) {
        d[j] = factor * (p[j] * (d[j] - mean));
    }
}

static void adam(const struct adam_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float g = u->gradient[j];
        float mean = u->beta1 * u->mean[j] + (1.0F - u->beta1) * g;
        float square = u->beta2 * u->square[j] + (1.0F - u->beta2) * (g * g);
        float step =
            mean * u->mean_correction / (sqrtf(square * u->square_correction) + u->epsilon);
        u->mean[j] = mean;
        u->square[j] = square;
        u->value[j] -= u->rate * (step + u->weight_decay * u->value[j]);
    }
}

static void rmsprop(const struct rmsprop_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float g = u->gradient[j];
        float square = u->decay * u->square[j] + (1.0F - u->decay) * (g * g);
        u->square[j] = square;
        u->value[j] -= u->rate * (g / (sqrtf(square) + u->epsilon) + u->weight_decay * u->value[j]);
    }
}

static void sgd(const struct sgd_update *u) {
    for (size_t j = 0; j < u->count; j++) {
        float velocity = u->momentum * u->velocity[j] + u->gradient[j];
        u->velocity[j] = velocity;
        u->value[j] -= u->rate * (velocity + u->weight_decay * u->value[j]);
    }
}

static void clip(float *values, size_t count, float limit) {
    for (size_t j = 0; j < count; j++) {
        float x = values[j];
        float y = x > limit ? limit : x;
        y = y < -limit ? -limit : y;
        values[j] = y - (x - x); /* x - x is NaN if x is not finite, else 0; y - 0 keeps -0 */
    }
}

static void average(const float *values, size_t count, float weight, float *out) {
    for (size_t j = 0; j < count; j++) {
        out[j] += (values[j] - out[j]) * weight;
    }
}

static double sum_of_squares(const float *values, size_t count) {
    double lanes[CHARNN_LANES] = {0};
    for (size_t j = 0; j < count; j += CHARNN_LANES) {
        for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
            double x = (double)values[j + lane];
            lanes[lane] += x * x;
        }
    }
    double sum = 0;
    for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
        sum += lanes[lane];
    }
    return sum;
}

static double sum(const float *values, size_t count) {
    double lanes[CHARNN_LANES] = {0};
    size_t whole = count - count % CHARNN_LANES;
    for (size_t j = 0; j < whole; j += CHARNN_LANES) {
        for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
            lanes[lane] += (double)values[j + lane];
        }
    }
    for (size_t j = whole; j < count; j++) {
        lanes[j - whole] += (double)values[j];
    }
    double total = 0;
    for (size_t lane = 0; lane < CHARNN_LANES; lane++) {
        total += lanes[lane];
    }
    return total;
}

static bool supported(void) {
#if defined(KERNEL_SCALAR) || defined(__aarch64__)
    return true;
#elif defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
#else
    return __builtin_cpu_supports("sse4.2");
#endif
}

/* `vnni`, `amx`: with these instructions. */
KERNEL_INLINE void product_with(const struct product *p, const bool vnni, const bool amx) {
    if (p->type == CHARNN_WEIGHTS_INT8) {
        KERNEL_NAME(product_int8)(p, vnni, amx);
    } else if (p->type == CHARNN_WEIGHTS_PAIRS) {
        KERNEL_NAME(product_pairs)(p, amx);
    } else {
        KERNEL_NAME(product)(p);
    }
}

KERNEL_INLINE void outer_product_with(const struct outer_product *p, const bool amx) {
    if (p->rounded) {
        KERNEL_NAME(outer_product_pairs)(p, amx);
    } else {
        KERNEL_NAME(outer_product)(p);
    }
}

static void product(const struct product *p) {
    product_with(p, false, false);
}

static void outer_product(const struct outer_product *p) {
    outer_product_with(p, false);
}

#define KERNEL_TABLE(name_, supported_, tiles_, product_, outer_product_)                          \
    {                                                                                              \
        .name = (name_), .supported = (supported_), .product = (product_),                         \
        .set = KERNEL_NAME(CHARNN_SET), .tiles = (tiles_), .fused = VEC_FUSED,                     \
        .outer_product = (outer_product_), .pack = KERNEL_NAME(pack),                              \
        .pack_transposed = KERNEL_NAME(pack_transposed), .pack_pairs = KERNEL_NAME(pack_pairs),    \
        .pack_transposed_pairs = KERNEL_NAME(pack_transposed_pairs),                               \
        .pack_int8 = KERNEL_NAME(pack_int8), .cross_entropy = cross_entropy,                       \
        .exponentials = exponentials, .dropout = dropout, .add = add, .multiply = multiply,        \
        .column_dots = column_dots, .adam = adam, .rmsprop = rmsprop, .sgd = sgd, .clip = clip,    \
        .scale = scale, .average = average, .softmax = softmax,                                    \
        .softmax_gradient = softmax_gradient, .sum_of_squares = sum_of_squares, .sum = sum         \
    }

const struct kernels KERNEL_NAME(kernels) = KERNEL_TABLE(KERNEL_TEXT, supported, false, product,
                                                         outer_product);

#if defined(__x86_64__) && defined(__AVX2__) && !defined(KERNEL_SCALAR)

static void product_vnni(const struct product *p) {
    product_with(p, true, false);
}

/* clang 14 knows no name for the instructions without AVX-512. */
static bool supported_vnni(void) {
#if defined(__AVX512F__)
    return supported() && __builtin_cpu_supports("avx512vnni");
#else
    unsigned a = 0;
    unsigned b;
    unsigned c;
    unsigned d;
    return supported() && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
#endif
}

const struct kernels CHARNN_JOIN(KERNEL_NAME(kernels),
                                 vnni) = KERNEL_TABLE(KERNEL_TEXT "-vnni", supported_vnni, false,
                                                      product_vnni, outer_product);

#if defined(__AVX512F__)

static void product_amx(const struct product *p) {
    product_with(p, true, true);
}

static void outer_product_amx(const struct outer_product *p) {
    outer_product_with(p, true);
}

/* The tiles for bytes and for bfloat16, if Linux gives them to this process: it must be asked. */
static bool supported_amx(void) {
#if defined(__linux__) && defined(CHARNN_AMX)
    enum { REQUEST = 0x1023 /* ARCH_REQ_XCOMP_PERM */, TILES = 18 };
    const unsigned wanted = 1U << 22 | 1U << 24 | 1U << 25;
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d = 0;
    return supported_vnni() && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
           (d & wanted) == wanted && syscall(SYS_arch_prctl, REQUEST, TILES) == 0;
#else
    return false;
#endif
}

const struct kernels CHARNN_JOIN(KERNEL_NAME(kernels),
                                 amx) = KERNEL_TABLE(KERNEL_TEXT "-amx", supported_amx, true,
                                                     product_amx, outer_product_amx);

#endif

#endif
