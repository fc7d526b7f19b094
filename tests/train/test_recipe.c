/* Values of the table in models/quality/README.md. */
#include "suites.h"
#include "train/recipe.h"

START_TEST(small_texts_get_fewer_streams) {
    static const struct {
        size_t symbols, batch;
    } cases[] = {{0, 8},       {27000, 8},   {119999, 8},  {120000, 16}, {153000, 16}, {199999, 16},
                 {200000, 24}, {360000, 40}, {439999, 40}, {440000, 48}, {479999, 48}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe recipe = {0};
        ck_assert(recipe_for(cases[i].symbols, &recipe));
        ck_assert_uint_eq(recipe.batch_size, cases[i].batch);
        ck_assert_double_eq(recipe.learning_rate, 0.004);
    }
}
END_TEST

START_TEST(large_texts_keep_the_defaults) {
    static const size_t sizes[] = {480000, 1003854, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct recipe recipe = {.batch_size = 7, .learning_rate = 7};
        ck_assert(!recipe_for(sizes[i], &recipe));
        ck_assert_uint_eq(recipe.batch_size, 7);
        ck_assert_double_eq(recipe.learning_rate, 7);
    }
}
END_TEST

Suite *recipe_suite(void) {
    Suite *suite = suite_create("recipe");
    TCase *cases = tcase_create("recipe");
    tcase_add_test(cases, small_texts_get_fewer_streams);
    tcase_add_test(cases, large_texts_keep_the_defaults);
    suite_add_tcase(suite, cases);
    return suite;
}
