/* The filters, compared with sorting. */
#include "infer/filters.h"
#include "kernels/dispatch.h"
#include "suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 20011 };

static const float *sorted_weights; /* for qsort() */

static int compare_ids(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    if (sorted_weights[x] != sorted_weights[y]) {
        return sorted_weights[x] > sorted_weights[y] ? -1 : 1;
    }
    return x < y ? -1 : 1;
}

/* Ids, the greatest weight first. */
static void sort_ids(const float *weights, size_t count, uint32_t *ids) {
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)i;
    }
    sorted_weights = weights;
    qsort(ids, count, sizeof *ids, compare_ids);
}

static struct candidates list(const float *weights, size_t count) {
    static uint64_t keys[MOST];
    struct candidates candidates = {.keys = keys};
    candidates_list(&candidates, weights, count);
    return candidates;
}

/* Several kinds: uniform, many equal, many orders of magnitude, a narrow range, all equal, half of
 * them 0, and a few with most of the weight. */
static void fill(float *weights, size_t count, int kind) {
    uint32_t state = 7;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        float unit = (float)(state >> 8) * 0x1p-24F;
        weights[i] = kind == 0   ? unit
                     : kind == 1 ? (float)(state >> 30) / 4
                     : kind == 2 ? expf(-60 * unit)
                     : kind == 3 ? 0.75F + unit * 1e-4F
                     : kind == 4 ? 0.5F
                     : kind == 5 ? (state >> 31 ? unit : 0)
                                 : unit * (i % 1000 == 7 ? 1 : 1e-4F);
    }
    weights[count / 2] = 1;
}

enum { KINDS = 7 };

static const size_t sizes[] = {1, 2, 7, 16, 65, 512, 1025, 4096, MOST};

START_TEST(top_k_keeps_the_greatest) {
    static float weights[MOST];
    static float kept[MOST];
    static uint32_t ids[MOST];
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t count = sizes[s];
        size_t ks[] = {1, 2, count / 3 + 1, count - count / 10, count, count + 1, SIZE_MAX};
        fill(weights, count, _i);
        sort_ids(weights, count, ids);
        for (size_t k = 0; k < sizeof ks / sizeof ks[0]; k++) {
            memcpy(kept, weights, sizeof kept);
            struct candidates candidates = list(kept, count);
            filter_top_k(&candidates, ks[k]);
            candidates_apply(&candidates, kept, count);
            for (size_t i = 0; i < count; i++) {
                float expected = i < ks[k] ? weights[ids[i]] : 0;
                assert_each(kept[ids[i]] == expected, "%zu of %zu, rank %zu", ks[k], count, i);
            }
        }
    }
}
END_TEST

START_TEST(top_p_keeps_the_smallest_set) {
    static float weights[MOST];
    static float kept[MOST];
    static uint32_t ids[MOST];
    static const double ps[] = {1e-9, 0.1, 0.5123, 0.9, 0.9999, 1};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t count = sizes[s];
        fill(weights, count, _i);
        sort_ids(weights, count, ids);
        double total = 0;
        for (size_t i = 0; i < count; i++) {
            total += (double)weights[i];
        }
        for (size_t p = 0; p < sizeof ps / sizeof ps[0]; p++) {
            memcpy(kept, weights, sizeof kept);
            struct candidates candidates = list(kept, count);
            filter_top_p(&candidates, ps[p]);
            candidates_apply(&candidates, kept, count);
            double sum = 0;
            for (size_t i = 0; i < count; i++) {
                float weight = weights[ids[i]];
                double missing = ps[p] * total - sum;
                if (fabs(missing) > 1e-9 * total) { /* rounding does not decide */
                    assert_each(kept[ids[i]] == (missing > 0 ? weight : 0), "%g of %zu, rank %zu",
                                ps[p], count, i);
                }
                sum += (double)weight;
            }
        }
    }
}
END_TEST

START_TEST(min_p_keeps_from_a_share_of_the_greatest) {
    static const float weights[6] = {0.5F, 1, 0, 0.2F, 0.1F, 0.5F};
    static const struct {
        double p;
        float kept[6];
    } cases[] = {
        {0, {0.5F, 1, 0, 0.2F, 0.1F, 0.5F}},
        {0.11, {0.5F, 1, 0, 0.2F, 0, 0.5F}},
        {0.5, {0.5F, 1, 0, 0, 0, 0.5F}},
        {0.51, {0, 1, 0, 0, 0, 0}},
        {1, {0, 1, 0, 0, 0, 0}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        float kept[6];
        memcpy(kept, weights, sizeof kept);
        struct candidates candidates = list(kept, 6);
        filter_min_p(&candidates, cases[c].p);
        candidates_apply(&candidates, kept, 6);
        for (size_t i = 0; i < 6; i++) {
            ck_assert_float_eq(kept[i], cases[c].kept[i]);
        }
    }
}
END_TEST

Suite *filters_suite(void) {
    Suite *suite = suite_create("filters");
    TCase *filters = tcase_create("filters");
    tcase_add_loop_test(filters, top_k_keeps_the_greatest, 0, KINDS);
    tcase_add_loop_test(filters, top_p_keeps_the_smallest_set, 0, KINDS);
    tcase_add_test(filters, min_p_keeps_from_a_share_of_the_greatest);
    suite_add_tcase(suite, filters);
    return suite;
}
