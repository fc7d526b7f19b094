#include "base/random.h"
#include "suites.h"

#include <stddef.h>

/*
 * Known answers of philox4x32-10, from the file kat_vectors of Random123 (D. E. Shaw Research).
 * The purpose is the fourth word of the counter.
 */
static void check_known_answer(const uint32_t counter[4], const uint32_t key[2],
                               const uint32_t expected[4]) {
    uint32_t words[4];
    random_words((uint64_t)key[1] << 32 | key[0], (enum random_purpose)counter[3], counter[0],
                 counter[1], counter[2], words);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(words[i], expected[i]);
    }
}

START_TEST(philox_of_zeros) {
    const uint32_t counter[4] = {0, 0, 0, 0};
    const uint32_t key[2] = {0, 0};
    const uint32_t expected[4] = {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8};
    check_known_answer(counter, key, expected);
}
END_TEST

START_TEST(philox_of_ones) {
    const uint32_t counter[4] = {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF};
    const uint32_t key[2] = {0xFFFFFFFF, 0xFFFFFFFF};
    const uint32_t expected[4] = {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD};
    check_known_answer(counter, key, expected);
}
END_TEST

START_TEST(philox_of_the_digits_of_pi) {
    const uint32_t counter[4] = {0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344};
    const uint32_t key[2] = {0xA4093822, 0x299F31D0};
    const uint32_t expected[4] = {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1};
    check_known_answer(counter, key, expected);
}
END_TEST

/* Checkpoints depend on these values. */
START_TEST(purposes_keep_their_values) {
    ck_assert_int_eq(CHARNN_RANDOM_WEIGHTS, 1);
    ck_assert_int_eq(CHARNN_RANDOM_DROPOUT, 2);
    ck_assert_int_eq(CHARNN_RANDOM_SAMPLE, 3);
}
END_TEST

START_TEST(every_argument_matters) {
    uint32_t words[6][4];
    random_words(1, CHARNN_RANDOM_WEIGHTS, 0, 0, 0, words[0]);
    random_words(1, CHARNN_RANDOM_DROPOUT, 0, 0, 0, words[1]);
    random_words(1, CHARNN_RANDOM_WEIGHTS, 1, 0, 0, words[2]);
    random_words(1, CHARNN_RANDOM_WEIGHTS, 0, 1, 0, words[3]);
    random_words(1, CHARNN_RANDOM_WEIGHTS, 0, 0, 1, words[4]);
    random_words(UINT64_C(1) << 32, CHARNN_RANDOM_WEIGHTS, 0, 0, 0, words[5]);
    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 0; j < i; j++) {
            ck_assert_uint_ne(words[i][0], words[j][0]);
        }
    }
}
END_TEST

START_TEST(units_are_below_one) {
    ck_assert(random_to_unit_float(0) == 0.0F);
    ck_assert(random_to_unit_float(0xFF) == 0.0F);
    ck_assert(random_to_unit_float(0x100) == 0x1p-24F);
    ck_assert(random_to_unit_float(0x80000000) == 0.5F);
    ck_assert(random_to_unit_float(0xFFFFFFFF) == 1.0F - 0x1p-24F);
    ck_assert(random_to_unit_double(0, 0) == 0.0);
    ck_assert(random_to_unit_double(0, 0x7FF) == 0.0);
    ck_assert(random_to_unit_double(0, 0x800) == 0x1p-53);
    ck_assert(random_to_unit_double(0x80000000, 0) == 0.5);
    ck_assert(random_to_unit_double(0xFFFFFFFF, 0xFFFFFFFF) == 1.0 - 0x1p-53);
}
END_TEST

START_TEST(seeds_from_the_system_fit_a_json_number) {
    uint64_t seen = 0;
    uint64_t first = random_seed_from_system();
    for (int i = 0; i < 100; i++) {
        uint64_t seed = random_seed_from_system();
        ck_assert_uint_lt(seed, UINT64_C(1) << 53);
        seen |= seed ^ first;
    }
    ck_assert_uint_ne(seen, 0);
}
END_TEST

Suite *random_suite(void) {
    Suite *suite = suite_create("random");
    TCase *test = tcase_create("random");
    tcase_add_test(test, philox_of_zeros);
    tcase_add_test(test, philox_of_ones);
    tcase_add_test(test, philox_of_the_digits_of_pi);
    tcase_add_test(test, purposes_keep_their_values);
    tcase_add_test(test, every_argument_matters);
    tcase_add_test(test, units_are_below_one);
    tcase_add_test(test, seeds_from_the_system_fit_a_json_number);
    suite_add_tcase(suite, test);
    return suite;
}
