#include "base/hash_set.h"
#include "suites.h"

START_TEST(has_what_was_added) {
    enum { COUNT = 5000 };
    struct error error = {0};
    struct hash_set set = {0};
    ck_assert(!hash_set_has(&set, 1));
    /* Every second hash ends in the same bits, so that slots collide. */
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t hash = i % 2 == 0 ? (i << 20) + 7 : i * UINT64_C(0x9E3779B97F4A7C15);
        for (int twice = 0; twice < 2; twice++) {
            ck_assert_int_eq(hash_set_add(&set, hash, &error), CHARNN_OK);
        }
        ck_assert_uint_eq(set.count, i + 1);
    }
    for (uint64_t i = 1; i < 2 * COUNT; i++) {
        bool added = i < COUNT; /* 0 is no hash */
        assert_each(hash_set_has(&set, (i << 20) + 7) == (added && i % 2 == 0), "%d", (int)i);
        assert_each(hash_set_has(&set, i * UINT64_C(0x9E3779B97F4A7C15)) == (added && i % 2 == 1),
                    "%d", (int)i);
    }
    hash_set_deinit(&set);
}
END_TEST

Suite *hash_set_suite(void) {
    Suite *suite = suite_create("hash_set");
    TCase *tcase = tcase_create("hash_set");
    tcase_add_test(tcase, has_what_was_added);
    suite_add_tcase(suite, tcase);
    return suite;
}
