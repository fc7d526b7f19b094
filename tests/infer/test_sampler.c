/* The sampler: frequencies of draws, and the limits of its settings. */
#include "infer/sampler.h"
#include "kernels/dispatch.h"
#include "suites.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWS = 60000, SEED = 20 };

static struct sampler *create(double temperature, bool argmax, uint64_t seed, size_t vocab) {
    struct error error = {0};
    struct sampler_settings settings = {
        .temperatures = {1, {temperature}}, .argmax = argmax, .seed = seed};
    struct sampler *sampler;
    enum status status = sampler_create(&settings, vocab, 1, &sampler, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return sampler;
}

static int32_t draw_of(struct sampler *sampler, size_t text, const float *logits) {
    struct error error = {0};
    int32_t id = -1;
    enum status status = sampler_draw(sampler, text, logits, &id, &error);
    assert_each(status == CHARNN_OK, "%s", error.message);
    return id;
}

static int32_t draw(struct sampler *sampler, const float *logits) {
    return draw_of(sampler, 0, logits);
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

/* Draws from the logits ln p + a constant; expects p^(1/temperature), normalized. */
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
        assert_each(id >= 0 && (size_t)id < count, "id %d of %zu", (int)id, count);
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
    /* Sizes around the width of a vector: padding is never drawn. */
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
        int32_t id = sampler_draw_uniform(sampler, 0);
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

/* --- filters ------------------------------------------------------------------------------- */

enum { FEW = 6 };

/* Their logits include a constant, which must not matter. */
static const double few_probabilities[FEW] = {0.05, 0.4, 0.1, 0.25, 0.15, 0.05};

static void few_logits(float logits[FEW]) {
    for (size_t i = 0; i < FEW; i++) {
        logits[i] = (float)log(few_probabilities[i]) - 3;
    }
}

/* Settings and the distribution after the symbols `noted`. */
struct expectation {
    struct sampler_settings settings;
    int32_t noted[4];
    size_t noted_count;
    double weights[FEW]; /* in proportion to the probabilities */
};

static const bool not_the_first_two[FEW] = {false, false, true, true, true, true};

static const struct expectation expectations[] = {
    {.settings = {.temperatures = {1, {1}}}, .weights = {5, 40, 10, 25, 15, 5}},
    {.settings = {.temperatures = {1, {0.5}}}, .weights = {25, 1600, 100, 625, 225, 25}},
    {.settings = {.temperatures = {3, {2, 1, 1}}},
     .weights = {2.2360680, 6.3245553, 3.1622777, 5, 3.8729833, 2.2360680}},
    {.settings = {.temperatures = {1, {1}}, .top_k = 1}, .weights = {0, 1, 0, 0, 0, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_k = 3}, .weights = {0, 40, 0, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_k = 5}, .weights = {5, 40, 10, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_k = 99}, .weights = {5, 40, 10, 25, 15, 5}},
    {.settings = {.temperatures = {1, {1}}, .top_p = 0.3}, .weights = {0, 1, 0, 0, 0, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_p = 0.7}, .weights = {0, 40, 0, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_p = 0.92}, .weights = {5, 40, 10, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_p = 1}, .weights = {5, 40, 10, 25, 15, 5}},
    {.settings = {.temperatures = {1, {1}}, .min_p = 0.3}, .weights = {0, 40, 0, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .min_p = 1}, .weights = {0, 1, 0, 0, 0, 0}},
    /* Top-p applies to what top-k kept: 65 is more than 0.8 of 40 + 25 + 15. */
    {.settings = {.temperatures = {1, {1}}, .top_k = 3, .top_p = 0.8},
     .weights = {0, 40, 0, 25, 0, 0}},
    {.settings = {.temperatures = {1, {1}}, .top_p = 0.8 - 1e-5}, .weights = {0, 40, 0, 25, 15, 0}},
    /* All filters apply after the temperature. */
    {.settings = {.temperatures = {1, {0.5}}, .top_p = 0.8}, .weights = {0, 64, 0, 25, 0, 0}},
    {.settings = {.temperatures = {1, {0.5}}, .min_p = 0.15}, .weights = {0, 64, 0, 25, 0, 0}},
    {.settings = {.temperatures = {1, {1}}, .allowed = not_the_first_two},
     .weights = {0, 0, 10, 25, 15, 5}},
    {.settings = {.temperatures = {1, {1}}, .allowed = not_the_first_two, .top_k = 2},
     .weights = {0, 0, 0, 25, 15, 0}},
    {.settings = {.temperatures = {1, {1}}, .allowed = not_the_first_two, .min_p = 0.5},
     .weights = {0, 0, 0, 25, 15, 0}},
    /* A symbol that is recent twice is penalized once, before the temperature. */
    {.settings = {.temperatures = {1, {1}}, .repetition_penalty = 2, .repetition_window = 3},
     .noted = {4, 1, 3, 1},
     .noted_count = 4,
     .weights = {5, 20, 10, 12.5, 15, 5}},
    {.settings = {.temperatures = {1, {0.5}}, .repetition_penalty = 2, .repetition_window = 3},
     .noted = {1},
     .noted_count = 1,
     .weights = {25, 400, 100, 625, 225, 25}},
    {.settings =
         {.temperatures = {1, {1}}, .repetition_penalty = 10, .repetition_window = 8, .top_k = 1},
     .noted = {1},
     .noted_count = 1,
     .weights = {0, 0, 0, 1, 0, 0}},
    {.settings = {.temperatures = {1, {1}}, .repetition_penalty = 1, .repetition_window = 8},
     .noted = {1, 2},
     .noted_count = 2,
     .weights = {5, 40, 10, 25, 15, 5}},
};

enum { EXPECTATIONS = sizeof expectations / sizeof expectations[0] };

static struct sampler *create_expected(const struct expectation *expectation) {
    struct error error = {0};
    struct sampler *sampler;
    ck_assert_int_eq(sampler_create(&expectation->settings, FEW, 1, &sampler, &error), CHARNN_OK);
    sampler_restart(sampler, SEED, 0);
    sampler_note(sampler, expectation->noted, expectation->noted_count);
    return sampler;
}

static void weigh(struct sampler *sampler, const float *logits, double weights[FEW]) {
    struct error error = {0};
    const float *got;
    ck_assert_int_eq(sampler_weigh(sampler, 0, logits, &got, &error), CHARNN_OK);
    for (size_t i = 0; i < FEW; i++) {
        weights[i] = (double)got[i];
    }
}

static void expected_probabilities(const struct expectation *expectation,
                                   double probabilities[FEW]) {
    double sum = 0;
    for (size_t i = 0; i < FEW; i++) {
        sum += expectation->weights[i];
    }
    for (size_t i = 0; i < FEW; i++) {
        probabilities[i] = expectation->weights[i] / sum;
    }
}

START_TEST(settings_give_exact_probabilities) {
    const struct expectation *expectation = &expectations[_i];
    float logits[FEW];
    double expected[FEW];
    double weights[FEW];
    few_logits(logits);
    expected_probabilities(expectation, expected);
    struct sampler *sampler = create_expected(expectation);
    weigh(sampler, logits, weights);
    double sum = 0;
    for (size_t i = 0; i < FEW; i++) {
        sum += weights[i];
    }
    for (size_t i = 0; i < FEW; i++) {
        ck_assert_double_eq_tol(weights[i] / sum, expected[i], 1e-6);
        ck_assert((weights[i] > 0) == (expected[i] > 0));
    }
    sampler_destroy(sampler);
}
END_TEST

/* Pearson's statistic over symbols that can be drawn, as in check_counts(). */
START_TEST(settings_give_the_frequencies) {
    const struct expectation *expectation = &expectations[_i];
    float logits[FEW];
    double expected[FEW];
    size_t counts[FEW] = {0};
    double statistic = 0;
    size_t possible = 0;
    few_logits(logits);
    expected_probabilities(expectation, expected);
    struct sampler *sampler = create_expected(expectation);
    for (size_t i = 0; i < DRAWS; i++) {
        counts[draw(sampler, logits)]++;
        for (size_t n = 0; n < expectation->settings.repetition_window; n++) {
            if (expectation->noted_count > 0) { /* the same recent symbols for every draw */
                size_t window = expectation->settings.repetition_window;
                size_t count = expectation->noted_count;
                size_t first = count > window ? count - window : 0;
                sampler_note(sampler, &expectation->noted[first + n % (count - first)], 1);
            }
        }
    }
    for (size_t i = 0; i < FEW; i++) {
        double mean = expected[i] * DRAWS;
        double difference = (double)counts[i] - mean;
        ck_assert(mean > 0 || counts[i] == 0);
        statistic += mean > 0 ? difference * difference / mean : 0;
        possible += mean > 0;
    }
    ck_assert_double_lt(statistic, (double)possible + 5 * sqrt(2 * (double)possible));
    sampler_destroy(sampler);
}
END_TEST

START_TEST(argmax_respects_allowed_and_penalty) {
    static const struct sampler_settings settings = {.temperatures = {1, {1}},
                                                     .argmax = true,
                                                     .allowed = not_the_first_two,
                                                     .repetition_penalty = 2,
                                                     .repetition_window = 2};
    struct error error = {0};
    struct sampler *sampler;
    float logits[FEW];
    few_logits(logits);
    ck_assert_int_eq(sampler_create(&settings, FEW, 1, &sampler, &error), CHARNN_OK);
    /* 0.25 / 2 is less than 0.15; then both are halved. */
    static const int32_t expected[] = {3, 4, 3, 3, 4, 3, 3};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ck_assert_int_eq(draw(sampler, logits), expected[i]);
    }
    sampler_destroy(sampler);
}
END_TEST

/* The end symbol has no weight before min_length draws, random or not. */
START_TEST(short_texts_do_not_end) {
    enum { END = 1, LENGTH = 4 };
    float logits[FEW];
    few_logits(logits);
    for (int argmax = 0; argmax < 2; argmax++) {
        const struct sampler_settings settings = {
            .temperatures = {1, {1}}, .argmax = argmax == 1, .min_length = LENGTH, .end = END};
        struct error error = {0};
        struct sampler *sampler;
        ck_assert_int_eq(sampler_create(&settings, FEW, 2, &sampler, &error), CHARNN_OK);
        for (int round = 0; round < 2; round++) {
            for (size_t t = 0; t < LENGTH; t++) {
                double weights[FEW];
                weigh(sampler, logits, weights);
                ck_assert_double_eq(weights[END], 0);
                ck_assert_int_ne(draw_of(sampler, 0, logits), END);
            }
            double weights[FEW];
            weigh(sampler, logits, weights);
            ck_assert_double_gt(weights[END], 0);
            ck_assert(argmax == 0 || draw_of(sampler, 0, logits) == END);
            ck_assert_int_ne(draw_of(sampler, 1, logits), END); /* another text */
            sampler_restart_text(sampler, 0, 7);
            sampler_restart_text(sampler, 1, 8);
        }
        sampler_destroy(sampler);
    }
}
END_TEST

START_TEST(texts_take_turns_at_temperatures) {
    static const struct sampler_settings settings = {.temperatures = {3, {1, 1e-300, 2}}};
    static const struct {
        uint32_t text;
        double ratio; /* of 0.4 to 0.1 */
    } texts[] = {{0, 4}, {2, 2}, {3, 4}, {5, 2}, {UINT32_MAX, 4}};
    struct error error = {0};
    struct sampler *sampler;
    double weights[FEW];
    float logits[FEW];
    few_logits(logits);
    ck_assert_int_eq(sampler_create(&settings, FEW, 1, &sampler, &error), CHARNN_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sampler_restart(sampler, SEED, texts[i].text);
        weigh(sampler, logits, weights);
        ck_assert_double_eq_tol(weights[1] / weights[2], texts[i].ratio, 1e-5);
    }
    sampler_restart(sampler, SEED, 4);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_int_eq(draw(sampler, logits), 1);
    }
    sampler_destroy(sampler);
}
END_TEST

START_TEST(uniform_draws_respect_allowed) {
    static const struct sampler_settings settings = {.temperatures = {1, {1}},
                                                     .allowed = not_the_first_two};
    static const double even[4] = {0.25, 0.25, 0.25, 0.25};
    struct error error = {0};
    struct sampler *sampler;
    size_t counts[FEW] = {0};
    ck_assert_int_eq(sampler_create(&settings, FEW, 1, &sampler, &error), CHARNN_OK);
    for (size_t i = 0; i < DRAWS; i++) {
        counts[sampler_draw_uniform(sampler, 0)]++;
    }
    ck_assert_uint_eq(counts[0] + counts[1], 0);
    check_counts(counts + 2, even, 4);
    sampler_destroy(sampler);
}
END_TEST

/* Over several blocks of weights, most of them empty. */
START_TEST(draws_from_a_large_vocabulary) {
    enum { MANY = 20000 };
    static float logits[MANY];
    static bool allowed[MANY];
    static const size_t ids[4] = {3, 511, 512, MANY - 1};
    static const double probabilities[4] = {0.1, 0.2, 0.3, 0.4};
    const struct sampler_settings settings = {.temperatures = {1, {1}}, .allowed = allowed};
    size_t counts[5] = {0};
    struct error error = {0};
    struct sampler *sampler;
    for (size_t i = 0; i < 4; i++) {
        logits[ids[i]] = (float)log(probabilities[i]);
        allowed[ids[i]] = true;
    }
    ck_assert_int_eq(sampler_create(&settings, MANY, 1, &sampler, &error), CHARNN_OK);
    for (size_t i = 0; i < DRAWS / 10; i++) {
        int32_t id = draw(sampler, logits);
        size_t which = 0;
        while (which < 4 && ids[which] != (size_t)id) {
            which++;
        }
        counts[which]++;
    }
    ck_assert_uint_eq(counts[4], 0); /* the other symbols */
    for (size_t i = 0; i < 4; i++) { /* to 5 standard deviations */
        double mean = probabilities[i] * DRAWS / 10;
        ck_assert_double_eq_tol((double)counts[i], mean, 5 * sqrt(mean));
    }
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

START_TEST(refuses_logits_that_are_not_finite) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t b = 0; b < 3; b++) {
        for (size_t at = 0; at < 3; at++) {
            for (int argmax = 0; argmax < 2; argmax++) {
                float logits[3] = {1, 2, 3};
                struct error error = {0};
                int32_t id = 77;
                struct sampler *sampler = create(1, argmax == 1, SEED, 3);
                logits[at] = bad[b];
                ck_assert_int_eq(sampler_draw(sampler, 0, logits, &id, &error), CHARNN_ERROR_DATA);
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
static const struct {
    uint32_t text;
    int32_t draws[24];
} expected_draws[] = {
    {0, {10, 10, 18, 2, 10, 2, 17, 17, 10, 2, 12, 10, 7, 2, 10, 10, 17, 2, 0, 10, 10, 17, 17, 17}},
    {1, {10, 4, 17, 10, 4, 18, 17, 13, 18, 10, 10, 10, 13, 10, 10, 10, 17, 4, 2, 17, 7, 4, 10, 10}},
    {UINT32_MAX,
     {10, 10, 12, 2, 17, 17, 2, 4, 2, 7, 2, 6, 2, 18, 10, 2, 13, 10, 17, 4, 17, 2, 10, 17}},
};

START_TEST(draws_are_the_same_on_every_kernel_set) {
    const struct kernels *kernels = kernels_table[_i];
    if (!kernels->supported()) {
        return;
    }
    ck_assert_int_eq(setenv("CHARNN_KERNELS", kernels->name, 1), 0);
    struct sampler *sampler = create(0.8, false, 12345678901234567, 20);
    for (size_t text = 0; text < sizeof expected_draws / sizeof expected_draws[0]; text++) {
        if (text > 0) { /* a new sampler is at text 0 */
            sampler_restart(sampler, 12345678901234567, expected_draws[text].text);
        }
        for (size_t i = 0; i < 24; i++) {
            ck_assert_int_eq(draw(sampler, some_logits), expected_draws[text].draws[i]);
        }
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
    sampler_restart(sampler, 2, 0);
    for (size_t i = 0; i < 100; i++) {
        other[i] = draw(sampler, some_logits);
    }
    ck_assert_mem_ne(first, other, sizeof first);
    sampler_restart(sampler, 1, 0);
    for (size_t i = 0; i < 100; i++) {
        other[i] = draw(sampler, some_logits);
    }
    ck_assert_mem_eq(first, other, sizeof first);
    sampler_destroy(sampler);
    sampler_destroy(NULL);
}
END_TEST

/* Each has its own random numbers, temperature and recent symbols. */
START_TEST(texts_of_a_sampler_are_independent) {
    enum { VOCAB = 300 };
    bool allowed[VOCAB];
    const struct sampler_settings settings = {.temperatures = {2, {1, 3}},
                                              .top_k = 200,
                                              .top_p = 0.9,
                                              .repetition_penalty = 3,
                                              .repetition_window = 5,
                                              .allowed = allowed,
                                              .seed = SEED};
    struct error error = {0};
    struct sampler *alone[2];
    struct sampler *both;
    float logits[VOCAB];
    for (size_t i = 0; i < VOCAB; i++) {
        allowed[i] = i % 6 != 0;
    }
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_int_eq(sampler_create(&settings, VOCAB, 1, &alone[i], &error), CHARNN_OK);
        sampler_restart(alone[i], SEED, i);
    }
    ck_assert_int_eq(sampler_create(&settings, VOCAB, 2, &both, &error), CHARNN_OK);
    for (size_t step = 0; step < 200; step++) {
        for (size_t i = 0; i < 2; i++) {
            for (size_t j = 0; j < VOCAB; j++) {
                logits[j] = (float)((step + 1) * (j + 7) * (i + 3) % 101) / 30;
            }
            ck_assert_int_eq(draw_of(both, i, logits), draw(alone[i], logits));
        }
    }
    sampler_destroy(alone[0]);
    sampler_destroy(alone[1]);
    sampler_destroy(both);
}
END_TEST

START_TEST(refuses_a_vocabulary_beyond_memory) {
    static const struct sampler_settings settings = {.temperatures = {1, {1}}};
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 64, SIZE_MAX / 4};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct error error = {0};
        struct sampler *sampler = (void *)&error;
        ck_assert_int_eq(sampler_create(&settings, sizes[i], 1, &sampler, &error),
                         CHARNN_ERROR_MEMORY);
        ck_assert_ptr_null(sampler);
    }
}
END_TEST

Suite *sampler_suite(void) {
    Suite *suite = suite_create("sampler");
    TCase *frequencies = tcase_create("frequencies");
    tcase_add_test(frequencies, draws_by_probability);
    tcase_add_test(frequencies, temperature_sharpens_or_flattens);
    tcase_add_test(frequencies, uniform_draws_are_uniform);
    suite_add_tcase(suite, frequencies);

    TCase *filters = tcase_create("filters");
    tcase_add_loop_test(filters, settings_give_exact_probabilities, 0, EXPECTATIONS);
    tcase_add_loop_test(filters, settings_give_the_frequencies, 0, EXPECTATIONS);
    tcase_add_test(filters, argmax_respects_allowed_and_penalty);
    tcase_add_test(filters, short_texts_do_not_end);
    tcase_add_test(filters, texts_take_turns_at_temperatures);
    tcase_add_test(filters, uniform_draws_respect_allowed);
    tcase_add_test(filters, draws_from_a_large_vocabulary);
    suite_add_tcase(suite, filters);

    TCase *limits = tcase_create("limits");
    tcase_add_test(limits, argmax_takes_the_lowest_of_equals);
    tcase_add_test(limits, low_temperature_is_argmax);
    tcase_add_test(limits, refuses_logits_that_are_not_finite);
    tcase_add_test(limits, texts_of_a_sampler_are_independent);
    tcase_add_test(limits, refuses_a_vocabulary_beyond_memory);
    suite_add_tcase(suite, limits);

    TCase *bits = tcase_create("bits");
    tcase_add_loop_test(bits, draws_are_the_same_on_every_kernel_set, 0, (int)kernels_count);
    tcase_add_test(bits, seed_decides);
    suite_add_tcase(suite, bits);
    return suite;
}
