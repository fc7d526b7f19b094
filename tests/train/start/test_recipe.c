/* Values of the table in models/quality/README.md. */
#include "suites.h"
#include "train/start/recipe.h"

#include <stdint.h>

static struct recipe recipe_of(struct recipe_case about) {
    struct recipe recipe = {0};
    recipe_for(&about, &recipe);
    return recipe;
}

START_TEST(small_texts_get_fewer_streams_and_more_epochs) {
    static const struct {
        size_t symbols, batch, epochs;
    } cases[] = {{0, 8, 50},        {27000, 8, 50},   {119999, 8, 50},   {120000, 16, 50},
                 {200000, 24, 50},  {440000, 48, 45}, {1003854, 50, 20}, {2900000, 50, 7},
                 {45000000, 50, 2}, {SIZE_MAX, 50, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct recipe recipe = recipe_of((struct recipe_case){
            .symbols = cases[i].symbols, .parameters = 242497, .is_lstm = true});
        ck_assert_uint_eq(recipe.batch_size, cases[i].batch);
        ck_assert_uint_eq(recipe.max_epochs, cases[i].epochs);
    }
}
END_TEST

/* Tiny Shakespeare, 2 layers of 128 units. */
START_TEST(longer_runs_get_lower_rates_and_more_dropout) {
    static const struct {
        double epochs, rate, dropout, recurrent_dropout;
    } cases[] = {{1, 0.016, 0, 0.05},      {4, 0.016, 0, 0.05},      {16, 0.008, 0.04, 0.11},
                 {50, 0.0045, 0.07, 0.16}, {400, 0.004, 0.13, 0.25}, {0, 0.0071, 0.05, 0.12}};
    struct recipe_case about = {.symbols = 1003854, .parameters = 242497, .is_lstm = true};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        about.epochs = cases[i].epochs;
        struct recipe recipe = recipe_of(about);
        ck_assert_double_eq_tol(recipe.learning_rate, cases[i].rate, 1e-9);
        ck_assert_double_eq_tol(recipe.dropout, cases[i].dropout, 1e-9);
        ck_assert_double_eq_tol(recipe.recurrent_dropout, cases[i].recurrent_dropout, 1e-9);
    }
}
END_TEST

START_TEST(more_parameters_get_more_dropout) {
    struct recipe_case about = {
        .symbols = 27000, .parameters = 242497, .epochs = 50, .is_lstm = true};
    ck_assert_double_eq_tol(recipe_of(about).dropout, 0.18, 1e-9);
    ck_assert_double_eq_tol(recipe_of(about).recurrent_dropout, 0.31, 1e-9);
    about.parameters = SIZE_MAX;
    ck_assert_double_eq_tol(recipe_of(about).dropout, 0.3, 1e-9);
    ck_assert_double_eq_tol(recipe_of(about).recurrent_dropout, 0.4, 1e-9);
}
END_TEST

START_TEST(steps_cells_and_weights_count_for_the_rate) {
    struct recipe_case about = {.symbols = 1003854, .parameters = 242497, .epochs = 16};
    ck_assert_double_eq_tol(recipe_of(about).learning_rate, 0.004, 1e-9);
    about.is_lstm = true;
    about.step = 10000; /* a quarter of the steps */
    ck_assert_double_eq_tol(recipe_of(about).learning_rate, 0.016, 1e-9);
    about.is_trained = true;
    ck_assert_double_eq_tol(recipe_of(about).learning_rate, 0.004, 1e-9);
    ck_assert_double_eq(recipe_of(about).recurrent_dropout, 0);
}
END_TEST

Suite *recipe_suite(void) {
    Suite *suite = suite_create("recipe");
    TCase *cases = tcase_create("recipe");
    tcase_add_test(cases, small_texts_get_fewer_streams_and_more_epochs);
    tcase_add_test(cases, longer_runs_get_lower_rates_and_more_dropout);
    tcase_add_test(cases, more_parameters_get_more_dropout);
    tcase_add_test(cases, steps_cells_and_weights_count_for_the_rate);
    suite_add_tcase(suite, cases);
    return suite;
}
