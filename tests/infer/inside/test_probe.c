/* Probes and gates, on recordings whose answers are known. */
#include "infer/inside/gates.h"
#include "infer/inside/probe.h"
#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 200, UNITS = 6, ROW = CHARNN_FEATURE_ROW };

static float values[UNITS * LENGTH];
static unsigned char rows[LENGTH * ROW];

static const struct recording recording = {
    .layers = 1, .kinds = 1, .units = UNITS, .names = "h", .length = LENGTH, .values = values};

static uint32_t random_below(uint32_t *state, uint32_t limit) {
    *state = *state * 1664525 + 1013904223;
    return (*state >> 16) % limit;
}

/* Noise in all series and two features: every fifth symbol, and a count. */
static void make_noise(void) {
    uint32_t state = 9;
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < UNITS * LENGTH; i++) {
        values[i] = (float)random_below(&state, 2001) / 1000 - 1;
    }
    for (size_t t = 0; t < LENGTH; t++) {
        rows[t * ROW + CHARNN_FEATURE_CAPITAL] = t % 5 == 0;
        rows[t * ROW + CHARNN_FEATURE_LINE_POSITION] = (unsigned char)(t % 17);
    }
}

static size_t rank(size_t threads, struct probe_match *matches) {
    struct error error = {0};
    struct thread_pool *pool;
    size_t count;
    ck_assert_int_eq(thread_pool_create(threads, &pool, &error), CHARNN_OK);
    ck_assert_int_eq(probe_features(&recording, rows, pool, matches, &count, &error), CHARNN_OK);
    thread_pool_destroy(pool);
    return count;
}

static const struct probe_match *match_of(const struct probe_match *matches, size_t count,
                                          enum feature_index feature) {
    for (size_t i = 0; i < count; i++) {
        if (matches[i].feature == feature) {
            return &matches[i];
        }
    }
    ck_abort_msg("no match for %s", features[feature].label);
}

/* Series 2 is high at capitals, 4 falls with the count: both without an exception. */
START_TEST(units_that_follow_a_feature_are_found) {
    struct probe_match matches[CHARNN_FEATURE_COUNT];
    make_noise();
    for (size_t t = 0; t < LENGTH; t++) {
        values[2 * LENGTH + t] = t % 5 == 0 ? 0.9F : -0.9F + (float)(t % 3) / 8;
        values[4 * LENGTH + t] = 3 - 2 * (float)(t % 17);
    }
    size_t count = rank(1, matches);
    ck_assert_uint_eq(count, 2);
    const struct probe_match *capital = match_of(matches, count, CHARNN_FEATURE_CAPITAL);
    ck_assert_uint_eq(capital->series, 2);
    ck_assert_double_eq(capital->first, 1);
    ck_assert_double_eq(capital->second, 1);
    const struct probe_match *line = match_of(matches, count, CHARNN_FEATURE_LINE_POSITION);
    ck_assert_uint_eq(line->series, 4);
    ck_assert_double_eq_tol(line->first, -1, 1e-4); /* the levels round the values */
    ck_assert_double_eq_tol(line->second, -1, 1e-4);
}
END_TEST

/* Unit 1 is perfect in the first half and the opposite in the second: it is chosen, and comes last.
 */
START_TEST(the_second_half_confirms) {
    struct probe_match matches[CHARNN_FEATURE_COUNT];
    make_noise();
    for (size_t t = 0; t < LENGTH; t++) {
        bool high = (t % 5 == 0) == (t < LENGTH / 2);
        values[LENGTH + t] = high ? 1 : 0;
    }
    size_t count = rank(1, matches);
    const struct probe_match *last = &matches[count - 1];
    ck_assert_int_eq(last->feature, CHARNN_FEATURE_CAPITAL);
    ck_assert_uint_eq(last->series, 1);
    ck_assert_double_eq(last->first, 1);
    ck_assert_double_eq(last->second, 0);
    ck_assert_double_eq(probe_strength(last->feature, last->second), -1);
}
END_TEST

/* The scores of noise, by definition: all pairs, and the formula of Pearson. Values are whole, so
 * that the levels do not round them. */
START_TEST(scores_follow_their_definitions) {
    struct probe_match matches[CHARNN_FEATURE_COUNT];
    uint32_t state = 77;
    make_noise();
    for (size_t unit = 0; unit < UNITS; unit++) {
        for (size_t t = 0; t < LENGTH; t++) {
            values[unit * LENGTH + t] = (float)random_below(&state, 256);
        }
        values[unit * LENGTH] = 0;
        values[unit * LENGTH + 1] = 255;
    }
    size_t count = rank(1, matches);
    for (size_t i = 0; i < count; i++) {
        const float *series = values + matches[i].series * LENGTH;
        for (size_t half = 0; half < 2; half++) {
            double pairs = 0, wins = 0, n = (double)LENGTH / 2;
            double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
            for (size_t a = half * LENGTH / 2; a < (half + 1) * LENGTH / 2; a++) {
                double x = series[a], y = rows[a * ROW + matches[i].feature];
                sx += x, sy += y, sxx += x * x, syy += y * y, sxy += x * y;
                for (size_t b = half * LENGTH / 2; b < (half + 1) * LENGTH / 2; b++) {
                    bool pair = y != 0 && rows[b * ROW + matches[i].feature] == 0;
                    pairs += pair;
                    wins += pair ? (series[a] > series[b]) + 0.5 * (series[a] == series[b]) : 0;
                }
            }
            double r = (sxy / n - sx / n * sy / n) /
                       sqrt((sxx / n - sx / n * sx / n) * (syy / n - sy / n * sy / n));
            ck_assert_double_eq_tol(half == 0 ? matches[i].first : matches[i].second,
                                    features[matches[i].feature].graded ? r : wins / pairs, 1e-12);
        }
    }
}
END_TEST

START_TEST(threads_do_not_change_the_ranking) {
    struct probe_match one[CHARNN_FEATURE_COUNT];
    struct probe_match three[CHARNN_FEATURE_COUNT];
    make_noise();
    size_t count = rank(1, one);
    ck_assert_uint_eq(rank(3, three), count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(one[i].feature, three[i].feature);
        ck_assert_uint_eq(one[i].series, three[i].series);
        ck_assert_double_eq(one[i].second, three[i].second);
    }
}
END_TEST

/* A feature needs symbols of both kinds in both halves, a series must vary. */
START_TEST(what_does_not_vary_is_left_out) {
    struct probe_match matches[CHARNN_FEATURE_COUNT];
    make_noise();
    for (size_t t = LENGTH / 2; t < LENGTH; t++) {
        rows[t * ROW + CHARNN_FEATURE_CAPITAL] = t < LENGTH / 2 + CHARNN_PROBE_LEAST - 1;
        rows[t * ROW + CHARNN_FEATURE_LINE_POSITION] = 3;
    }
    ck_assert_uint_eq(rank(1, matches), 0);
    make_noise();
    for (size_t i = 0; i < UNITS * LENGTH; i++) {
        values[i] = 0.25F;
    }
    ck_assert_uint_eq(rank(1, matches), 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_double_eq(probe_strength(matches[i].feature, matches[i].second), 0);
    }
}
END_TEST

START_TEST(levels_span_the_range) {
    const float few[] = {0.5F, -1, 3, 0};
    const struct probe_range range = probe_range(few, 4);
    ck_assert_float_eq(range.low, -1);
    ck_assert_float_eq(range.high, 3);
    ck_assert_uint_eq(probe_level(range, -1), 0);
    ck_assert_uint_eq(probe_level(range, 3), 255);
    ck_assert_uint_eq(probe_level(range, 1), 128);
    ck_assert_uint_eq(probe_level((struct probe_range){2, 2}, 2), 0);
}
END_TEST

START_TEST(gates_are_counted) {
    const float gate[] = {0.95F, 0.9F, 0.5F, 0.1F, 0.05F, 0.0F, 1.0F, 0.91F};
    const struct gate_use use = gate_use(gate, 8);
    ck_assert_double_eq(use.open, 3.0 / 8);
    ck_assert_double_eq(use.shut, 2.0 / 8);
}
END_TEST

/* What is left after the memory length is 1/e. */
START_TEST(memory_is_the_time_to_one_part_in_e) {
    const float half[] = {0.5F, 0.5F, 0.5F};
    const float mixed[] = {0.25F, 1, 1, 1};
    const float never[] = {1, 1};
    const float all[] = {1, 0};
    ck_assert_double_eq_tol(gate_memory(half, 3), 1 / log(2), 1e-12);
    ck_assert_double_eq_tol(gate_memory(mixed, 4), 4 / log(4), 1e-12);
    ck_assert(isinf(gate_memory(never, 2)));
    ck_assert_double_eq(gate_memory(all, 2), 0);
}
END_TEST

Suite *probe_suite(void) {
    Suite *suite = suite_create("probe");
    TCase *tcase = tcase_create("probe");
    tcase_add_test(tcase, units_that_follow_a_feature_are_found);
    tcase_add_test(tcase, the_second_half_confirms);
    tcase_add_test(tcase, scores_follow_their_definitions);
    tcase_add_test(tcase, threads_do_not_change_the_ranking);
    tcase_add_test(tcase, what_does_not_vary_is_left_out);
    tcase_add_test(tcase, levels_span_the_range);
    tcase_add_test(tcase, gates_are_counted);
    tcase_add_test(tcase, memory_is_the_time_to_one_part_in_e);
    suite_add_tcase(suite, tcase);
    return suite;
}
