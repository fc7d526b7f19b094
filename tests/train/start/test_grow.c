/* model_grow(): old weights keep their bits, new ones are those of a new model. */
#include "base/memory.h"
#include "suites.h"
#include "train/start/grow.h"

#include <string.h>

enum { OLD = 15, NEW = 18, UNITS = 5, SEED = 3 };

static struct model *make_model(const struct cell *cell, size_t vocab) {
    struct error error = {0};
    struct model *model;
    const struct model_shape shape = {.cell = cell, .vocab = vocab, .hidden = UNITS, .layers = 2};
    ck_assert_int_eq(model_create(&shape, true, &model, &error), CHARNN_OK);
    model_initialize(model, 0.5, SEED);
    return model;
}

static float *export(const struct model *model, size_t parameter) {
    const struct parameter *p = &model->parameters.table[parameter];
    struct error error = {0};
    void *memory;
    ck_assert_int_eq(
        memory_allocate(parameter_elements(p), sizeof(float), "a copy", &memory, &error),
        CHARNN_OK);
    parameter_export(p, model->parameters.values, memory);
    return memory;
}

START_TEST(rows_are_added) {
    const struct cell *cell = cell_at((size_t)_i);
    struct model *old = make_model(cell, OLD);
    struct model *fresh = make_model(cell, NEW); /* with the same seed */
    struct model *grown;
    struct error error = {0};
    ck_assert_int_eq(model_grow(old, NEW, 0.5, SEED, &grown, &error), CHARNN_OK);
    ck_assert_uint_eq(grown->shape.vocab, NEW);
    ck_assert_ptr_nonnull(grown->parameters.gradients);
    float lowest = 1;
    for (size_t i = 0; i < old->parameters.count; i++) {
        const struct parameter *p = &old->parameters.table[i];
        bool input = p == model_layer(old, 0).weight_ih;
        bool output = p == model_decoder_weight(old);
        bool bias = p == model_decoder_bias(old);
        float *a = export(old, i);
        float *b = export(grown, i);
        float *c = export(fresh, i);
        size_t columns = input ? NEW : p->inputs;
        size_t rows = output || bias ? NEW : parameter_outputs(p);
        ck_assert_uint_eq(parameter_elements(&grown->parameters.table[i]), rows * columns);
        for (size_t r = 0; bias && r < OLD; r++) {
            lowest = a[r] < lowest ? a[r] : lowest;
        }
        for (size_t r = 0; r < rows; r++) {
            for (size_t k = 0; k < columns; k++) {
                bool added = r >= parameter_outputs(p) || k >= p->inputs;
                float wanted = !added ? a[r * p->inputs + k] : bias ? lowest : c[r * columns + k];
                ck_assert(b[r * columns + k] == wanted);
            }
        }
        memory_free(a);
        memory_free(b);
        memory_free(c);
    }
    model_destroy(grown);
    model_destroy(fresh);
    model_destroy(old);
}
END_TEST

Suite *grow_suite(void) {
    Suite *suite = suite_create("grow");
    TCase *rows = tcase_create("rows");
    tcase_add_loop_test(rows, rows_are_added, 0, (int)cell_count);
    suite_add_tcase(suite, rows);
    return suite;
}
