/*
 * All kernels except the products (test_products.c), for every kernel set that this processor
 * supports. They are compared with plain arithmetic in double, and sets with fused multiply-adds
 * also with each other, bit for bit. No array is aligned.
 */
#include "base/memory.h"
#include "base/random.h"
#include "suites.h"
#include "support/guarded.h"
#include "support/kernel_sets.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = CHARNN_LANES };

static size_t padded(size_t count) {
    return size_round_up(count, LANES);
}

/* --- softmax ------------------------------------------------------------------------------- */

struct entropy_case {
    size_t rows, vocab;
    float spread; /* logits in [-spread, spread) */
    float scale;
};

static int32_t target_of(const struct entropy_case *c, size_t row) {
    return row % 5 == 4 ? -1 : (int32_t)((row * 7 + 3) % c->vocab);
}

/* In double: the loss and, if there is a scale, the gradient in place of the logits. */
static void plain_cross_entropy(const struct entropy_case *c, float *logits, size_t ld,
                                const int32_t *target, float *loss) {
    for (size_t i = 0; i < c->rows; i++, logits += ld) {
        double maximum = (double)logits[0];
        for (size_t j = 0; j < c->vocab; j++) {
            maximum = fmax(maximum, (double)logits[j]);
        }
        double sum = 0;
        for (size_t j = 0; j < c->vocab; j++) {
            sum += exp((double)logits[j] - maximum);
        }
        loss[i] = target[i] < 0 ? 0 : (float)(log(sum) + maximum - (double)logits[target[i]]);
        for (size_t j = 0; j < c->vocab && c->scale != 0; j++) {
            double softmax = exp((double)logits[j] - maximum) / sum;
            double gradient = (double)c->scale * (softmax - ((int32_t)j == target[i]));
            logits[j] = target[i] < 0 ? 0 : (float)gradient;
        }
        for (size_t j = c->vocab; j < padded(c->vocab) && c->scale != 0; j++) {
            logits[j] = 0;
        }
    }
}

struct entropy_arrays {
    struct guarded logits, loss;
};

static void entropy_arrays_deinit(struct entropy_arrays *arrays) {
    guarded_deinit(&arrays->loss);
    guarded_deinit(&arrays->logits);
}

static struct entropy_arrays run_cross_entropy(const struct kernels *kernels,
                                               const struct entropy_case *c,
                                               const struct guarded *logits, size_t ld) {
    struct entropy_arrays arrays;
    int32_t target[16];
    ck_assert_uint_le(c->rows, 16);
    for (size_t i = 0; i < c->rows; i++) {
        target[i] = target_of(c, i);
    }
    guarded_init_copy(&arrays.logits, logits);
    guarded_init(&arrays.loss, c->rows);
    if (kernels == NULL) {
        plain_cross_entropy(c, arrays.logits.data, ld, target, arrays.loss.data);
    } else {
        kernels->cross_entropy(arrays.logits.data, ld, c->rows, c->vocab, target, c->scale,
                               arrays.loss.data);
    }
    return arrays;
}

/* Without a scale the logits become undefined; the gaps between rows must not change. */
static void forget_logits(const struct entropy_case *c, struct guarded *logits, size_t ld) {
    for (size_t i = 0; i < c->rows && c->scale == 0; i++) {
        memset(logits->data + i * ld, 0, padded(c->vocab) * sizeof *logits->data);
    }
}

static void check_cross_entropy(const struct kernels *kernels, const struct entropy_case *c) {
    struct noise noise = {0};
    size_t ld = padded(c->vocab) + 5;
    struct guarded logits;
    guarded_init(&logits, c->rows * ld);
    guarded_fill(&logits, c->rows, c->vocab, ld, &noise);
    for (size_t i = 0; i < c->rows; i++) {
        for (size_t j = 0; j < c->vocab; j++) {
            logits.data[i * ld + j] *= c->spread;
        }
    }
    struct entropy_arrays exact = run_cross_entropy(NULL, c, &logits, ld);
    struct entropy_arrays scalar = run_cross_entropy(&kernels_scalar, c, &logits, ld);
    struct entropy_arrays got = run_cross_entropy(kernels, c, &logits, ld);
    forget_logits(c, &exact.logits, ld);
    forget_logits(c, &scalar.logits, ld);
    forget_logits(c, &got.logits, ld);
    const char *name = kernels->name;
    struct tolerance tolerance = {.absolute = 5e-7, .relative = 5e-7};
    assert_guarded_near(&got.loss, &exact.loss, tolerance, "%s loss V=%zu", name, c->vocab);
    tolerance.absolute *= (double)c->scale;
    assert_guarded_near(&got.logits, &exact.logits, tolerance, "%s gradient V=%zu", name, c->vocab);
    if (kernels->fused) {
        assert_guarded_same(&got.loss, &scalar.loss, "%s loss V=%zu", name, c->vocab);
        assert_guarded_same(&got.logits, &scalar.logits, "%s gradient V=%zu", name, c->vocab);
    }
    entropy_arrays_deinit(&got);
    entropy_arrays_deinit(&scalar);
    entropy_arrays_deinit(&exact);
    guarded_deinit(&logits);
}

START_TEST(cross_entropy_is_log_softmax) {
    static const float spreads[] = {0.01F, 3, 40, 10000};
    static const float scales[] = {0, 1, 0.0125F};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t vocab = 1; vocab <= 4 * LANES + 1; vocab++) {
        for (size_t s = 0; s < sizeof spreads / sizeof spreads[0]; s++) {
            for (size_t g = 0; g < sizeof scales / sizeof scales[0]; g++) {
                struct entropy_case c = {(vocab + s) % 8, vocab, spreads[s], scales[g]};
                check_cross_entropy(kernels, &c);
            }
        }
    }
    struct entropy_case large = {3, 1009, 5, 1};
    check_cross_entropy(kernels, &large);
}
END_TEST

static float loss_of(const struct kernels *kernels, const float *values, size_t vocab,
                     int32_t target) {
    float logits[64] = {0};
    float loss = 7;
    ck_assert_uint_le(vocab, 64);
    memcpy(logits, values, vocab * sizeof *logits);
    kernels->cross_entropy(logits, 64, 1, vocab, &target, 0, &loss);
    return loss;
}

START_TEST(cross_entropy_at_the_edges) {
    const struct kernels *kernels = kernels_table[_i];
    const float far_apart[2] = {0, -1000};
    ck_assert_float_eq(loss_of(kernels, far_apart, 2, 0), 0);
    ck_assert_float_eq(loss_of(kernels, far_apart, 2, 1), 1000);
    const float huge[3] = {-3e38F, 3e38F, 3e38F};
    ck_assert_float_eq(loss_of(kernels, huge, 3, 1), (float)log(2));
    const float alone[1] = {123};
    ck_assert_float_eq(loss_of(kernels, alone, 1, 0), 0);
    const float impossible[2] = {1, -INFINITY};
    ck_assert_float_eq(loss_of(kernels, impossible, 2, 1), INFINITY);
    float equal[64] = {0};
    ck_assert_float_eq(loss_of(kernels, equal, 64, 63), (float)log(64));
    ck_assert_float_eq(loss_of(kernels, equal, 64, -1), 0);
    /* A NaN at any place makes the loss NaN. */
    for (size_t i = 0; i < 50; i++) {
        equal[i] = NAN;
        ck_assert_float_nan(loss_of(kernels, equal, 50, 7));
        equal[i] = 0;
    }
}
END_TEST

START_TEST(exponentials_are_exponentials) {
    enum { COUNT = 4096 };
    const struct kernels *kernels = kernels_table[_i];
    struct noise noise = {0};
    struct guarded logits;
    struct guarded got;
    struct guarded scalar;
    struct guarded expected;
    guarded_init_input(&logits, COUNT);
    guarded_init(&got, COUNT);
    guarded_init(&scalar, COUNT);
    guarded_init(&expected, COUNT);
    const float inverse_temperature = 1.25F;
    const float maximum = 3.5F;
    for (size_t i = 0; i < COUNT; i++) {
        logits.data[i] = maximum - 40 * fabsf(noise_number(&noise)) / (float)(i % 37 + 1);
        float x = (logits.data[i] - maximum) * inverse_temperature;
        expected.data[i] = (float)exp((double)x);
    }
    logits.data[5] = maximum;
    expected.data[5] = 1;
    logits.data[6] = NAN;
    expected.data[6] = NAN;
    for (size_t count = 0; count <= COUNT; count += COUNT / 2) {
        kernels->exponentials(logits.data, count, maximum, inverse_temperature, got.data);
        kernels_scalar.exponentials(logits.data, count, maximum, inverse_temperature, scalar.data);
    }
    /* The bounds of kernels/vec.h. */
    struct tolerance tolerance = {.relative = 2.5e-7};
    if (!kernels->fused) {
        tolerance = (struct tolerance){.absolute = 2.5e-7};
    }
    assert_guarded_near(&got, &expected, tolerance, "%s exponentials", kernels->name);
    ck_assert(got.data[5] == 1);
    if (kernels->fused) {
        assert_guarded_same(&got, &scalar, "%s exponentials", kernels->name);
    }
    /* In place; and far below the maximum the result is almost 0. */
    kernels->exponentials(logits.data, COUNT, maximum, inverse_temperature, logits.data);
    assert_same_bits(logits.data, got.data, COUNT, "%s exponentials in place", kernels->name);
    float low[LANES] = {-1e4F, -3e38F, -INFINITY};
    kernels->exponentials(low, LANES, 0, 1, low);
    ck_assert(low[0] < 2e-38F && low[1] < 2e-38F && low[2] < 2e-38F && low[3] == 1);
    guarded_deinit(&expected);
    guarded_deinit(&scalar);
    guarded_deinit(&got);
    guarded_deinit(&logits);
}
END_TEST

/* --- softmax ------------------------------------------------------------------------------- */

/* p, and the gradient of the values from d, as in kernels.h. */
static void plain_softmax(const float *values, size_t count, double factor, const float *d,
                          float *p, float *gradient) {
    double sum = 0;
    double mean = 0;
    for (size_t i = 0; i < count; i++) {
        sum += exp(factor * (double)values[i]);
    }
    for (size_t i = 0; i < count; i++) {
        double share = exp(factor * (double)values[i]) / sum;
        p[i] = (float)share;
        mean += share * (double)d[i];
    }
    for (size_t i = 0; i < count; i++) {
        gradient[i] = (float)(factor * (double)p[i] * ((double)d[i] - mean));
    }
}

START_TEST(softmax_and_its_gradient) {
    enum { MOST = 3 * LANES };
    const struct kernels *kernels = kernels_table[_i];
    const struct tolerance tolerance = {.absolute = 2e-6, .relative = 2e-6};
    for (size_t count = 1; count <= MOST; count++) {
        size_t padded = size_round_up(count, LANES);
        struct noise noise = {0};
        struct guarded row;
        struct guarded d;
        struct guarded p;
        struct guarded gradient;
        guarded_init(&row, padded);
        guarded_fill_all(&row, &noise);
        for (size_t i = 0; i < padded; i++) {
            row.data[i] = i < count ? 9 * row.data[i] : 1e30F; /* the padding is not read */
        }
        guarded_init(&d, padded);
        guarded_fill_all(&d, &noise);
        memset(d.data + count, 0, (padded - count) * sizeof *d.data);
        guarded_init_copy(&p, &row);
        guarded_init_copy(&gradient, &d);
        plain_softmax(row.data, count, 0.3, d.data, p.data, gradient.data);
        memset(p.data + count, 0, (padded - count) * sizeof *p.data);
        kernels->softmax(row.data, count, 0.3F);
        assert_guarded_near(&row, &p, tolerance, "%s softmax of %zu", kernels->name, count);
        ck_assert(row.data[padded - 1] == 0 || count == padded);
        kernels->softmax_gradient(row.data, padded, 0.3F, d.data);
        assert_guarded_near(&d, &gradient, tolerance, "%s gradient of %zu", kernels->name, count);
        guarded_deinit(&gradient);
        guarded_deinit(&p);
        guarded_deinit(&d);
        guarded_deinit(&row);
    }
}
END_TEST

/* --- dropout ------------------------------------------------------------------------------- */

/*
 * Position p = at[0] * 16 + j uses 16 random bits: half number p / 16 % 8 of the four words at
 * counter p / 128 * 16 + p % 16, the lower half of each word first.
 */
static bool is_dropped(double rate, uint64_t seed, const uint32_t at[3], size_t j) {
    uint64_t p = (uint64_t)at[0] * LANES + j;
    uint32_t words[4];
    random_words(seed, CHARNN_RANDOM_DROPOUT, (uint32_t)(p / 128 * 16 + p % 16), at[1], at[2],
                 words);
    size_t half = p / 16 % 8;
    uint32_t bits = half % 2 == 0 ? words[half / 2] & 0xFFFF : words[half / 2] >> 16;
    return bits < rate * 65536 + 0.5 - 1e-9;
}

START_TEST(dropout_is_a_function_of_position) {
    static const double rates[] = {0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.99};
    static const uint32_t places[][3] = {{0, 0, 0}, {1, 2, 3},           {7, 0, 1},
                                         {8, 5, 0}, {13, 1, 0x80000001}, {1000000, 0xFFFFFFFF, 9},
                                         {15, 3, 3}};
    const struct kernels *kernels = kernels_table[_i];
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        for (size_t count = 0; count <= 20 * LANES; count += LANES) {
            const uint32_t *at = places[(r + count / LANES) % (sizeof places / sizeof places[0])];
            uint64_t seed = 0x123456789ABCDEF0 + count;
            float keep = 1 / (1 - (float)rates[r]);
            struct noise noise = {0};
            struct guarded in;
            struct guarded got[2];
            struct guarded expected[2]; /* mask, out */
            guarded_init_input(&in, count);
            guarded_fill_all(&in, &noise);
            for (size_t i = 0; i < 2; i++) {
                guarded_init(&got[i], count);
                guarded_init(&expected[i], count);
            }
            for (size_t j = 0; j < count; j++) {
                expected[0].data[j] = is_dropped(rates[r], seed, at, j) ? 0 : keep;
                expected[1].data[j] = in.data[j] * expected[0].data[j];
            }
            kernels->dropout(in.data, count, (float)rates[r], seed, at, got[0].data, got[1].data);
            for (size_t i = 0; i < 2; i++) {
                assert_guarded_same(&got[i], &expected[i], "%s dropout %s, rate %g, %zu floats",
                                    kernels->name, i == 0 ? "mask" : "output", rates[r], count);
                guarded_deinit(&got[i]);
            }
            guarded_init(&got[0], count);
            kernels->dropout(NULL, count, (float)rates[r], seed, at, got[0].data, NULL);
            assert_guarded_same(&got[0], &expected[0], "%s dropout mask alone, rate %g, %zu floats",
                                kernels->name, rates[r], count);
            guarded_deinit(&got[0]);
            guarded_deinit(&expected[1]);
            guarded_deinit(&expected[0]);
            guarded_deinit(&in);
        }
    }
}
END_TEST

START_TEST(dropout_drops_at_its_rate) {
    enum { COUNT = 1 << 20 };
    static const float rates[] = {0, 0.1F, 0.5F, 0.9F};
    const struct kernels *kernels = kernels_table[_i];
    const uint32_t at[3] = {0, 1, 2};
    float *in = calloc(COUNT, sizeof *in);
    float *mask = calloc(COUNT, sizeof *mask);
    float *out = calloc(COUNT, sizeof *out);
    ck_assert(in != NULL && mask != NULL && out != NULL);
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        double rate = (double)rates[r];
        kernels->dropout(in, COUNT, rates[r], 42, at, mask, out);
        size_t dropped = 0;
        for (size_t j = 0; j < COUNT; j++) {
            dropped += mask[j] == 0;
        }
        /* Five standard deviations, plus the rounding of the rate to 16 bits. */
        double allowed = 5 * sqrt(COUNT * rate * (1 - rate)) + COUNT * 0x1p-16;
        ck_assert_msg(fabs((double)dropped - COUNT * rate) <= (rate > 0 ? allowed : 0),
                      "%s: rate %g dropped %zu of %d", kernels->name, rate, dropped, (int)COUNT);
    }
    free(out);
    free(mask);
    free(in);
}
END_TEST

/* --- elementwise --------------------------------------------------------------------------- */

typedef void elementwise(const struct kernels *kernels, const float *in, size_t count, float *out);

static void kernel_add(const struct kernels *kernels, const float *in, size_t count, float *out) {
    kernels->add(in, count, out);
}

static void kernel_multiply(const struct kernels *kernels, const float *in, size_t count,
                            float *out) {
    kernels->multiply(in, count, out);
}

static void kernel_average(const struct kernels *kernels, const float *in, size_t count,
                           float *out) {
    kernels->average(in, count, 0.3F, out);
}

static void kernel_scale(const struct kernels *kernels, const float *in, size_t count, float *out) {
    (void)in;
    kernels->scale(out, count, 0.3F);
}

static void kernel_clip(const struct kernels *kernels, const float *in, size_t count, float *out) {
    (void)in;
    kernels->clip(out, count, 0.3F);
}

static float plain_add(float in, float out) {
    return out + in;
}

static float plain_multiply(float in, float out) {
    return out * in;
}

static float plain_average(float in, float out) {
    return out + (in - out) * 0.3F;
}

static float plain_scale(float in, float out) {
    (void)in;
    return out * 0.3F;
}

static float plain_clip(float in, float out) {
    (void)in;
    return fminf(fmaxf(out, -0.3F), 0.3F);
}

static const struct {
    const char *name;
    elementwise *kernel;
    float (*plain)(float in, float out);
} elementwise_rows[] = {
    {"add", kernel_add, plain_add},
    {"multiply", kernel_multiply, plain_multiply},
    {"average", kernel_average, plain_average},
    {"scale", kernel_scale, plain_scale},
    {"clip", kernel_clip, plain_clip},
};

START_TEST(elementwise_kernels_round_once) {
    const struct kernels *kernels = kernels_table[_i];
    size_t rows = sizeof elementwise_rows / sizeof elementwise_rows[0];
    for (size_t row = 0; row < rows; row++) {
        for (size_t count = 0; count <= 4 * LANES + 1; count++) {
            struct noise noise = {0};
            struct guarded in;
            struct guarded got;
            struct guarded expected;
            guarded_init_input(&in, count);
            guarded_fill_all(&in, &noise);
            guarded_init(&got, count);
            guarded_fill_all(&got, &noise);
            guarded_init_copy(&expected, &got);
            for (size_t j = 0; j < count; j++) {
                expected.data[j] = elementwise_rows[row].plain(in.data[j], expected.data[j]);
            }
            elementwise_rows[row].kernel(kernels, in.data, count, got.data);
            assert_guarded_same(&got, &expected, "%s %s of %zu", kernels->name,
                                elementwise_rows[row].name, count);
            guarded_deinit(&expected);
            guarded_deinit(&got);
            guarded_deinit(&in);
        }
    }
}
END_TEST

/* At every position: vectors and the tail may be compiled differently. */
START_TEST(clip_hides_nothing) {
    enum { COUNT = 37 };
    const struct kernels *kernels = kernels_table[_i];
    for (size_t at = 0; at + 4 < COUNT; at++) {
        float values[COUNT] = {0};
        values[at] = NAN;
        values[at + 1] = INFINITY;
        values[at + 2] = -INFINITY;
        values[at + 3] = -0.0F;
        values[at + 4] = 5;
        kernels->clip(values, COUNT, 5);
        ck_assert_float_nan(values[at]);
        ck_assert_float_nan(values[at + 1]);
        ck_assert_float_nan(values[at + 2]);
        ck_assert(values[at + 3] == 0 && signbit(values[at + 3]));
        ck_assert_float_eq(values[at + 4], 5);
    }
}
END_TEST

START_TEST(sum_of_squares_is_in_double) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t count = 0; count <= 40 * LANES; count += LANES) {
        struct noise noise = {0};
        struct guarded values;
        guarded_init_input(&values, count);
        guarded_fill_all(&values, &noise);
        double expected = 0;
        for (size_t j = 0; j < count; j++) {
            expected += (double)values.data[j] * (double)values.data[j];
        }
        double got = kernels->sum_of_squares(values.data, count);
        ck_assert(fabs(got - expected) <= 1e-14 * expected);
        ck_assert_double_eq(got, kernels_scalar.sum_of_squares(values.data, count));
        guarded_deinit(&values);
    }
    float large[LANES] = {3e30F, [7] = 4e30F};
    double root = sqrt(kernels->sum_of_squares(large, LANES));
    ck_assert_double_eq_tol(root, 5e30, 1e24);
    large[LANES - 1] = NAN;
    ck_assert_double_nan(kernels->sum_of_squares(large, LANES));
}
END_TEST

START_TEST(nonfinite_value_is_found_anywhere) {
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    float values[3 * LANES];
    for (size_t i = 0; i < 3 * LANES; i++) {
        values[i] = i % 2 == 0 ? FLT_MAX : -FLT_MAX; /* the sum of their squares is finite */
    }
    for (size_t count = 0; count <= 3 * LANES; count++) {
        ck_assert(kernels_all_finite(values, count));
        for (size_t i = 0; i < count; i++) {
            float saved = values[i];
            values[i] = bad[i % 3];
            ck_assert_msg(!kernels_all_finite(values, count), "%zu of %zu", i, count);
            values[i] = saved;
        }
    }
}
END_TEST

/* (1 + 2^-12)^2 is 1 + 2^-11 + 2^-24. Rounding the square loses the last term. */
START_TEST(fused_sets_round_once) {
    const struct kernels *kernels = kernels_table[_i];
    const float a = 1 + 0x1p-12F;
    float b[LANES];
    float start[LANES];
    float c[LANES];
    for (size_t j = 0; j < LANES; j++) {
        b[j] = a;
        start[j] = -(1 + 0x1p-11F);
    }
    kernels->product(&(struct product){.a = &a,
                                       .lda = 1,
                                       .b = b,
                                       .ldb = LANES,
                                       .start = start,
                                       .start_stride = LANES,
                                       .c = c,
                                       .ldc = LANES,
                                       .repeats = 1,
                                       .m = 1,
                                       .n = LANES,
                                       .k = 1});
    for (size_t j = 0; j < LANES; j++) {
        ck_assert_float_eq(c[j], kernels->fused ? 0x1p-24F : 0);
    }
}
END_TEST

START_TEST(values_are_summed) {
    const struct kernels *kernels = kernels_table[_i];
    for (size_t count = 0; count <= 5 * LANES; count++) {
        struct noise noise = {0};
        struct guarded values;
        guarded_init_input(&values, count);
        guarded_fill_all(&values, &noise);
        double sum = 0;
        for (size_t j = 0; j < count; j++) {
            values.data[j] = floorf(values.data[j] * 1000) / 1024; /* sums are exact */
            sum += (double)values.data[j];
        }
        ck_assert_double_eq(kernels->sum(values.data, count), sum);
        guarded_deinit(&values);
    }
}
END_TEST

START_TEST(sums_have_a_fixed_order) {
    const struct kernels *kernels = kernels_table[_i];
    enum { COUNT = 1000 };
    float weights[COUNT];
    double backwards = 0;
    for (size_t j = 0; j < COUNT; j++) { /* from 1 to e^-37: sums are rounded */
        weights[j] = expf(-37 * (float)(j * 7 % COUNT) / COUNT);
    }
    for (size_t count = COUNT - LANES; count <= COUNT; count++) {
        ck_assert_double_eq(kernels->sum(weights, count), kernels_scalar.sum(weights, count));
    }
    for (size_t j = COUNT; j > 0; j--) {
        backwards += (double)weights[j - 1];
    }
    double sum = kernels->sum(weights, COUNT);
    ck_assert_double_ne(sum, backwards);
    ck_assert_double_eq_tol(sum, backwards, 1e-12);
}
END_TEST

/* --- optimizers ---------------------------------------------------------------------------- */

enum { VALUE, GRADIENT, FIRST, SECOND, ARRAYS };

typedef void update_kernel(const struct kernels *kernels, struct guarded arrays[ARRAYS]);

static const float rate = 0.03F;
static const float weight_decay = 0.2F;
static const float epsilon = 1e-8F;
static const float beta1 = 0.9F;
static const float beta2 = 0.99F;
static const float mean_correction = 2.5F;
static const float square_correction = 5.5F;
static const float smoothing = 0.95F;
static const float momentum = 0.8F;

static void kernel_adam(const struct kernels *kernels, struct guarded arrays[ARRAYS]) {
    struct adam_update update = {.value = arrays[VALUE].data,
                                 .gradient = arrays[GRADIENT].data,
                                 .mean = arrays[FIRST].data,
                                 .square = arrays[SECOND].data,
                                 .count = arrays[VALUE].count,
                                 .beta1 = beta1,
                                 .beta2 = beta2,
                                 .rate = rate,
                                 .mean_correction = mean_correction,
                                 .square_correction = square_correction,
                                 .epsilon = epsilon,
                                 .weight_decay = weight_decay};
    kernels->adam(&update);
}

static void kernel_rmsprop(const struct kernels *kernels, struct guarded arrays[ARRAYS]) {
    struct rmsprop_update update = {.value = arrays[VALUE].data,
                                    .gradient = arrays[GRADIENT].data,
                                    .square = arrays[FIRST].data,
                                    .count = arrays[VALUE].count,
                                    .decay = smoothing,
                                    .rate = rate,
                                    .epsilon = epsilon,
                                    .weight_decay = weight_decay};
    kernels->rmsprop(&update);
}

static void kernel_sgd(const struct kernels *kernels, struct guarded arrays[ARRAYS]) {
    struct sgd_update update = {.value = arrays[VALUE].data,
                                .gradient = arrays[GRADIENT].data,
                                .velocity = arrays[FIRST].data,
                                .count = arrays[VALUE].count,
                                .momentum = momentum,
                                .rate = rate,
                                .weight_decay = weight_decay};
    kernels->sgd(&update);
}

static void plain_adam(double e[ARRAYS]) {
    double b1 = (double)beta1;
    double b2 = (double)beta2;
    e[FIRST] = b1 * e[FIRST] + (1 - b1) * e[GRADIENT];
    e[SECOND] = b2 * e[SECOND] + (1 - b2) * e[GRADIENT] * e[GRADIENT];
    double step = e[FIRST] * (double)mean_correction /
                  (sqrt(e[SECOND] * (double)square_correction) + (double)epsilon);
    e[VALUE] -= (double)rate * (step + (double)weight_decay * e[VALUE]);
}

static void plain_rmsprop(double e[ARRAYS]) {
    double d = (double)smoothing;
    e[FIRST] = d * e[FIRST] + (1 - d) * e[GRADIENT] * e[GRADIENT];
    double step = e[GRADIENT] / (sqrt(e[FIRST]) + (double)epsilon);
    e[VALUE] -= (double)rate * (step + (double)weight_decay * e[VALUE]);
}

static void plain_sgd(double e[ARRAYS]) {
    e[FIRST] = (double)momentum * e[FIRST] + e[GRADIENT];
    e[VALUE] -= (double)rate * (e[FIRST] + (double)weight_decay * e[VALUE]);
}

static const struct {
    const char *name;
    update_kernel *kernel;
    void (*plain)(double element[ARRAYS]);
} update_rows[] = {{"adam", kernel_adam, plain_adam},
                   {"rmsprop", kernel_rmsprop, plain_rmsprop},
                   {"sgd", kernel_sgd, plain_sgd}};

/* Gradients of many magnitudes, including 0; squares are not negative. */
static void fill_update(struct guarded arrays[ARRAYS], size_t count, size_t row) {
    struct noise noise = {0};
    for (size_t a = 0; a < ARRAYS; a++) {
        guarded_init(&arrays[a], count);
        guarded_fill_all(&arrays[a], &noise);
    }
    for (size_t j = 0; j < count; j++) {
        float size = ldexpf(1, -(int)(j % 30));
        arrays[GRADIENT].data[j] *= j % 11 == 10 ? 0 : size;
        arrays[FIRST].data[j] *= size;
        arrays[SECOND].data[j] = size * size * fabsf(arrays[SECOND].data[j]);
        if (row == 1) {
            arrays[FIRST].data[j] = arrays[SECOND].data[j];
        }
        if (j % 22 == 10) { /* before the first gradient */
            arrays[FIRST].data[j] = 0;
            arrays[SECOND].data[j] = 0;
        }
    }
}

static void check_update(const struct kernels *kernels, size_t row, size_t count) {
    struct guarded got[ARRAYS];
    struct guarded scalar[ARRAYS];
    struct guarded expected[ARRAYS];
    fill_update(got, count, row);
    for (size_t a = 0; a < ARRAYS; a++) {
        guarded_init_copy(&scalar[a], &got[a]);
        guarded_init_copy(&expected[a], &got[a]);
    }
    for (size_t j = 0; j < count; j++) {
        double element[ARRAYS];
        for (size_t a = 0; a < ARRAYS; a++) {
            element[a] = (double)expected[a].data[j];
        }
        update_rows[row].plain(element);
        for (size_t a = 0; a < ARRAYS; a++) {
            expected[a].data[j] = (float)element[a];
        }
    }
    update_rows[row].kernel(kernels, got);
    update_rows[row].kernel(&kernels_scalar, scalar);
    for (size_t a = 0; a < ARRAYS; a++) {
        struct tolerance tolerance = {.absolute = a == SECOND ? 0 : 2e-7, .relative = 3e-7};
        assert_guarded_near(&got[a], &expected[a], tolerance, "%s %s of %zu, array %zu",
                            kernels->name, update_rows[row].name, count, a);
        if (kernels->fused) {
            assert_guarded_same(&got[a], &scalar[a], "%s %s of %zu, array %zu", kernels->name,
                                update_rows[row].name, count, a);
        }
        guarded_deinit(&expected[a]);
        guarded_deinit(&scalar[a]);
        guarded_deinit(&got[a]);
    }
}

START_TEST(optimizers_update_every_element) {
    const struct kernels *kernels = kernels_table[_i];
    size_t rows = sizeof update_rows / sizeof update_rows[0];
    for (size_t row = 0; row < rows; row++) {
        for (size_t count = 0; count <= 6 * LANES + 1; count++) {
            check_update(kernels, row, count);
        }
    }
}
END_TEST

/* --- dispatch ---------------------------------------------------------------------------- */

START_TEST(last_set_runs_everywhere) {
    int set = 0; /* the tables of a set follow each other */
    for (size_t i = 1; i < kernels_count; i++) {
        set += kernels_table[i]->set != kernels_table[i - 1]->set;
        ck_assert_int_eq(kernels_table[i]->set, set);
    }
    ck_assert_int_eq(set + 1, CHARNN_SET_COUNT);
    ck_assert_str_eq(kernels_table[kernels_count - 1]->name, "scalar");
    ck_assert(kernels_table[kernels_count - 1]->supported());
}
END_TEST

/* A process chooses its set once, so each of these tests needs a process of its own. */
static bool has_own_process(void) {
    const char *fork = getenv("CK_FORK");
    return fork == NULL || strcmp(fork, "no") != 0;
}

START_TEST(set_is_chosen_by_name) {
    if (has_own_process()) {
        const struct kernels *kernels = kernels_table[_i];
        ck_assert_int_eq(setenv("CHARNN_KERNELS", kernels->name, 1), 0);
        ck_assert_ptr_eq(kernels_current(), kernels->supported() ? kernels : NULL);
    }
}
END_TEST

START_TEST(best_set_is_the_default) {
    if (has_own_process()) {
        size_t best = 0;
        while (!kernels_table[best]->supported()) {
            best++;
        }
        ck_assert_int_eq(setenv("CHARNN_KERNELS", "", 1), 0);
        ck_assert_ptr_eq(kernels_current(), kernels_table[best]);
    }
}
END_TEST

START_TEST(unknown_set_is_refused) {
    if (has_own_process()) {
        ck_assert_int_eq(setenv("CHARNN_KERNELS", "v1", 1), 0);
        ck_assert_ptr_null(kernels_current());
    }
}
END_TEST

Suite *kernels_suite(void) {
    const TTest *const each_set[] = {
        cross_entropy_is_log_softmax,
        cross_entropy_at_the_edges,
        exponentials_are_exponentials,
        softmax_and_its_gradient,
        dropout_is_a_function_of_position,
        dropout_drops_at_its_rate,
        elementwise_kernels_round_once,
        clip_hides_nothing,
        sum_of_squares_is_in_double,
        fused_sets_round_once,
        values_are_summed,
        sums_have_a_fixed_order,
        optimizers_update_every_element,
    };
    Suite *suite = suite_create("kernels");
    TCase *test = tcase_create("kernels");
    for (size_t i = 0; i < sizeof each_set / sizeof each_set[0]; i++) {
        kernel_sets_add_test(test, each_set[i]);
    }
    tcase_add_loop_test(test, set_is_chosen_by_name, 0, (int)kernels_count);
    tcase_add_test(test, nonfinite_value_is_found_anywhere);
    tcase_add_test(test, last_set_runs_everywhere);
    tcase_add_test(test, best_set_is_the_default);
    tcase_add_test(test, unknown_set_is_refused);
    suite_add_tcase(suite, test);
    return suite;
}
