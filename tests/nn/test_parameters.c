/* The parameter table: names, shapes, memory layout and initial values. */
#include "suites.h"
#include "support/compare.h"
#include "support/engine.h"
#include "support/reference_rnn.h"

#include <stdlib.h>
#include <string.h>

/* --- one tensor ---------------------------------------------------------------------------- */

/* Two gates of two units with three inputs, after 16 floats of another parameter. */
static const struct parameter matrix = {
    .name = "matrix",
    .rank = 2,
    .inputs = 3,
    .blocks = 2,
    .block_size = 2,
    .block_stride = 16,
    .stride = 32,
    .offset = 16,
};

/* As PyTorch prints it: a row per gate and unit, a column per input. */
static const float dense_matrix[12] = {
    11, 12, 13, /* gate 0, unit 0 */
    21, 22, 23, /* gate 0, unit 1 */
    31, 32, 33, /* gate 1, unit 0 */
    41, 42, 43, /* gate 1, unit 1 */
};

enum { MATRIX_END = 16 + 3 * 32, FLAT_SIZE = MATRIX_END + 16, UNTOUCHED = -7 };

START_TEST(matrix_is_stored_input_major) {
    float expected[FLAT_SIZE];
    float flat[FLAT_SIZE];
    for (size_t i = 0; i < FLAT_SIZE; i++) {
        expected[i] = UNTOUCHED;
        flat[i] = UNTOUCHED;
    }
    for (size_t input = 0; input < 3; input++) {
        float *row = expected + 16 + 32 * input;
        row[0] = 11 + (float)input;
        row[1] = 21 + (float)input;
        row[16] = 31 + (float)input;
        row[17] = 41 + (float)input;
    }
    ck_assert_uint_eq(parameter_elements(&matrix), 12);
    parameter_import(&matrix, 0, parameter_outputs(&matrix), dense_matrix, flat);
    assert_same_bits(flat, expected, FLAT_SIZE, "flat");
    float dense[13] = {[12] = UNTOUCHED};
    parameter_export(&matrix, flat, dense);
    assert_same_bits(dense, dense_matrix, 12, "dense");
    ck_assert_float_eq(dense[12], UNTOUCHED);
}
END_TEST

START_TEST(vector_is_stored_in_blocks) {
    const struct parameter vector = {
        .name = "vector",
        .rank = 1,
        .inputs = 1,
        .blocks = 3,
        .block_size = 17,
        .block_stride = 32,
        .stride = 96,
        .offset = 0,
    };
    float dense[51];
    float again[51];
    float flat[96];
    float expected[96];
    for (size_t i = 0; i < 96; i++) {
        flat[i] = UNTOUCHED;
        expected[i] = UNTOUCHED;
    }
    for (size_t i = 0; i < 51; i++) {
        dense[i] = (float)i;
        expected[i / 17 * 32 + i % 17] = (float)i;
    }
    ck_assert_uint_eq(parameter_elements(&vector), 51);
    parameter_import(&vector, 0, parameter_outputs(&vector), dense, flat);
    assert_same_bits(flat, expected, 96, "flat");
    parameter_export(&vector, flat, again);
    assert_same_bits(again, dense, 51, "dense");
}
END_TEST

/* --- the table of a model ------------------------------------------------------------------ */

static struct model *create_model(const char *cell, size_t vocab, size_t hidden, size_t layers,
                                  bool peephole, bool trainable) {
    struct model_shape shape = {.cell = cell_find(cell),
                                .vocab = vocab,
                                .hidden = hidden,
                                .layers = layers,
                                .peephole = peephole};
    struct error error = {0};
    struct model *model;
    ck_assert_ptr_nonnull(shape.cell);
    ck_assert_msg(model_create(&shape, trainable, &model, &error) == CHARNN_OK, "%s",
                  error.message);
    return model;
}

struct expected_tensor {
    const char *name;
    size_t rank, rows, columns;
};

static void check_table(const struct parameters *parameters, const struct expected_tensor *expected,
                        size_t count) {
    size_t elements = 0;
    ck_assert_uint_eq(parameters->count, count);
    for (size_t i = 0; i < count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        ck_assert_str_eq(parameter->name, expected[i].name);
        ck_assert_uint_eq(parameter->rank, expected[i].rank);
        ck_assert_uint_eq(parameter->blocks * parameter->block_size, expected[i].rows);
        ck_assert_uint_eq(parameter->inputs, expected[i].columns);
        elements += expected[i].rows * expected[i].columns;
    }
    ck_assert_uint_eq(parameters->elements, elements);
}

START_TEST(lstm_lists_its_tensors) {
    static const struct expected_tensor expected[] = {
        {"rnn.weight_ih_l0", 2, 20, 7}, {"rnn.weight_hh_l0", 2, 20, 5},
        {"rnn.bias_ih_l0", 1, 20, 1},   {"rnn.bias_hh_l0", 1, 20, 1},
        {"rnn.peephole_l0", 1, 15, 1},  {"rnn.weight_ih_l1", 2, 20, 5},
        {"rnn.weight_hh_l1", 2, 20, 5}, {"rnn.bias_ih_l1", 1, 20, 1},
        {"rnn.bias_hh_l1", 1, 20, 1},   {"rnn.peephole_l1", 1, 15, 1},
        {"decoder.weight", 2, 7, 5},    {"decoder.bias", 1, 7, 1},
    };
    struct model *model = create_model("lstm", 7, 5, 2, true, false);
    check_table(&model->parameters, expected, sizeof expected / sizeof expected[0]);
    ck_assert_uint_eq(model->parameters.elements, 592);
    model_destroy(model);
}
END_TEST

START_TEST(gru_lists_its_tensors) {
    static const struct expected_tensor expected[] = {
        {"rnn.weight_ih_l0", 2, 51, 30}, {"rnn.weight_hh_l0", 2, 51, 17},
        {"rnn.bias_ih_l0", 1, 51, 1},    {"rnn.bias_hh_l0", 1, 51, 1},
        {"decoder.weight", 2, 30, 17},   {"decoder.bias", 1, 30, 1},
    };
    struct model *model = create_model("gru", 30, 17, 1, false, false);
    check_table(&model->parameters, expected, sizeof expected / sizeof expected[0]);
    model_destroy(model);
}
END_TEST

START_TEST(rnn_lists_its_tensors) {
    static const struct expected_tensor expected[] = {
        {"rnn.weight_ih_l0", 2, 16, 3}, {"rnn.weight_hh_l0", 2, 16, 16},
        {"rnn.bias_ih_l0", 1, 16, 1},   {"rnn.bias_hh_l0", 1, 16, 1},
        {"decoder.weight", 2, 3, 16},   {"decoder.bias", 1, 3, 1},
    };
    struct model *model = create_model("rnn", 3, 16, 1, false, false);
    check_table(&model->parameters, expected, sizeof expected / sizeof expected[0]);
    model_destroy(model);
}
END_TEST

/* For every cell, including new ones. */
START_TEST(tensors_are_those_of_the_reference) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct reference_shape shape = shape_of(variant, (const size_t[]){33, 17, 3, 1, 1});
    struct reference_rnn *rnn = reference_create(&shape);
    struct engine engine;
    engine_init(&engine, &shape, 1, false);
    struct expected_tensor *expected = calloc(rnn->count, sizeof *expected);
    ck_assert_ptr_nonnull(expected);
    for (size_t i = 0; i < rnn->count; i++) {
        const struct reference_parameter *tensor = &rnn->table[i];
        bool matrix_shaped = strstr(tensor->name, "weight") != NULL;
        expected[i] = (struct expected_tensor){tensor->name, matrix_shaped ? 2 : 1, tensor->rows,
                                               tensor->columns};
    }
    check_table(&engine.model->parameters, expected, rnn->count);
    free(expected);
    engine_deinit(&engine);
    reference_destroy(rnn);
}
END_TEST

/* Tensors are aligned and adjacent, and the last one ends the array. */
START_TEST(tensors_follow_each_other) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct model *model = create_model(variant.cell, 33, 17, 2, variant.peephole, true);
    const struct parameters *parameters = &model->parameters;
    size_t end = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        ck_assert_uint_eq(parameter->offset, end);
        ck_assert_uint_eq(parameter->offset % CHARNN_LANES, 0);
        ck_assert_uint_eq(parameter->block_stride,
                          (parameter->block_size + CHARNN_LANES - 1) / CHARNN_LANES * CHARNN_LANES);
        ck_assert_uint_eq(parameter->stride, parameter->blocks * parameter->block_stride);
        end = parameter->offset + parameter->inputs * parameter->stride;
    }
    ck_assert_uint_eq(parameters->size, end);
    ck_assert_uint_eq(model->hidden_stride, 32);
    ck_assert_uint_eq(model->vocab_stride, 48);
    model_destroy(model);
}
END_TEST

/* Importing a few outputs at a time, also across gates, gives the same array. */
START_TEST(import_in_parts_equals_import_at_once) {
    static const size_t sizes[] = {1, 5, 16, 17, 40};
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct model *model = create_model(variant.cell, 35, 21, 2, variant.peephole, true);
    const struct parameters *parameters = &model->parameters;
    float *dense = calloc(parameters->elements, sizeof *dense);
    ck_assert_ptr_nonnull(dense);
    for (size_t i = 0; i < parameters->elements; i++) {
        dense[i] = (float)i + 1;
    }
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        size_t all = parameter_outputs(p);
        parameter_import(p, 0, all, dense, parameters->values);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            memset(parameters->gradients, 0, parameters->size * sizeof *parameters->gradients);
            for (size_t first = 0; first < all; first += sizes[s]) {
                size_t count = all - first < sizes[s] ? all - first : sizes[s];
                parameter_import(p, first, count, dense + first * p->inputs, parameters->gradients);
            }
            ck_assert_mem_eq(parameters->gradients + p->offset, parameters->values + p->offset,
                             p->inputs * p->stride * sizeof(float));
        }
    }
    free(dense);
    model_destroy(model);
}
END_TEST

/* Export returns what import stored. */
START_TEST(round_trip_keeps_every_tensor) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct model *model = create_model(variant.cell, 33, 17, 2, variant.peephole, true);
    const struct parameters *parameters = &model->parameters;
    float *dense = calloc(2 * parameters->elements, sizeof *dense);
    ck_assert_ptr_nonnull(dense);
    float *again = dense + parameters->elements;
    for (size_t i = 0; i < parameters->elements; i++) {
        dense[i] = (float)i + 1;
    }
    size_t at = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        parameter_import(p, 0, parameter_outputs(p), dense + at, parameters->values);
        at += parameter_elements(&parameters->table[i]);
    }
    at = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        parameter_export(&parameters->table[i], parameters->values, again + at);
        at += parameter_elements(&parameters->table[i]);
    }
    assert_same_bits(again, dense, parameters->elements, "%s", variant.cell);
    assert_padding_zero(parameters, parameters->values, variant.cell);
    free(dense);
    model_destroy(model);
}
END_TEST

START_TEST(parameters_are_found_by_name) {
    struct model *model = create_model("lstm", 7, 5, 2, true, false);
    const struct parameters *parameters = &model->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        ck_assert_ptr_eq(parameters_find(parameters, parameters->table[i].name),
                         &parameters->table[i]);
    }
    ck_assert_ptr_null(parameters_find(parameters, "rnn.weight_ih_l2"));
    ck_assert_ptr_null(parameters_find(parameters, "rnn.weight_ih_l"));
    ck_assert_ptr_null(parameters_find(parameters, ""));
    model_destroy(model);
}
END_TEST

START_TEST(layers_and_decoder_are_found_by_role) {
    struct model *model = create_model("lstm", 7, 5, 2, true, false);
    struct layer_parameters layer = model_layer(model, 1);
    ck_assert_str_eq(layer.weight_ih->name, "rnn.weight_ih_l1");
    ck_assert_str_eq(layer.weight_hh->name, "rnn.weight_hh_l1");
    ck_assert_str_eq(layer.bias_ih->name, "rnn.bias_ih_l1");
    ck_assert_str_eq(layer.bias_hh->name, "rnn.bias_hh_l1");
    ck_assert_str_eq(layer.peephole->name, "rnn.peephole_l1");
    ck_assert_str_eq(model_decoder_weight(model)->name, "decoder.weight");
    ck_assert_str_eq(model_decoder_bias(model)->name, "decoder.bias");
    model_destroy(model);
    model = create_model("gru", 7, 5, 2, false, false);
    ck_assert_str_eq(model_layer(model, 1).weight_ih->name, "rnn.weight_ih_l1");
    ck_assert_ptr_null(model_layer(model, 1).peephole);
    model_destroy(model);
}
END_TEST

START_TEST(model_starts_at_zero) {
    struct model *model = create_model("gru", 7, 5, 2, false, true);
    const struct parameters *parameters = &model->parameters;
    for (size_t i = 0; i < parameters->size; i++) {
        ck_assert_float_eq(parameters->values[i], 0);
        ck_assert_float_eq(parameters->gradients[i], 0);
    }
    model_destroy(model);
    model = create_model("gru", 7, 5, 2, false, false);
    ck_assert_ptr_null(model->parameters.gradients);
    model_destroy(model);
    model_destroy(NULL);
}
END_TEST

START_TEST(model_beyond_memory_is_refused) {
    static const size_t sizes[][3] = {
        {5, SIZE_MAX / 2, 1}, {SIZE_MAX - 3, 2, 1}, {5, 2, SIZE_MAX / 4}, {5, SIZE_MAX, 1}};
    const size_t *size = sizes[_i];
    struct model_shape shape = {
        .cell = cell_find("lstm"), .vocab = size[0], .hidden = size[1], .layers = size[2]};
    struct error error = {0};
    struct model *model;
    ck_assert_int_eq(model_create(&shape, true, &model, &error), CHARNN_ERROR_MEMORY);
    ck_assert_int_eq(error.status, CHARNN_ERROR_MEMORY);
    ck_assert_uint_gt(strlen(error.message), 0);
    ck_assert_ptr_null(model);
}
END_TEST

/* --- initial values ------------------------------------------------------------------------ */

/* One tensor, dense. Ownership: the caller's. */
static float *tensor_values(const struct model *model, const char *name, size_t *count) {
    const struct parameter *parameter = parameters_find(&model->parameters, name);
    ck_assert_ptr_nonnull(parameter);
    *count = parameter_elements(parameter);
    float *values = calloc(*count, sizeof *values);
    ck_assert_ptr_nonnull(values);
    parameter_export(parameter, model->parameters.values, values);
    return values;
}

START_TEST(initial_values_are_uniform) {
    struct cell_variant variant = cell_variant_at((size_t)_i);
    struct model *model = create_model(variant.cell, 33, 40, 2, variant.peephole, false);
    model_initialize(model, 0.25, 1);
    assert_padding_zero(&model->parameters, model->parameters.values, variant.cell);
    size_t count;
    float *values = tensor_values(model, "rnn.weight_hh_l1", &count);
    double mean = 0;
    double square = 0;
    for (size_t i = 0; i < count; i++) {
        double value = (double)values[i];
        ck_assert(value >= -0.25 && value < 0.25);
        mean += value / (double)count;
        square += value * value / (double)count;
    }
    ck_assert_double_eq_tol(mean, 0, 0.02);
    ck_assert_double_eq_tol(square, 0.25 * 0.25 / 3, 0.002);
    free(values);
    model_destroy(model);
}
END_TEST

/* No tensor and no element of a tensor repeats another. */
START_TEST(initial_values_differ) {
    struct model *model = create_model("lstm", 33, 17, 2, true, false);
    model_initialize(model, 1, 1);
    size_t count;
    size_t other_count;
    float *values = tensor_values(model, "rnn.weight_hh_l0", &count);
    float *others = tensor_values(model, "rnn.weight_hh_l1", &other_count);
    ck_assert_uint_eq(count, other_count);
    size_t equal = 0;
    size_t equal_to_next = 0;
    for (size_t i = 0; i < count; i++) {
        equal += values[i] == others[i];
        equal_to_next += i > 0 && values[i] == values[i - 1];
    }
    ck_assert_uint_le(equal, 1);
    ck_assert_uint_le(equal_to_next, 1);
    free(others);
    free(values);
    model_destroy(model);
}
END_TEST

START_TEST(initial_values_depend_on_seed_and_scale) {
    struct model *model = create_model("gru", 33, 17, 2, false, false);
    const struct parameters *parameters = &model->parameters;
    float *first = calloc(parameters->size, sizeof *first);
    ck_assert_ptr_nonnull(first);
    model_initialize(model, 0.25, 42);
    memcpy(first, parameters->values, parameters->size * sizeof *first);
    model_initialize(model, 0.25, 43);
    ck_assert_mem_ne(first, parameters->values, parameters->size * sizeof *first);
    model_initialize(model, 0.25, 42);
    assert_same_bits(parameters->values, first, parameters->size, "same seed");
    model_initialize(model, 0.5, 42);
    for (size_t i = 0; i < parameters->size; i++) {
        ck_assert_float_eq(parameters->values[i], 2 * first[i]);
    }
    free(first);
    model_destroy(model);
}
END_TEST

/* The forget gate is the second block of the LSTM: ones in bias_ih, zeros in bias_hh. */
START_TEST(forget_gate_bias_starts_at_one) {
    struct model *model = create_model("lstm", 33, 17, 2, false, false);
    model_initialize(model, 0.25, 1);
    static const char *const names[2][2] = {{"rnn.bias_ih_l0", "rnn.bias_ih_l1"},
                                            {"rnn.bias_hh_l0", "rnn.bias_hh_l1"}};
    for (size_t layer = 0; layer < 2; layer++) {
        for (size_t kind = 0; kind < 2; kind++) {
            size_t count;
            float *bias = tensor_values(model, names[kind][layer], &count);
            ck_assert_uint_eq(count, 68);
            for (size_t i = 0; i < count; i++) {
                if (i >= 17 && i < 34) {
                    ck_assert_float_eq(bias[i], kind == 0 ? 1 : 0);
                } else {
                    ck_assert(bias[i] >= -0.25F && bias[i] < 0.25F && bias[i] != 0);
                }
            }
            free(bias);
        }
    }
    model_destroy(model);
}
END_TEST

static void add_loop(TCase *tcase, const TTest *test) {
    tcase_add_loop_test(tcase, test, 0, (int)cell_variant_count());
}

/* The place of element [output][input] of a packed matrix, in elements: panels of 32 columns, each
 * with `quad` rows interleaved. */
static size_t packed_place(const struct parameter *p, size_t output, size_t input, size_t quad) {
    size_t column = output / p->block_size * p->block_stride + output % p->block_size;
    size_t panel = column / 32 * 32;
    size_t width = p->stride - panel < 32 ? p->stride - panel : 32;
    size_t depth = (p->inputs + quad - 1) / quad * quad;
    return panel * depth + input / quad * quad * width + (column - panel) * quad + input % quad;
}

/* Rows of a matrix of that type: the values of an element are functions of its place. */
static int8_t integer_at(size_t place) {
    return (int8_t)(place * 37 % 255 - 127);
}

static uint16_t half_at(size_t place) {
    return (uint16_t)(place * 40503);
}

/* Row i has the scale i + 1. Rows come in parts of a size that may end in a panel. */
static void import_in_parts(const struct parameter *p, float *flat) {
    enum { PART = 7, INPUTS = 65 };
    int8_t integers[PART * INPUTS];
    uint16_t halves[PART * INPUTS];
    float scales[PART];
    size_t rows = parameter_outputs(p);
    for (size_t row = 0; row < rows; row += PART) {
        size_t count = rows - row < PART ? rows - row : PART;
        for (size_t j = 0; j < count * p->inputs; j++) {
            integers[j] = integer_at(row * p->inputs + j);
            halves[j] = half_at(row * p->inputs + j);
        }
        for (size_t j = 0; j < count; j++) {
            scales[j] = (float)(row + j + 1);
        }
        if (p->type == CHARNN_WEIGHTS_BF16) {
            parameter_import_bf16(p, row, count, halves, flat);
        } else {
            parameter_import_int8(p, row, count, integers, scales, flat);
        }
    }
}

static void check_halves(const struct parameter *p, const float *flat) {
    const unsigned char *bytes = (const unsigned char *)(flat + p->offset);
    for (size_t o = 0; o < parameter_outputs(p); o++) {
        for (size_t k = 0; k < p->inputs; k++) {
            uint16_t half;
            memcpy(&half, bytes + 2 * packed_place(p, o, k, 1), 2);
            assert_each(half == half_at(o * p->inputs + k), "%zu units: [%zu][%zu]", p->inputs, o,
                        k);
        }
    }
}

static void check_integers(const struct parameter *p, const float *flat) {
    const int8_t *bytes = (const int8_t *)(flat + p->offset);
    const float *scales = flat + p->offset + parameter_panel_floats(p);
    const int32_t *corrections = (const int32_t *)(const void *)(scales + p->stride);
    for (size_t o = 0; o < parameter_outputs(p); o++) {
        int32_t sum = 0;
        size_t column = o / p->block_size * p->block_stride + o % p->block_size;
        for (size_t k = 0; k < p->inputs; k++) {
            int8_t integer = integer_at(o * p->inputs + k);
            assert_each(bytes[packed_place(p, o, k, 4)] == integer, "%zu units: [%zu][%zu]",
                        p->inputs, o, k);
            sum += integer;
        }
        ck_assert_float_eq(scales[column], (float)(o + 1));
        ck_assert_int_eq(corrections[column], -64 * sum);
    }
}

START_TEST(rounded_matrices_are_packed_for_products) {
    static const size_t sizes[] = {1, 5, 19, 40, 48, 65};
    struct error error = {0};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        const struct model_shape shape = {
            .cell = cell_find("gru"),
            .vocab = 3,
            .hidden = sizes[i / 2],
            .layers = 1,
            .weights = i % 2 == 0 ? CHARNN_WEIGHTS_BF16 : CHARNN_WEIGHTS_INT8,
        };
        struct model *model = NULL;
        ck_assert_int_eq(model_create(&shape, false, &model, &error), CHARNN_OK);
        const struct parameter *p = model_layer(model, 0).weight_hh;
        ck_assert_int_eq(p->type, shape.weights);
        ck_assert_int_eq(model_layer(model, 0).weight_ih->type, CHARNN_WEIGHTS_F32);
        ck_assert_int_eq(model_layer(model, 0).bias_hh->type, CHARNN_WEIGHTS_F32);
        import_in_parts(p, model->parameters.values);
        if (p->type == CHARNN_WEIGHTS_BF16) {
            check_halves(p, model->parameters.values);
        } else {
            check_integers(p, model->parameters.values);
        }
        model_destroy(model);
    }
}
END_TEST

Suite *parameters_suite(void) {
    Suite *suite = suite_create("parameters");
    TCase *layout = tcase_create("layout");
    tcase_add_test(layout, rounded_matrices_are_packed_for_products);
    tcase_add_test(layout, matrix_is_stored_input_major);
    tcase_add_test(layout, vector_is_stored_in_blocks);
    add_loop(layout, tensors_follow_each_other);
    add_loop(layout, import_in_parts_equals_import_at_once);
    add_loop(layout, round_trip_keeps_every_tensor);
    suite_add_tcase(suite, layout);
    TCase *table = tcase_create("table");
    tcase_add_test(table, lstm_lists_its_tensors);
    tcase_add_test(table, gru_lists_its_tensors);
    tcase_add_test(table, rnn_lists_its_tensors);
    add_loop(table, tensors_are_those_of_the_reference);
    tcase_add_test(table, parameters_are_found_by_name);
    tcase_add_test(table, layers_and_decoder_are_found_by_role);
    suite_add_tcase(suite, table);
    TCase *model = tcase_create("model");
    tcase_add_test(model, model_starts_at_zero);
    tcase_add_loop_test(model, model_beyond_memory_is_refused, 0, 4);
    add_loop(model, initial_values_are_uniform);
    tcase_add_test(model, initial_values_differ);
    tcase_add_test(model, initial_values_depend_on_seed_and_scale);
    tcase_add_test(model, forget_gate_bias_starts_at_one);
    suite_add_tcase(suite, model);
    return suite;
}
