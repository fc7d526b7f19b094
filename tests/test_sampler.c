/* The sampler: how often it draws what, and at the limits of its settings. */
#include "infer/sampler.h"
#include "kernels/kernels.h"
#include "suites.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 60000, SEED = 20 };

static struct sampler *create(double temperature, bool argmax, uint64_t seed, size_t vocab) {
    struct error error = {0};
    struct sampler_settings settings = {.temperature = temperature, .argmax = argmax, .seed = seed};
    struct sampler *sampler;
    enum status status = sampler_create(&settings, vocab, &sampler, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return sampler;
}

static int32_t draw(struct sampler *sampler, const float *logits) {
    struct error error = {0};
    int32_t id = -1;
    enum status status = sampler_draw(sampler, logits, &id, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return id;
}

/* --- frequencies --------------------------------------------------------------------------- */

/*
 * Pearson's statistic of the counts. Its mean is `count` - 1; for the sizes used here it exceeds
 * count + 5 sqrt(2 count) with a probability of less than 1e-5.
 */
static void check_counts(const size_t *counts, const double *probabilities, size_t count) {
    double statistic = 0;
    for (size_t i = 0; i < count; i++) {
        double expected = probabilities[i] * DRAWS;
        double difference = (double)counts[i] - expected;
        statistic += difference * difference / expected;
    }
    ck_assert_double_lt(statistic, (double)count + 5 * sqrt(2 * (double)count));
}

/* Draws with the logits ln p + a constant; what is expected is p^(1/temperature), normalized. */
static void check_distribution(const double *probabilities, size_t count, double temperature,
                               float constant) {
    float logits[64];
    double expected[64];
    size_t counts[64] = {0};
    double sum = 0;
    ck_assert_uint_le(count, 64);
    for (size_t i = 0; i < count; i++) {
        logits[i] = (float)log(probabilities[i]) + constant;
        expected[i] = pow(probabilities[i], 1 / temperature);
        sum += expected[i];
    }
    for (size_t i = 0; i < count; i++) {
        expected[i] /= sum;
    }
    struct sampler *sampler = create(temperature, false, SEED, count);
    for (size_t i = 0; i < DRAWS; i++) {
        int32_t id = draw(sampler, logits);
        ck_assert(id >= 0 && (size_t)id < count);
        counts[id]++;
    }
    check_counts(counts, expected, count);
    sampler_destroy(sampler);
}

START_TEST(draws_by_probability) {
    static const double even[2] = {0.5, 0.5};
    static const double uneven[5] = {0.001, 0.5, 0.25, 0.009, 0.24};
    check_distribution(even, 2, 1, 0);
    check_distribution(uneven, 5, 1, 0);
    check_distribution(uneven, 5, 1, -700);
    check_distribution(uneven, 5, 1, 700);
    /* Around the width of a vector: none of the padding is ever drawn. */
    static const size_t sizes[] = {1, 15, 16, 17, 33};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        double rising[64];
        double sum = (double)(sizes[s] * (sizes[s] + 1)) / 2;
        for (size_t i = 0; i < sizes[s]; i++) {
            rising[i] = (double)(i + 1) / sum;
        }
        check_distribution(rising, sizes[s], 1, 0);
    }
}
END_TEST

START_TEST(temperature_sharpens_or_flattens) {
    static const double uneven[4] = {0.1, 0.2, 0.3, 0.4};
    check_distribution(uneven, 4, 0.5, 0);
    check_distribution(uneven, 4, 2, 0);
    check_distribution(uneven, 4, 100, 0);
}
END_TEST

START_TEST(uniform_draws_are_uniform) {
    double probabilities[7];
    size_t counts[7] = {0};
    struct sampler *sampler = create(1, true, SEED, 7);
    for (size_t i = 0; i < DRAWS; i++) {
        int32_t id = sampler_draw_uniform(sampler);
        ck_assert(id >= 0 && id < 7);
        counts[id]++;
    }
    for (size_t i = 0; i < 7; i++) {
        probabilities[i] = 1.0 / 7;
    }
    check_counts(counts, probabilities, 7);
    sampler_destroy(sampler);
}
END_TEST

/* --- limits -------------------------------------------------------------------------------- */

START_TEST(argmax_takes_the_lowest_of_equals) {
    static const float logits[6] = {-1, 3, 2, 3, -FLT_MAX, 3};
    static const float equal[3] = {0, 0, 0};
    static const float negative[3] = {-5, -4, -FLT_MAX};
    struct sampler *sampler = create(1, true, SEED, 6);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_int_eq(draw(sampler, logits), 1);
    }
    sampler_destroy(sampler);
    sampler = create(1, true, SEED, 3);
    ck_assert_int_eq(draw(sampler, equal), 0);
    ck_assert_int_eq(draw(sampler, negative), 1);
    sampler_destroy(sampler);
}
END_TEST

START_TEST(low_temperature_is_argmax) {
    static const float logits[4] = {1, 2, 2.5F, -1000};
    static const float extreme[4] = {-FLT_MAX, FLT_MAX, 0, 1e30F};
    static const double temperatures[] = {0.005, 1e-10, 1e-30, 1e-38, 1e-39, 1e-300, 5e-324};
    for (size_t t = 0; t < sizeof temperatures / sizeof temperatures[0]; t++) {
        struct sampler *sampler = create(temperatures[t], false, SEED, 4);
        for (size_t i = 0; i < 1000; i++) {
            ck_assert_int_eq(draw(sampler, logits), 2);
            ck_assert_int_eq(draw(sampler, extreme), 1);
        }
        sampler_destroy(sampler);
    }
}
END_TEST

START_TEST(refuses_logits_that_are_no_numbers) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < 3; b++) {
        for (size_t at = 0; at < 3; at++) {
            for (int argmax = 0; argmax < 2; argmax++) {
                float logits[3] = {1, 2, 3};
                struct error error = {0};
                int32_t id = 77;
                struct sampler *sampler = create(1, argmax == 1, SEED, 3);
                logits[at] = bad[b];
                ck_assert_int_eq(sampler_draw(sampler, logits, &id, &error), CHARNN_ERROR_DATA);
                ck_assert_int_eq(id, 77);
                ck_assert_str_ne(error.message, "");
                sampler_destroy(sampler);
            }
        }
    }
}
END_TEST

/* --- the same bits ------------------------------------------------------------------------- */

static const float some_logits[20] = {0.5F,  -1.25F, 2,     0,     1.5F, -3,    0.125F,
                                      1,     -0.75F, 0.25F, 2.5F,  -2,   0.75F, 1.1F,
                                      -0.1F, 0.3F,   -1.7F, 1.75F, 0.6F, -0.4F};

/* Computed in Python from the definitions of Philox4x32-10, softmax and the inverse CDF. */
static const int32_t expected_draws[24] = {10, 10, 18, 2,  10, 2, 17, 17, 10, 2,  12, 10,
                                           7,  2,  10, 10, 17, 2, 0,  10, 10, 17, 17, 17};

START_TEST(draws_are_the_same_on_every_kernel_set) {
    const struct kernels *kernels = kernels_table[_i];
    if (!kernels->supported()) {
        return;
    }
    ck_assert_int_eq(setenv("CHARNN_KERNELS", kernels->name, 1), 0);
    struct sampler *sampler = create(0.8, false, 12345678901234567, 20);
    for (size_t i = 0; i < 24; i++) {
        ck_assert_int_eq(draw(sampler, some_logits), expected_draws[i]);
    }
    sampler_destroy(sampler);
}
END_TEST

START_TEST(seed_decides) {
    int32_t first[100];
    int32_t other[100];
    struct sampler *sampler = create(1, false, 1, 20);
    for (size_t i = 0; i < 100; i++) {
        first[i] = draw(sampler, some_logits);
    }
    sampler_restart(sampler, 2);
    for (size_t i = 0; i < 100; i++) {
        other[i] = draw(sampler, some_logits);
    }
    ck_assert_mem_ne(first, other, sizeof first);
    sampler_restart(sampler, 1);
    for (size_t i = 0; i < 100; i++) {
        other[i] = draw(sampler, some_logits);
    }
    ck_assert_mem_eq(first, other, sizeof first);
    sampler_destroy(sampler);
    sampler_destroy(NULL);
}
END_TEST

START_TEST(refuses_a_vocabulary_beyond_memory) {
    static const struct sampler_settings settings = {.temperature = 1};
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 4};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error error = {0};
        struct sampler *sampler = (void *)&error;
        ck_assert_int_eq(sampler_create(&settings, sizes[i], &sampler, &error),
                         CHARNN_ERROR_MEMORY);
        ck_assert_ptr_null(sampler);
    }
}
END_TEST

Suite *sampler_suite(void) {
    Suite *suite = suite_create("sampler");
    TCase *frequencies = tcase_create("frequencies");
    tcase_set_timeout(frequencies, 60);
    tcase_add_test(frequencies, draws_by_probability);
    tcase_add_test(frequencies, temperature_sharpens_or_flattens);
    tcase_add_test(frequencies, uniform_draws_are_uniform);
    suite_add_tcase(suite, frequencies);

    TCase *limits = tcase_create("limits");
    tcase_add_test(limits, argmax_takes_the_lowest_of_equals);
    tcase_add_test(limits, low_temperature_is_argmax);
    tcase_add_test(limits, refuses_logits_that_are_no_numbers);
    tcase_add_test(limits, refuses_a_vocabulary_beyond_memory);
    suite_add_tcase(suite, limits);

    TCase *bits = tcase_create("bits");
    tcase_add_loop_test(bits, draws_are_the_same_on_every_kernel_set, 0, (int)kernels_count);
    tcase_add_test(bits, seed_decides);
    suite_add_tcase(suite, bits);
    return suite;
}
