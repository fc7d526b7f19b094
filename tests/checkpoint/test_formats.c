/* Which files charnn opens, now and in later versions, which ones it refuses, and its memory use.
 */
#include "base/files/file.h"
#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "suites.h"
#include "support/compare.h"
#include "support/faults.h"
#include "support/temporary.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- comparison with the official Python package ----------------------------------------------
 */

static cJSON *read_table(const char *path) {
    struct error error = {0};
    struct file_bytes bytes;
    cJSON *json = NULL;
    ck_assert_msg(file_bytes_init(&bytes, path, &error) == CHARNN_OK, "%s", error.message);
    ck_assert_msg(json_parse((const char *)bytes.data, bytes.size, "the table", &json, &error) ==
                      CHARNN_OK,
                  "%s", error.message);
    file_bytes_deinit(&bytes);
    return json;
}

/* The bytes that hexadecimal digits stand for, in a block of exactly their size. */
static unsigned char *from_hexadecimal(const char *digits, size_t *size) {
    *size = strlen(digits) / 2;
    unsigned char *bytes = malloc(*size > 0 ? *size : 1);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < *size; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], '\0'};
        bytes[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    return bytes;
}

/* How many files of a table are read, are malformed, and are valid but refused with a reason. */
struct verdicts {
    size_t valid, refused, stricter;
};

static struct verdicts compare_verdicts(const char *path) {
    cJSON *table = read_table(path);
    const cJSON *row;
    struct verdicts verdicts = {0};
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(table, "files")) {
        struct error error = {0};
        struct safetensors *file = NULL;
        size_t size;
        const char *name = cJSON_GetObjectItemCaseSensitive(row, "name")->valuestring;
        bool theirs = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "valid"));
        bool exception = cJSON_GetObjectItemCaseSensitive(row, "stricter") != NULL;
        unsigned char *bytes =
            from_hexadecimal(cJSON_GetObjectItemCaseSensitive(row, "bytes")->valuestring, &size);
        bool ours = safetensors_create(bytes, size, "x", &file, &error) == CHARNN_OK;
        ck_assert_msg(ours == (theirs && !exception), "\"%s\" is %s here: %s", name,
                      ours ? "valid" : "not valid", error.message);
        ck_assert_msg(theirs || !exception, "\"%s\" is no exception", name);
        verdicts.valid += ours;
        verdicts.stricter += exception;
        verdicts.refused += !theirs;
        safetensors_destroy(file);
        free(bytes);
    }
    cJSON_Delete(table);
    return verdicts;
}

START_TEST(the_python_package_agrees) {
    struct verdicts verdicts = compare_verdicts("tests/golden/malformed.json");
    ck_assert_uint_ge(verdicts.valid, 9);
    ck_assert_uint_le(verdicts.stricter, 5);
    ck_assert_uint_ge(verdicts.refused, 60);
}
END_TEST

/* Needs the package itself; passes without it. */
START_TEST(the_python_package_agrees_on_files_made_by_chance) {
    char folder[TEMPORARY_PATH];
    char path[TEMPORARY_PATH + 8];
    char command[TEMPORARY_PATH + 128];
    temporary_folder(folder);
    (void)snprintf(path, sizeof path, "%s/table", folder);
    (void)snprintf(command, sizeof command,
                   "python3 -c 'import safetensors' 2>/dev/null && "
                   "python3 tests/golden/make_malformed.py --random 5000 '%s' >/dev/null",
                   path);
    if (system(command) == 0) { // NOLINT(cert-env33-c)
        struct verdicts verdicts = compare_verdicts(path);
        ck_assert_uint_ge(verdicts.valid, 500);
        ck_assert_uint_ge(verdicts.refused, 2000);
        ck_assert_uint_le(verdicts.stricter, 500);
    }
    temporary_remove(folder);
}
END_TEST

/* ---- format version 1, which must always open -------------------------------------------------
 */

static void check_values(const struct checkpoint *checkpoint, const char *name, float first,
                         float second) {
    const struct safetensors_tensor *tensor = safetensors_find(checkpoint_file(checkpoint), name);
    ck_assert_msg(tensor != NULL, "%s is missing", name);
    const float expected[2] = {first, second};
    float values[2];
    safetensors_read_floats(tensor, 0, 2, values);
    assert_same_bits(values, expected, 2, "%s", name);
}

START_TEST(a_resumable_file_of_format_1_opens) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    struct model *model = NULL;
    size_t step = 0;
    static const uint32_t symbols[] = {'\n', ' ', 'a', 'b'};
    ck_assert_msg(checkpoint_open("tests/golden/format1.safetensors", &checkpoint, &error) ==
                      CHARNN_OK,
                  "%s", error.message);
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    ck_assert_str_eq(shape->cell->name, "gru");
    ck_assert_uint_eq(shape->hidden, 2);
    ck_assert_uint_eq(shape->layers, 1);
    ck_assert_uint_eq(shape->vocab, 4);
    ck_assert_mem_eq(vocab_codes(checkpoint_vocab(checkpoint)), symbols, sizeof symbols);
    ck_assert_str_eq(safetensors_metadata(checkpoint_file(checkpoint), "charnn.version"), "0.1.0");
    ck_assert_int_eq(
        json_get_size(checkpoint_training(checkpoint), "training", "step", &step, &error),
        CHARNN_OK);
    ck_assert_uint_eq(step, 2);
    ck_assert_int_eq(checkpoint_load_model(checkpoint, CHARNN_USE_TRAIN, 1, &model, &error),
                     CHARNN_OK);
    check_values(checkpoint, "rnn.weight_ih_l0", -0x1.1e73a0p-4F, -0x1.e97e64p-5F);
    check_values(checkpoint, "decoder.bias", 0x1.cc1b82p-5F, 0x1.c77bb8p-5F);
    check_values(checkpoint, "optim.exp_avg_sq.decoder.weight", 0x1.805c24p-24F, 0x1.0c4718p-25F);
    check_values(checkpoint, "state.h_l0", 0x1.9ed1f2p-5F, 0x1.5ac350p-7F);
    model_destroy(model);
    checkpoint_close(checkpoint);
}
END_TEST

/* ---- memory -----------------------------------------------------------------------------------
 */

enum { BYTES_FOR_A_BYTE = 32, BYTES_IN_ANY_CASE = 2 << 20, HOSTILE = 400000 };

/* A growing text. */
struct text {
    char *bytes;
    size_t size;
};

static void append(struct text *text, const char *more) {
    size_t length = strlen(more);
    memcpy(text->bytes + text->size, more, length + 1);
    text->size += length;
}

static void append_often(struct text *text, const char *more) {
    while (text->size < HOSTILE) {
        append(text, more);
    }
}

/* Opens a file with that header and zeros for data; only the memory taken counts. */
static void check_memory(const struct text *header, size_t data_size, const char *what) {
    struct error error = {0};
    struct checkpoint *checkpoint = NULL;
    char path[64];
    uint64_t length = header->size;
    size_t size = sizeof length + header->size + data_size;
    int file = memfd_create("hostile", MFD_CLOEXEC);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pwrite(file, &length, sizeof length, 0), (ssize_t)sizeof length);
    ck_assert_int_eq(pwrite(file, header->bytes, header->size, sizeof length),
                     (ssize_t)header->size);
    ck_assert_int_eq(ftruncate(file, (off_t)size), 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    faults_clear();
    size_t before = faults_bytes();
    (void)!checkpoint_open(path, &checkpoint, &error);
    checkpoint_close(checkpoint);
    size_t taken = faults_most_bytes() - before;
    ck_assert_msg(taken <= size * BYTES_FOR_A_BYTE + BYTES_IN_ANY_CASE,
                  "%s: %zu bytes for a file of %zu (%s)", what, taken, size, error.message);
    ck_assert_uint_eq(faults_bytes(), before);
    ck_assert_int_eq(close(file), 0);
}

/* How a header begins, what it repeats, and how it ends. */
static const struct {
    const char *what, *begin, *often, *end;
} hostile_headers[] = {
    {"numbers", "{\"t\":[0", ",0", "]}"},
    {"lists", "{\"t\":[[]", ",[]", "]}"},
    {"strings", "{\"t\":[\"\"", ",\"a\"", "]}"},
    {"keys", "{\"\":0", ",\"\":0", "}"},
    {"entries", "{\"__metadata__\":{}",
     ",\"t\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}", "}"},
    {"a long string", "{\"t\":\"", "aaaaaaaaaaaaaaaa", "\"}"},
    {"escapes", "{\"t\":\"", "\\u00e9\\n", "\"}"},
    {"metadata", "{\"__metadata__\":{\"a\":\"b\"", ",\"a\":\"b\"", "}}"},
    {"a vocabulary",
     "{\"__metadata__\":{\"charnn.format\":\"1\",\"charnn.config\":\"{\\\"model\\\":\\\"rnn\\\","
     "\\\"rnn_size\\\":65536,\\\"num_layers\\\":1024}\",\"charnn.vocab\":\"{\\\"encoding\\\":"
     "\\\"utf8\\\",\\\"symbols\\\":[0",
     ",0", "]}\"}}"},
    {"a history",
     "{\"__metadata__\":{\"charnn.format\":\"1\",\"charnn.config\":\"{\\\"model\\\":\\\"rnn\\\","
     "\\\"rnn_size\\\":1,\\\"num_layers\\\":1024}\",\"charnn.vocab\":\"{\\\"encoding\\\":"
     "\\\"utf8\\\",\\\"symbols\\\":[0]}\",\"charnn.training\":\"[[0]",
     ",[0,0]", "]\"}}"},
};

START_TEST(memory_is_proportional_to_the_file) {
    struct text header = {.bytes = malloc(HOSTILE + 1000)};
    ck_assert_ptr_nonnull(header.bytes);
    append(&header, hostile_headers[_i].begin);
    append_often(&header, hostile_headers[_i].often);
    append(&header, hostile_headers[_i].end);
    check_memory(&header, 0, hostile_headers[_i].what);
    check_memory(&header, 10000, hostile_headers[_i].what);
    free(header.bytes);
}
END_TEST

Suite *formats_suite(void) {
    Suite *suite = suite_create("formats");
    TCase *test = tcase_create("formats");
    tcase_add_test(test, the_python_package_agrees);
    tcase_add_test(test, the_python_package_agrees_on_files_made_by_chance);
    tcase_add_test(test, a_resumable_file_of_format_1_opens);
    if (faults_available()) {
        tcase_add_loop_test(test, memory_is_proportional_to_the_file, 0,
                            (int)(sizeof hostile_headers / sizeof hostile_headers[0]));
    }
    suite_add_tcase(suite, test);
    return suite;
}
