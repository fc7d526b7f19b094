/* The memory that describing a checkpoint as JSON takes, whatever the file says. */
#include "base/json.h"
#include "base/memory.h"
#include "checkpoint/checkpoint.h"
#include "cli/info/json.h"
#include "suites.h"
#include "support/faults.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* SECURITY.md states the first two. */
enum { BYTES_FOR_A_BYTE = 48, BYTES_IN_ANY_CASE = 2 << 20, HOSTILE = 400000, MODEL_BYTES = 24 };

/* A checkpoint of the smallest model with something repeated; "%05zu" in it is a number. */
static const struct {
    const char *what, *settings, *training, *tensors;
} hostile[] = {
    {"tensors", "", "",
     ",\"%05zu\":{\"dtype\":\"U8\",\"shape\":[0,0,0,0,0,0,0,0],\"data_offsets\":[0,0]}"},
    {"settings", ",\\\"%05zu\\\":0", "", ""},
    {"lists of numbers", ",\\\"%05zu\\\":[0,   0,   0,   0,   0,   0,   0,   0]", "", ""},
    {"lists of strings", ",\\\"%05zu\\\":[\\\"\\\", \\\"\\\", \\\"\\\", \\\"\\\", \\\"\\\"]", "",
     ""},
    {"lists of objects", ",\\\"%05zu\\\":[{\\\"\\\":0}, {\\\"\\\":0}, {\\\"\\\":0}, {\\\"\\\":0}]",
     "", ""},
    {"a training state", "", ",\\\"%05zu\\\":[[  ], [  ]]", ""},
};

static char *append(char *end, const char *text) {
    return stpcpy(end, text);
}

/* Texts without a format are left out. */
static char *append_often(char *end, const char *format, size_t size) {
    const char *start = end;
    for (size_t i = 0; format[0] != '\0' && (size_t)(end - start) < size; i++) {
        end += sprintf(end, format, i); // NOLINT(clang-diagnostic-format-nonliteral)
    }
    return end;
}

static char *make_header(size_t i, size_t size) {
    char *header = malloc(size + 4096);
    ck_assert_ptr_nonnull(header);
    char *end = append(
        header, "{\"__metadata__\":{\"charnn.format\":\"1\",\"charnn.config\":\"{\\\"model\\\":"
                "\\\"rnn\\\",\\\"rnn_size\\\":1,\\\"num_layers\\\":1");
    end = append_often(end, hostile[i].settings, size);
    end = append(
        end, "}\",\"charnn.vocab\":\"{\\\"encoding\\\":\\\"utf8\\\",\\\"symbols\\\":[\\\"a\\\"]}\","
             "\"charnn.training\":\"{\\\"step\\\":1");
    end = append_often(end, hostile[i].training, size);
    end = append(end, "}\"}");
    end = append_often(end, hostile[i].tensors, size);
    static const char *const names[] = {"rnn.weight_ih_l0", "rnn.weight_hh_l0", "decoder.weight",
                                        "rnn.bias_ih_l0",   "rnn.bias_hh_l0",   "decoder.bias"};
    for (int n = 0; n < 6; n++) {
        end += sprintf(end, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
                       names[n], n < 3 ? "1,1" : "1", 4 * n, 4 * n + 4);
    }
    (void)append(end, "}");
    return header;
}

static int make_file(const char *header) {
    uint64_t length = strlen(header);
    int file = memfd_create("hostile", MFD_CLOEXEC);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pwrite(file, &length, sizeof length, 0), (ssize_t)sizeof length);
    ck_assert_int_eq(pwrite(file, header, length, sizeof length), (ssize_t)length);
    ck_assert_int_eq(ftruncate(file, (off_t)(sizeof length + length + MODEL_BYTES)), 0);
    return file;
}

/* The most bytes allocated while the file is opened, described and printed. */
static size_t measure(const char *path) {
    struct error error = {0};
    struct checkpoint *checkpoint;
    cJSON *json;
    char *text;
    faults_clear();
    size_t before = faults_bytes();
    ck_assert_msg(checkpoint_open(path, &checkpoint, &error) == CHARNN_OK, "%s", error.message);
    ck_assert_int_eq(json_create_object(&json, &error), CHARNN_OK);
    ck_assert_int_eq(info_describe(checkpoint, json, &error), CHARNN_OK);
    ck_assert_int_eq(json_print(json, false, &text, &error), CHARNN_OK);
    memory_free(text);
    cJSON_Delete(json);
    checkpoint_close(checkpoint);
    ck_assert_uint_eq(faults_bytes(), before);
    return faults_most_bytes() - before;
}

START_TEST(memory_is_proportional_to_the_file) {
    char *header = make_header((size_t)_i, HOSTILE);
    char path[64];
    int file = make_file(header);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    size_t taken = measure(path);
    size_t most = strlen(header) * BYTES_FOR_A_BYTE + BYTES_IN_ANY_CASE;
    ck_assert_msg(taken <= most, "%s: %zu bytes, more than %zu", hostile[_i].what, taken, most);
    ck_assert_int_eq(close(file), 0);
    free(header);
}
END_TEST

Suite *info_json_suite(void) {
    Suite *suite = suite_create("info_json");
    TCase *test = tcase_create("memory");
    if (faults_available()) {
        tcase_add_loop_test(test, memory_is_proportional_to_the_file, 0,
                            (int)(sizeof hostile / sizeof hostile[0]));
    }
    suite_add_tcase(suite, test);
    return suite;
}
