/* Weights in fewer bits: golden files that PyTorch made, and files that are refused. */
#include "checkpoint/checkpoint.h"
#include "checkpoint/quantize.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_writer.h"
#include "nn/network.h"
#include "suites.h"
#include "support/compare.h"
#include "support/temporary.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_status(enum status status, const struct error *error) {
    ck_assert_msg(status == CHARNN_OK, "%s", error->message);
}

static struct checkpoint *open_checkpoint(const char *path) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    check_status(checkpoint_open(path, &checkpoint, &error), &error);
    return checkpoint;
}

static struct model *load(const struct checkpoint *checkpoint, enum model_use use) {
    struct error error = {0};
    struct model *model = NULL;
    check_status(checkpoint_load_model(checkpoint, use, 2, &model, &error), &error);
    return model;
}

/* ---- golden files -------------------------------------------------------------------------- */

static const struct {
    const char *path;
    enum weight_type type;
    enum safetensors_dtype dtype;
} golden[] = {
    {"tests/golden/bf16.safetensors", CHARNN_WEIGHTS_BF16, CHARNN_DTYPE_BF16},
    {"tests/golden/int8.safetensors", CHARNN_WEIGHTS_INT8, CHARNN_DTYPE_I8},
};
enum { GOLDEN = sizeof golden / sizeof golden[0] };

static const struct safetensors_tensor *
find(const struct checkpoint *checkpoint, const char *before, const char *name, const char *after) {
    char whole[128];
    (void)snprintf(whole, sizeof whole, "%s%s%s", before, name, after);
    const struct safetensors_tensor *tensor = safetensors_find(checkpoint_file(checkpoint), whole);
    ck_assert_msg(tensor != NULL, "%s is missing", whole);
    return tensor;
}

/* Element i of a matrix in the file. */
static float stored_element(const struct checkpoint *checkpoint, const char *name, size_t i) {
    const struct safetensors_tensor *tensor = find(checkpoint, "", name, "");
    float value;
    if (tensor->dtype == CHARNN_DTYPE_I8) {
        safetensors_read_floats(find(checkpoint, "", name, ".scale"), i / tensor->shape[1], 1,
                                &value);
        const int8_t integer = (int8_t)tensor->data[i];
        return value * (float)integer;
    }
    uint16_t upper;
    memcpy(&upper, tensor->data + i * sizeof upper, sizeof upper);
    uint32_t bits = (uint32_t)upper << 16;
    memcpy(&value, &bits, sizeof value);
    return value;
}

START_TEST(golden_weights_become_floats) {
    struct checkpoint *checkpoint = open_checkpoint(golden[_i].path);
    ck_assert_int_eq(checkpoint_shape(checkpoint)->weights, golden[_i].type);
    struct model *model = load(checkpoint, CHARNN_USE_TRAIN);
    ck_assert_int_eq(model->shape.weights, CHARNN_WEIGHTS_F32);
    float *values = malloc(model->parameters.elements * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < model->parameters.count; i++) {
        const struct parameter *p = &model->parameters.table[i];
        parameter_export(p, model->parameters.values, values);
        for (size_t j = 0; p->rank == 2 && j < parameter_elements(p); j++) {
            const float expected = stored_element(checkpoint, p->name, j);
            assert_each(values[j] == expected, "%s: element %zu", p->name, j);
        }
    }
    free(values);
    model_destroy(model);
    checkpoint_close(checkpoint);
}
END_TEST

/* The rounding of PyTorch. */
START_TEST(golden_weights_are_quantized_alike) {
    struct checkpoint *checkpoint = open_checkpoint(golden[_i].path);
    struct model *model = load(checkpoint, CHARNN_USE_VALUES);
    size_t matrices = 0;
    for (size_t i = 0; i < model->parameters.count; i++) {
        const struct parameter *p = &model->parameters.table[i];
        if (p->rank != 2) {
            continue;
        }
        const struct safetensors_tensor *stored = find(checkpoint, "", p->name, "");
        const float *original = safetensors_floats(find(checkpoint, "original.", p->name, ""));
        ck_assert_ptr_nonnull(original);
        ck_assert_int_eq(stored->dtype, golden[_i].dtype);
        for (size_t row = 0; row < stored->shape[0]; row++) {
            size_t count = stored->shape[1];
            const float *from = original + row * count;
            uint16_t bf16[64];
            int8_t int8[64];
            ck_assert_uint_le(count, 64);
            quantize_bf16(from, count, bf16);
            quantize_int8(from, count, quantize_scale(from, count), int8);
            const void *made = stored->dtype == CHARNN_DTYPE_I8 ? (void *)int8 : (void *)bf16;
            size_t bytes = count * safetensors_dtype_size(stored->dtype);
            ck_assert_mem_eq(stored->data + row * bytes, made, bytes);
            float scale = quantize_scale(from, count);
            if (stored->dtype == CHARNN_DTYPE_I8) {
                ck_assert_mem_eq(find(checkpoint, "", p->name, ".scale")->data + 4 * row, &scale,
                                 4);
            }
        }
        matrices++;
    }
    ck_assert_uint_eq(matrices, 5);
    model_destroy(model);
    checkpoint_close(checkpoint);
}
END_TEST

/* Compares -ln p of each character with that of PyTorch's network of the same rounded weights. */
static void check_scores(const char *path, enum model_use use, double tolerance) {
    enum { LONGEST = 128 };
    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint(path);
    struct model *model = load(checkpoint, use);
    struct network *network;
    const struct network_plan plan = {.batch = 1, .steps = LONGEST};
    const char *text = safetensors_metadata(checkpoint_file(checkpoint), "expected.text");
    int32_t ids[LONGEST];
    size_t count = 0;
    float nats[LONGEST];
    double expected[LONGEST];
    check_status(network_create(model, NULL, &plan, &network, &error), &error);
    check_status(vocab_encode_text(checkpoint_vocab(checkpoint), false, "the text",
                                   (const unsigned char *)text, strlen(text), ids, &count, &error),
                 &error);
    ck_assert_uint_eq(count, 34);
    network_score(network, ids, ids + 1, count - 1, nats);
    const struct safetensors_tensor *stored = find(checkpoint, "", "expected.nats", "");
    ck_assert_uint_eq(stored->elements, count - 1);
    memcpy(expected, stored->data, (count - 1) * sizeof *expected);
    assert_floats(nats, expected, count - 1, (struct tolerance){.absolute = tolerance}, "%s", path);
    network_destroy(network);
    model_destroy(model);
    checkpoint_close(checkpoint);
}

START_TEST(golden_models_score_as_in_pytorch) {
    check_scores(golden[_i].path, CHARNN_USE_VALUES, 1e-5);
    check_scores(golden[_i].path, CHARNN_USE_RUN,
                 golden[_i].type == CHARNN_WEIGHTS_INT8 ? 0.02 : 1e-5);
}
END_TEST

/* ---- writing -------------------------------------------------------------------------------- */

static char path[TEMPORARY_PATH];

static void make_path(void) {
    temporary_file(path, "", 0);
}

static void remove_path(void) {
    ck_assert_int_eq(unlink(path), 0);
}

/* Writing what was read gives the same tensors, aligned. */
START_TEST(what_is_read_is_written_again) {
    struct error error = {0};
    struct checkpoint *checkpoint = open_checkpoint(golden[_i].path);
    struct model *model = load(checkpoint, CHARNN_USE_VALUES);
    const struct checkpoint_contents contents = {
        .model = model, .weights = golden[_i].type, .vocab = checkpoint_vocab(checkpoint)};
    check_status(checkpoint_write(path, &contents, &error), &error);
    struct checkpoint *again = open_checkpoint(path);
    ck_assert_int_eq(checkpoint_shape(again)->weights, golden[_i].type);
    size_t written = safetensors_count(checkpoint_file(again));
    ck_assert_uint_eq(written, golden[_i].type == CHARNN_WEIGHTS_INT8 ? 15 : 10);
    for (size_t i = 0; i < written; i++) {
        const struct safetensors_tensor *tensor = safetensors_at(checkpoint_file(again), i);
        const struct safetensors_tensor *first = find(checkpoint, "", tensor->name, "");
        ck_assert_int_eq(tensor->dtype, first->dtype);
        ck_assert_uint_eq(tensor->size, first->size);
        ck_assert_uint_eq((uintptr_t)tensor->data % safetensors_dtype_size(tensor->dtype), 0);
        if (strstr(tensor->name, ".scale") == NULL) {
            ck_assert_mem_eq(tensor->data, first->data, first->size);
        } else { /* 127 times a scale may be rounded */
            for (size_t j = 0; j < tensor->elements; j++) {
                float one;
                float other;
                safetensors_read_floats(tensor, j, 1, &one);
                safetensors_read_floats(first, j, 1, &other);
                ck_assert_float_le(fabsf(one - other), other * 0x1p-23F);
            }
        }
    }
    checkpoint_close(again);
    model_destroy(model);
    checkpoint_close(checkpoint);
}
END_TEST

/* ---- files that are refused ------------------------------------------------------------------
 */

struct declaration {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank, shape[2];
};

/* One rnn layer of 2 units over 3 symbols. */
static const struct declaration tensors[] = {
    {"rnn.weight_ih_l0", CHARNN_DTYPE_I8, 2, {2, 3}},
    {"rnn.weight_ih_l0.scale", CHARNN_DTYPE_F32, 1, {2}},
    {"rnn.weight_hh_l0", CHARNN_DTYPE_I8, 2, {2, 2}},
    {"rnn.weight_hh_l0.scale", CHARNN_DTYPE_F32, 1, {2}},
    {"rnn.bias_ih_l0", CHARNN_DTYPE_F32, 1, {2}},
    {"rnn.bias_hh_l0", CHARNN_DTYPE_F32, 1, {2}},
    {"decoder.weight", CHARNN_DTYPE_I8, 2, {3, 2}},
    {"decoder.weight.scale", CHARNN_DTYPE_F32, 1, {3}},
    {"decoder.bias", CHARNN_DTYPE_F32, 1, {3}},
};
enum { TENSORS = sizeof tensors / sizeof tensors[0] };

/* Writes all elements 1, and the scales `scale`. `other` replaces the tensor of its name, or comes
 * last; `without` is left out. */
static void write_small(const struct declaration *other, const char *without, float scale) {
    static const char *const metadata[][2] = {
        {"charnn.format", "1"},
        {"charnn.config", "{\"model\":\"rnn\",\"rnn_size\":2,\"num_layers\":1}"},
        {"charnn.vocab", "{\"encoding\":\"utf8\",\"symbols\":[\"a\",\"b\",\"c\"]}"},
    };
    struct error error = {0};
    struct safetensors_writer *writer = NULL;
    struct declaration all[TENSORS + 1];
    size_t count = 0;
    bool replaced = other->name == NULL;
    for (size_t i = 0; i < TENSORS; i++) {
        bool same = other->name != NULL && strcmp(other->name, tensors[i].name) == 0;
        if (strcmp(tensors[i].name, without) != 0) {
            all[count++] = same ? *other : tensors[i];
        }
        replaced = replaced || same;
    }
    if (!replaced) {
        all[count++] = *other;
    }
    check_status(safetensors_writer_create(path, &writer, &error), &error);
    for (size_t i = 0; i < 3; i++) {
        check_status(
            safetensors_writer_add_metadata(writer, metadata[i][0], metadata[i][1], &error),
            &error);
    }
    for (size_t i = 0; i < count; i++) {
        check_status(safetensors_writer_declare(writer, all[i].name, all[i].dtype, all[i].shape,
                                                all[i].rank, &error),
                     &error);
    }
    check_status(safetensors_writer_begin_data(writer, &error), &error);
    for (size_t i = 0; i < count; i++) {
        size_t elements = all[i].shape[0] * (all[i].rank == 2 ? all[i].shape[1] : 1);
        for (size_t j = 0; j < elements; j++) {
            const float value = strstr(all[i].name, ".scale") != NULL ? scale : 1;
            const unsigned char bytes[8] = {1};
            const void *data = all[i].dtype == CHARNN_DTYPE_F32 ? (const void *)&value : bytes;
            check_status(safetensors_writer_write(writer, data,
                                                  safetensors_dtype_size(all[i].dtype), &error),
                         &error);
        }
    }
    check_status(safetensors_writer_commit(writer, &error), &error);
    safetensors_writer_destroy(writer);
}

#define NEEDED " for 1 rnn layer of 2 units over 3 symbols"
#define BELONGS " does not belong to 1 rnn layer of 2 units over 3 symbols"
#define POSITIVE "; a scale is a positive number up to 2.65846e+36"

static const struct {
    struct declaration other;
    const char *without;
    float scale;
    const char *message; /* after the path */
} refused[] = {
    {{0},
     "rnn.weight_hh_l0.scale",
     1,
     ": tensor \"rnn.weight_hh_l0.scale\" is missing; expected shape [2]" NEEDED},
    {{"decoder.weight.scale", CHARNN_DTYPE_F32, 1, {2}},
     "",
     1,
     ": tensor \"decoder.weight.scale\" has shape [2]; expected [3]" NEEDED},
    {{"decoder.weight.scale", CHARNN_DTYPE_F32, 2, {3, 1}},
     "",
     1,
     ": tensor \"decoder.weight.scale\" has shape [3, 1]; expected [3]" NEEDED},
    {{"decoder.weight.scale", CHARNN_DTYPE_F64, 1, {3}},
     "",
     1,
     ": tensor \"decoder.weight.scale\" has dtype F64; expected F32"},
    {{"decoder.weight", CHARNN_DTYPE_I8, 2, {2, 3}},
     "",
     1,
     ": tensor \"decoder.weight\" has shape [2, 3]; expected [3, 2]" NEEDED},
    {{"decoder.weight", CHARNN_DTYPE_U8, 2, {3, 2}},
     "",
     1,
     ": tensor \"decoder.weight\" has dtype U8; expected F32, F64, F16 or BF16"},
    {{"decoder.weight", CHARNN_DTYPE_F32, 2, {3, 2}},
     "",
     1,
     ": tensor \"decoder.weight.scale\"" BELONGS},
    {{"decoder.bias", CHARNN_DTYPE_I8, 1, {3}},
     "",
     1,
     ": tensor \"decoder.bias\" has dtype I8; expected F32, F64, F16 or BF16"},
    {{"decoder.bias.scale", CHARNN_DTYPE_F32, 1, {3}},
     "",
     1,
     ": tensor \"decoder.bias.scale\"" BELONGS},
    {{"rnn.weight_hh_l1", CHARNN_DTYPE_I8, 2, {2, 2}},
     "",
     1,
     ": tensor \"rnn.weight_hh_l1\"" BELONGS},
    {{0}, "", 0, ": tensor \"rnn.weight_ih_l0.scale\": element 0 is 0" POSITIVE},
    {{0}, "", -1, ": tensor \"rnn.weight_ih_l0.scale\": element 0 is -1" POSITIVE},
    {{0}, "", INFINITY, ": tensor \"rnn.weight_ih_l0.scale\": element 0 is inf" POSITIVE},
    {{0}, "", NAN, ": tensor \"rnn.weight_ih_l0.scale\": element 0 is nan" POSITIVE},
    {{0}, "", 3e36F, ": tensor \"rnn.weight_ih_l0.scale\": element 0 is 3e+36" POSITIVE},
};

START_TEST(a_malformed_file_is_refused) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    struct model *model = NULL;
    write_small(&refused[_i].other, refused[_i].without, refused[_i].scale);
    ck_assert_int_eq(checkpoint_open(path, &checkpoint, &error), CHARNN_ERROR_FORMAT);
    ck_assert_int_eq(strncmp(error.message, path, strlen(path)), 0);
    ck_assert_str_eq(error.message + strlen(path), refused[_i].message);
    ck_assert_int_eq(checkpoint_open_model(path, 1, &checkpoint, &model, &error),
                     CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message + strlen(path), refused[_i].message);
}
END_TEST

START_TEST(the_file_without_a_fault_opens) {
    const struct declaration none = {0};
    write_small(&none, "", 2.5e36F);
    struct checkpoint *checkpoint = open_checkpoint(path);
    struct model *model = load(checkpoint, CHARNN_USE_VALUES);
    const struct parameter *hh = parameters_find(&model->parameters, "rnn.weight_hh_l0");
    ck_assert_float_eq(parameter_value(&model->parameters, hh)[1], 2.5e36F);
    model_destroy(model);
    checkpoint_close(checkpoint);
}
END_TEST

Suite *stored_suite(void) {
    Suite *suite = suite_create("stored");
    TCase *test = tcase_create("stored");
    tcase_add_checked_fixture(test, make_path, remove_path);
    tcase_add_loop_test(test, golden_weights_become_floats, 0, GOLDEN);
    tcase_add_loop_test(test, golden_weights_are_quantized_alike, 0, GOLDEN);
    tcase_add_loop_test(test, golden_models_score_as_in_pytorch, 0, GOLDEN);
    tcase_add_loop_test(test, what_is_read_is_written_again, 0, GOLDEN);
    tcase_add_loop_test(test, a_malformed_file_is_refused, 0,
                        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(test, the_file_without_a_fault_opens);
    suite_add_tcase(suite, test);
    return suite;
}
