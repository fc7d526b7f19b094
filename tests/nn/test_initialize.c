/* Initial weights, compared with what their sources ask for. */
#include "nn/initialize.h"
#include "suites.h"

#include <math.h>
#include <string.h>

enum { VOCAB = 40, UNITS = 33, LAYERS = 2 };

static struct model *make(const char *cell, enum init_kind kind, uint64_t seed) {
    struct error error = {0};
    struct model *model;
    struct model_shape shape = {
        .cell = cell_find(cell), .vocab = VOCAB, .hidden = UNITS, .layers = LAYERS};
    ck_assert_int_eq(model_create(&shape, false, &model, &error), CHARNN_OK);
    ck_assert_int_eq(model_initialize_as(model, kind, 0.08, seed, &error), CHARNN_OK);
    return model;
}

static const char *const cells[] = {"lstm", "gru", "rnn"};

/* A tensor in PyTorch's order, [blocks * block_size][inputs]. */
static const float *get(const struct model *model, const struct parameter *p) {
    static float values[4 * UNITS * VOCAB];
    parameter_export(p, model->parameters.values, values);
    return values;
}

static void check_biases(const struct model *model) {
    int forget = model->shape.cell->forget_gate;
    for (size_t l = 0; l < LAYERS; l++) {
        const struct parameter *bias = model_layer(model, l).bias_ih;
        for (size_t i = 0; i < bias->blocks * UNITS; i++) {
            ck_assert_float_eq(get(model, bias)[i], (int)(i / UNITS) == forget ? 1 : 0);
        }
        bias = model_layer(model, l).bias_hh;
        for (size_t i = 0; i < bias->blocks * UNITS; i++) {
            ck_assert_float_eq(get(model, bias)[i], 0);
        }
    }
}

/* One gate of a matrix is uniform in +-sqrt(6 / (inputs + outputs)). */
static void check_xavier(const float *block, size_t outputs, size_t inputs) {
    double limit = sqrt(6.0 / (double)(inputs + outputs));
    double count = (double)(inputs * outputs);
    double most = 0;
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < inputs * outputs; i++) {
        most = fmax(most, fabs((double)block[i]));
        sum += (double)block[i];
        squares += (double)block[i] * (double)block[i];
    }
    ck_assert_double_le(most, limit);
    ck_assert_double_gt(most, 0.98 * limit);
    ck_assert_double_eq_tol(sum / count, 0, 4 * limit / sqrt(3 * count));
    ck_assert_double_eq_tol(squares / count, limit * limit / 3, 0.1 * limit * limit / 3);
}

START_TEST(matrices_are_of_their_kind) {
    enum init_kind kind = _i / 3 == 0   ? CHARNN_INIT_XAVIER
                          : _i / 3 == 1 ? CHARNN_INIT_ORTHOGONAL
                                        : CHARNN_INIT_IDENTITY;
    struct model *model = make(cells[_i % 3], kind, 1);
    check_biases(model);
    for (size_t l = 0; l < LAYERS; l++) {
        const struct layer_parameters layer = model_layer(model, l);
        size_t inputs = layer.weight_ih->inputs;
        for (size_t gate = 0; gate < layer.weight_hh->blocks; gate++) {
            check_xavier(get(model, layer.weight_ih) + gate * UNITS * inputs, UNITS, inputs);
            const float *w = get(model, layer.weight_hh) + gate * UNITS * UNITS;
            if (kind == CHARNN_INIT_XAVIER) {
                check_xavier(w, UNITS, UNITS);
                continue;
            }
            for (size_t i = 0; i < UNITS * UNITS; i++) {
                size_t row = i / UNITS;
                size_t column = i % UNITS;
                double product = 0; /* of W and its transpose */
                for (size_t k = 0; k < UNITS; k++) {
                    product += (double)w[row * UNITS + k] * (double)w[column * UNITS + k];
                }
                double value = kind == CHARNN_INIT_IDENTITY ? (double)w[i] : product;
                ck_assert_double_eq_tol(value, row == column ? 1 : 0,
                                        kind == CHARNN_INIT_IDENTITY ? 1e-12 : 1e-6);
            }
        }
    }
    check_xavier(get(model, model_decoder_weight(model)), VOCAB, UNITS);
    for (size_t v = 0; v < VOCAB; v++) {
        ck_assert_float_eq(get(model, model_decoder_bias(model))[v], 0);
    }
    model_destroy(model);
}
END_TEST

START_TEST(a_seed_gives_the_same_weights) {
    enum init_kind kind = (enum init_kind)_i;
    struct model *models[] = {make("lstm", kind, 7), make("lstm", kind, 7), make("lstm", kind, 8)};
    size_t bytes = models[0]->parameters.size * sizeof(float);
    ck_assert_mem_eq(models[0]->parameters.values, models[1]->parameters.values, bytes);
    ck_assert_mem_ne(models[0]->parameters.values, models[2]->parameters.values, bytes);
    model_initialize(models[2], 0.08, 7);
    int same = memcmp(models[0]->parameters.values, models[2]->parameters.values, bytes) == 0;
    ck_assert_int_eq(same, kind == CHARNN_INIT_UNIFORM);
    for (size_t i = 0; i < 3; i++) {
        model_destroy(models[i]);
    }
}
END_TEST

Suite *initialize_suite(void) {
    Suite *suite = suite_create("initialize");
    TCase *tcase = tcase_create("initialize");
    tcase_add_loop_test(tcase, matrices_are_of_their_kind, 0, 9);
    tcase_add_loop_test(tcase, a_seed_gives_the_same_weights, 0, CHARNN_INIT_IDENTITY + 1);
    suite_add_tcase(suite, tcase);
    return suite;
}
