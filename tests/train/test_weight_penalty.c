/* Penalties on weights, by hand. */
#include "nn/model.h"
#include "suites.h"
#include "train/weight_penalty.h"

#include <string.h>

/* l1 * sign(w) + l2 * w in powers of two is exact: in matrices only, beside what was there. */
START_TEST(matrices_have_both_gradients) {
    static const float weights[] = {0, 0.5F, -0.25F};
    static const float sums[] = {1, 1 + 0.25F + 0.0625F, 1 - 0.25F - 0.03125F};
    const struct train_settings settings = {.l1 = 0.25, .l2 = 0.125};
    const struct model_shape shape = {
        .cell = cell_find("lstm"), .vocab = 5, .hidden = 3, .layers = 2, .peephole = true};
    struct error error = {0};
    struct thread_pool *pool;
    struct model *model;
    size_t matrices = 0;
    ck_assert_int_eq(thread_pool_create((size_t)_i, &pool, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, true, &model, &error), CHARNN_OK);
    struct parameters *parameters = &model->parameters;
    for (size_t i = 0; i < parameters->size; i++) {
        parameters->values[i] = weights[i % 3];
        parameters->gradients[i] = 1;
    }
    weight_penalty_add(&settings, parameters, pool);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        matrices += p->rank == 2;
        for (size_t j = p->offset; j < p->offset + p->inputs * p->stride; j++) {
            ck_assert_float_eq(parameters->gradients[j], p->rank == 2 ? sums[j % 3] : 1);
            ck_assert_float_eq(parameters->values[j], weights[j % 3]);
        }
    }
    ck_assert_uint_eq(matrices, 5);
    model_destroy(model);
    thread_pool_destroy(pool);
}
END_TEST

Suite *weight_penalty_suite(void) {
    Suite *suite = suite_create("weight_penalty");
    TCase *tcase = tcase_create("weight_penalty");
    tcase_add_loop_test(tcase, matrices_have_both_gradients, 1, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
