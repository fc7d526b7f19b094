#include "base/permutation.h"
#include "suites.h"

#include <stdbool.h>
#include <string.h>

enum { LARGEST = 1000 };

/* Any number of elements: every place is taken once. */
START_TEST(places_are_taken_once) {
    static bool taken[LARGEST];
    static const size_t counts[] = {1, 2, 3, 4, 5, 16, 17, 255, 256, 257, LARGEST};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint32_t number = 0; number < 4; number++) {
            struct permutation permutation;
            permutation_init(&permutation, counts[i], 123, number);
            memset(taken, 0, sizeof taken);
            for (size_t j = 0; j < counts[i]; j++) {
                size_t place = permutation_at(&permutation, j);
                ck_assert_uint_lt(place, counts[i]);
                ck_assert_msg(!taken[place], "%zu of %zu is taken twice", place, counts[i]);
                taken[place] = true;
            }
        }
    }
}
END_TEST

/* The places of elements 0 and 1 of 4: 12 pairs, equally often. */
START_TEST(orders_are_equally_likely) {
    size_t times[4][4] = {{0}};
    const uint32_t draws = 12000;
    for (uint32_t number = 0; number < draws; number++) {
        struct permutation permutation;
        permutation_init(&permutation, 4, 7, number);
        times[permutation_at(&permutation, 0)][permutation_at(&permutation, 1)]++;
    }
    double chi_square = 0;
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(times[i][i], 0);
        for (size_t j = 0; j < 4; j++) {
            double difference = (double)times[i][j] - draws / 12.0;
            chi_square += i != j ? difference * difference / (draws / 12.0) : 0;
        }
    }
    ck_assert_double_lt(chi_square, 31.26); /* 11 degrees of freedom, p = 0.001 */
}
END_TEST

START_TEST(seeds_and_numbers_give_other_orders) {
    struct permutation permutations[3];
    permutation_init(&permutations[0], LARGEST, 1, 0);
    permutation_init(&permutations[1], LARGEST, 2, 0);
    permutation_init(&permutations[2], LARGEST, 1, 1);
    for (size_t other = 1; other < 3; other++) {
        size_t same = 0;
        for (size_t i = 0; i < LARGEST; i++) {
            same += permutation_at(&permutations[0], i) == permutation_at(&permutations[other], i);
        }
        ck_assert_uint_lt(same, 10); /* 1 on average */
    }
}
END_TEST

Suite *permutation_suite(void) {
    Suite *suite = suite_create("permutation");
    TCase *tcase = tcase_create("permutation");
    tcase_add_test(tcase, places_are_taken_once);
    tcase_add_test(tcase, orders_are_equally_likely);
    tcase_add_test(tcase, seeds_and_numbers_give_other_orders);
    suite_add_tcase(suite, tcase);
    return suite;
}
