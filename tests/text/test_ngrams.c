/* n-gram models, compared with fractions worked out by hand and with loops that count each gram
 * where it is needed. */
#include "suites.h"
#include "text/ngrams.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SYMBOLS = 4, END = 3, TRAINING = 90, PASSAGE = 40, MOST = 200 };

static struct ngrams *create(const struct ngrams_plan *plan) {
    struct error error = {0};
    struct ngrams *ngrams;
    ck_assert_int_eq(ngrams_create(plan, &ngrams, &error), CHARNN_OK);
    return ngrams;
}

/* The probability of the last symbol of a passage by the model with n = `longest`. Letters are
 * symbols: a is 0. */
static double last_probability(const char *training, const char *passage, size_t vocab,
                               size_t longest) {
    int32_t ids[MOST];
    struct ngrams_plan plan = {.ids = ids, .vocab = vocab, .end = -1, .longest = longest};
    for (const char *c = training; *c != '\0'; c++) {
        ids[plan.training++] = *c - 'a';
    }
    for (const char *c = passage; *c != '\0'; c++) {
        ids[plan.training + plan.passage++] = *c - 'a';
    }
    struct ngrams *ngrams = create(&plan);
    const double *probabilities = ngrams_next(ngrams);
    for (size_t n = 1; n < longest; n++) {
        probabilities = ngrams_next(ngrams);
    }
    double last = probabilities[plan.passage - 1];
    ngrams_destroy(ngrams);
    return last;
}

/*
 * abcab. No count of counts allows a discount, so they are 0.5, 1 and 1.5.
 *   n = 1     a 2, b 2, c 1 of 5; discounts sum to 2.5:
 *             p(a) = p(b) = (2 - 1 + 2.5/3) / 5 = 11/30, p(c) = (1 - 0.5 + 2.5/3) / 5 = 8/30
 *   below     before a are c and the start, before b is a, before c is b; discounts sum to 2:
 *             q(a) = (2 - 1 + 2/3) / 4 = 5/12, q(b) = q(c) = (1 - 0.5 + 2/3) / 4 = 7/24
 *   n = 2     p(b|a) = (2 - 1 + q(b)) / 2 = 31/48, p(a|a) = q(a) / 2 = 5/24, p(c|a) = q(c) / 2;
 *             p(c|b) = 1 - 0.5 + 0.5 q(c) = 31/48
 *   below     before ab are c and the start: q(b|a) = (2 - 1 + q(b)) / 2 = 31/48
 *   n = 3     p(b|ca) = 1 - 0.5 + 0.5 q(b|a) = 79/96; the text has no bb, so p(c|bb) = q(c|b)
 */
START_TEST(hand_made_counts) {
    static const struct {
        const char *passage;
        size_t longest;
        double wanted;
    } rows[] = {
        {"a", 1, 11. / 30},   {"b", 1, 11. / 30},   {"c", 1, 8. / 30},
        {"ab", 2, 31. / 48},  {"aa", 2, 5. / 24},   {"ac", 2, 7. / 48},
        {"bc", 2, 31. / 48},  {"cab", 3, 79. / 96}, {"bab", 3, 31. / 48},
        {"bbc", 3, 31. / 48}, {"bcc", 3, 7. / 96},  {"ab", 3, 31. / 48},
        {"b", 20, 7. / 24},   {"a", 20, 5. / 12},   {"abcab", 20, 0.5 + 0.25 + 79. / 96 / 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double found = last_probability("abcab", rows[i].passage, 3, rows[i].longest);
        ck_assert_msg(fabs(found - rows[i].wanted) < 1e-15, "%s, n = %zu: %.17g, not %.17g",
                      rows[i].passage, rows[i].longest, found, rows[i].wanted);
    }
}
END_TEST

/* n1 = 4, n2 = 2, n3 = 1, n4 = 1, so y = 1/2 and the discounts are 1 - 1/2, 2 - 3/4 and 3 - 2. */
START_TEST(discounts_come_from_the_counts) {
    static const char training[] = "abcdefefgghghhh";
    static const double wanted[] = {0.0875,  0.0875,  0.0875, 0.0875,
                                    5. / 48, 5. / 48, 0.1875, 61. / 240};
    for (size_t i = 0; i < 8; i++) {
        const char passage[] = {(char)('a' + i), '\0'};
        double found = last_probability(training, passage, 8, 1);
        ck_assert_msg(fabs(found - wanted[i]) < 1e-15, "%s: %.17g", passage, found);
    }
}
END_TEST

/* The same by the definition, as loops over the text. */
struct reference {
    const int32_t *ids; /* the text, then the passage */
    int32_t end;
    size_t n; /* of the model */
};

static bool stays_in_record(const struct reference *r, const int32_t *gram, size_t length) {
    for (size_t i = 1; i + 1 < length; i++) {
        if (gram[i] == r->end) {
            return false;
        }
    }
    return true;
}

/* a of a gram. */
static size_t count(const struct reference *r, const int32_t *gram, size_t length) {
    bool occurrences = length == r->n || (length > 1 && gram[0] == r->end);
    bool seen[SYMBOLS + 1] = {false};
    size_t a = 0;
    for (size_t s = 0; s + length <= TRAINING; s++) {
        bool read_only = length == 1 && s == 0 && r->ids[0] == r->end;
        size_t before = s > 0 ? (size_t)r->ids[s - 1] : SYMBOLS;
        if (!read_only && memcmp(r->ids + s, gram, length * sizeof *gram) == 0) {
            a += occurrences || !seen[before];
            seen[before] = true;
        }
    }
    return a;
}

/* The discount of a, among the grams of that length. */
static double discount(const struct reference *r, size_t length, size_t a) {
    double numbers[5] = {0};
    for (size_t s = 0; s + length <= TRAINING; s++) {
        bool first = stays_in_record(r, r->ids + s, length);
        for (size_t before = 0; first && before < s; before++) {
            first = memcmp(r->ids + before, r->ids + s, length * sizeof *r->ids) != 0 ||
                    (length == 1 && before == 0 && r->ids[0] == r->end);
        }
        size_t own = first ? count(r, r->ids + s, length) : 0;
        numbers[own < 5 ? own : 0]++;
    }
    double y = numbers[1] / (numbers[1] + 2 * numbers[2]);
    const double d[] = {0, 1 - 2 * y * numbers[2] / numbers[1], 2 - 3 * y * numbers[3] / numbers[2],
                        3 - 4 * y * numbers[4] / numbers[3]};
    static const double fallback[] = {0, 0.5, 1, 1.5};
    bool possible = numbers[1] > 0 && numbers[2] > 0 && numbers[3] > 0 && numbers[4] > 0 &&
                    d[1] > 0 && d[1] <= 1 && d[2] > 0 && d[2] <= 2 && d[3] > 0 && d[3] <= 3;
    return (possible ? d : fallback)[a < 3 ? a : 3];
}

/* p(gram[length - 1] | the symbols before it), from the shortest context to the longest. */
static double probability(const struct reference *r, const double discounts[][4],
                          const int32_t *gram, size_t length) {
    double p = 1. / SYMBOLS;
    for (size_t m = 1; m <= length; m++) {
        int32_t other[CHARNN_NGRAMS_LONGEST];
        double sum = 0;
        double spared = 0;
        memcpy(other, gram + length - m, m * sizeof *gram);
        for (int32_t w = 0; w < SYMBOLS; w++) {
            other[m - 1] = w;
            size_t a = count(r, other, m);
            sum += (double)a;
            spared += discounts[m][a < 3 ? a : 3];
        }
        size_t a = count(r, gram + length - m, m);
        p = sum > 0 ? ((double)a - discounts[m][a < 3 ? a : 3] + spared * p) / sum : p;
    }
    return p;
}

/* A text that repeats itself, so that it has long grams of every kind. */
static void make_ids(int32_t ids[TRAINING + PASSAGE], uint32_t seed, bool records) {
    uint32_t state = seed;
    int32_t last = 0;
    for (size_t i = 0; i < TRAINING + PASSAGE; i++) {
        state = state * 1664525 + 1013904223;
        int32_t id = (int32_t)((state >> 20) % SYMBOLS);
        if (i > 30 && (state >> 28) < 14) {
            id = ids[(state >> 16) % 16 == 0 ? i - 1 - (state >> 8) % 30 : i - 30];
        }
        if (id == END && (!records || last == END)) {
            id = 0;
        }
        ids[i] = last = id;
    }
    if (records) {
        ids[0] = ids[TRAINING - 1] = ids[TRAINING] = END;
        ids[1] = ids[TRAINING - 2] = ids[TRAINING + 1] = 2;
    }
}

static void compare_model(const struct reference *r, const double *found) {
    double discounts[CHARNN_NGRAMS_LONGEST + 1][4];
    for (size_t length = 1; length <= r->n; length++) {
        for (size_t a = 0; a < 4; a++) {
            discounts[length][a] = discount(r, length, a);
        }
    }
    size_t start = TRAINING;
    for (size_t t = TRAINING; t < TRAINING + PASSAGE; t++) {
        size_t length = t - start + 1 < r->n ? t - start + 1 : r->n;
        double wanted = probability(r, discounts, r->ids + t + 1 - length, length);
        assert_each(fabs(found[t - TRAINING] - wanted) < 1e-13,
                    "n = %zu, symbol %zu: %.17g, not %.17g", r->n, t - TRAINING,
                    found[t - TRAINING], wanted);
        start = r->ids[t] == r->end ? t : start;
    }
}

START_TEST(models_are_those_of_the_definition) {
    int32_t ids[TRAINING + PASSAGE] = {0};
    bool records = _i % 2 == 1;
    make_ids(ids, 11 + (uint32_t)_i, records);
    const struct ngrams_plan plan = {.ids = ids,
                                     .training = TRAINING,
                                     .passage = PASSAGE,
                                     .vocab = SYMBOLS,
                                     .end = records ? END : -1,
                                     .longest = CHARNN_NGRAMS_LONGEST};
    struct ngrams *ngrams = create(&plan);
    for (size_t n = 1; n <= plan.longest; n++) {
        const struct reference r = {.ids = ids, .end = plan.end, .n = n};
        compare_model(&r, ngrams_next(ngrams));
    }
    ngrams_destroy(ngrams);
}
END_TEST

/* The sum over all symbols after the first `context` symbols of the passage, for each n. */
static void sum_over_symbols(int32_t *ids, size_t context, int32_t end, double *sums) {
    for (size_t n = 0; n < CHARNN_NGRAMS_LONGEST; n++) {
        sums[n] = 0;
    }
    for (int32_t w = 0; w < SYMBOLS; w++) {
        const struct ngrams_plan plan = {.ids = ids,
                                         .training = TRAINING,
                                         .passage = context + 1,
                                         .vocab = SYMBOLS,
                                         .end = end,
                                         .longest = CHARNN_NGRAMS_LONGEST};
        ids[TRAINING + context] = w;
        struct ngrams *ngrams = create(&plan);
        for (size_t n = 0; n < CHARNN_NGRAMS_LONGEST; n++) {
            double p = ngrams_next(ngrams)[context];
            assert_each(p > 0, "n = %zu: no probability for %d", n + 1, w);
            sums[n] += p;
        }
        ngrams_destroy(ngrams);
    }
}

/* After contexts that the text has and after others; V includes a symbol that it lacks. */
START_TEST(probabilities_sum_to_1) {
    int32_t ids[TRAINING + PASSAGE] = {0};
    double sums[CHARNN_NGRAMS_LONGEST];
    for (size_t context = 0; context + 1 < PASSAGE; context++) {
        bool records = _i % 2 == 1;
        make_ids(ids, 5 + (uint32_t)_i, records);
        sum_over_symbols(ids, context, records ? END : -1, sums);
        for (size_t n = 0; n < CHARNN_NGRAMS_LONGEST; n++) {
            assert_each(fabs(sums[n] - 1) < 1e-12, "n = %zu after %zu symbols: %.17g", n + 1,
                        context, sums[n]);
        }
    }
}
END_TEST

START_TEST(too_long_a_text_is_refused) {
    const struct ngrams_plan plan = {
        .training = SIZE_MAX / 64, .passage = 1, .vocab = SYMBOLS, .end = -1, .longest = 3};
    struct ngrams *ngrams;
    struct error error = {0};
    ck_assert_int_eq(ngrams_create(&plan, &ngrams, &error), CHARNN_ERROR_MEMORY);
    ck_assert_ptr_nonnull(strstr(error.message, "is too long to count its n-grams"));
    const struct ngrams_plan over = {.training = SIZE_MAX / 2, .passage = 1, .vocab = SYMBOLS};
    ck_assert_uint_eq(ngrams_memory(&over), SIZE_MAX);
}
END_TEST

Suite *ngrams_suite(void) {
    Suite *suite = suite_create("ngrams");
    TCase *tcase = tcase_create("ngrams");
    tcase_add_test(tcase, hand_made_counts);
    tcase_add_test(tcase, discounts_come_from_the_counts);
    tcase_add_loop_test(tcase, models_are_those_of_the_definition, 0, 6);
    tcase_add_loop_test(tcase, probabilities_sum_to_1, 0, 2);
    tcase_add_test(tcase, too_long_a_text_is_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}
