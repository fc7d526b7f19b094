/* Damaged checkpoints: truncated anywhere, or with any bit changed. */
#include "base/json.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/checksum.h"
#include "checkpoint/safetensors.h"
#include "suites.h"
#include "support/checksum.h"
#include "support/temporary.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A checkpoint with a checksum in memory, and the open file `path` of the same size. */
static unsigned char *whole;
static size_t whole_size;
static char path[TEMPORARY_PATH];
static int file = -1;

static void put(const void *bytes, size_t size, size_t offset) {
    ck_assert_int_eq(pwrite(file, bytes, size, (off_t)offset), (ssize_t)size);
}

/* Opens it with and without its model, which must give the same result. */
static enum status open_it(struct error *error) {
    struct error again = {0};
    struct checkpoint *checkpoint = NULL;
    struct model *model = NULL;
    enum status status = checkpoint_open(path, &checkpoint, error);
    ck_assert_int_eq(checkpoint == NULL, status != CHARNN_OK);
    checkpoint_close(checkpoint);
    ck_assert_int_eq(checkpoint_open_model(path, 1, &checkpoint, &model, &again), status);
    ck_assert_int_eq(checkpoint == NULL, status != CHARNN_OK);
    ck_assert_int_eq(model == NULL, status != CHARNN_OK);
    ck_assert_str_eq(again.message, error->message);
    model_destroy(model);
    checkpoint_close(checkpoint);
    return status;
}

static void check_opens(void) {
    struct error error = {0};
    ck_assert_msg(open_it(&error) == CHARNN_OK, "%s", error.message);
}

/* The error is a sentence that begins with the path. */
static void check_refused(const char *what, size_t place) {
    struct error error = {0};
    ck_assert_msg(open_it(&error) == CHARNN_ERROR_FORMAT, "not detected: %s, at %zu", what, place);
    ck_assert_int_eq(strncmp(error.message, path, strlen(path)), 0);
    ck_assert_uint_gt(strlen(error.message), strlen(path) + 10);
}

static void check_refused_with(const char *message) {
    struct error error = {0};
    ck_assert_int_eq(open_it(&error), CHARNN_ERROR_FORMAT);
    ck_assert_int_eq(strncmp(error.message, path, strlen(path)), 0);
    ck_assert_str_eq(error.message + strlen(path), message);
}

static void write_checkpoint(enum weight_type weights) {
    static const uint32_t codes[] = {'a', 0xE9, 0x1F600};
    struct error error = {0};
    struct vocab *vocab = NULL;
    struct model *model = NULL;
    cJSON *training = NULL;
    const struct model_shape shape = {
        .cell = cell_find("gru"), .vocab = 3, .hidden = 2, .layers = 1};
    ck_assert_int_eq(vocab_create(CHARNN_ENCODING_UTF8, codes, 3, &vocab, &error), CHARNN_OK);
    ck_assert_int_eq(model_create(&shape, false, &model, &error), CHARNN_OK);
    model_initialize(model, 0.5, 3);
    ck_assert_int_eq(json_create_object(&training, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_size(training, "step", 12, &error), CHARNN_OK);
    const struct checkpoint_contents contents = {
        .model = model, .weights = weights, .vocab = vocab, .training = training};
    ck_assert_msg(checkpoint_write(path, &contents, &error) == CHARNN_OK, "%s", error.message);
    cJSON_Delete(training);
    model_destroy(model);
    vocab_destroy(vocab);
}

static void begin(enum weight_type weights) {
    write_checkpoint(weights);
    file = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(file, 0);
    struct stat about;
    ck_assert_int_eq(fstat(file, &about), 0);
    whole_size = (size_t)about.st_size;
    whole = malloc(whole_size);
    ck_assert_ptr_nonnull(whole);
    ck_assert_int_eq(pread(file, whole, whole_size, 0), (ssize_t)whole_size);
}

static void set_up(void) {
    temporary_file(path, "", 0);
    begin(CHARNN_WEIGHTS_F32);
}

static void end(void) {
    free(whole);
    ck_assert_int_eq(close(file), 0);
}

static void tear_down(void) {
    end();
    ck_assert_int_eq(unlink(path), 0);
}

START_TEST(every_truncation_is_detected) {
    end();
    begin((enum weight_type)_i);
    check_opens();
    for (size_t size = whole_size; size-- > 0;) {
        ck_assert_int_eq(ftruncate(file, (off_t)size), 0);
        check_refused("truncated", size);
    }
}
END_TEST

START_TEST(every_changed_bit_is_detected) {
    end();
    begin((enum weight_type)_i);
    for (size_t place = 0; place < whole_size; place++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned char changed = (unsigned char)(whole[place] ^ 1U << bit);
            put(&changed, 1, place);
            check_refused("a changed bit", place * 8 + bit);
        }
        put(&whole[place], 1, place);
    }
    check_opens();
}
END_TEST

START_TEST(an_added_byte_is_detected) {
    put("x", 1, whole_size);
    check_refused_with(": the tensors end at byte 204 of the data, which ends at byte 205");
}
END_TEST

/* Overwrites the first occurrence of `old` with `text`. */
static void replace(const char *old, const char *text) {
    for (size_t i = 0; i + strlen(old) <= whole_size; i++) {
        if (memcmp(whole + i, old, strlen(old)) == 0) {
            memcpy(whole + i, text, strlen(text));
            put(text, strlen(text), i);
            return;
        }
    }
    ck_abort_msg("%s is not in the file", old);
}

START_TEST(damage_is_named) {
    whole[whole_size - 1] ^= 0x10U;
    char recorded[CHARNN_CHECKSUM_DIGITS + 1] = "";
    char message[256];
    memcpy(recorded, whole + CHARNN_CHECKSUM_PLACE, CHARNN_CHECKSUM_DIGITS);
    checksum_update(whole, whole_size);
    put(whole + whole_size - 1, 1, whole_size - 1);
    (void)snprintf(message, sizeof message,
                   " is damaged: its checksum is %.*s, but %s was recorded; use another copy",
                   CHARNN_CHECKSUM_DIGITS, (const char *)whole + CHARNN_CHECKSUM_PLACE, recorded);
    check_refused_with(message);
    put(whole, whole_size, 0);
    check_opens();
}
END_TEST

#define NOT_ITS_PLACE                                                                              \
    " is damaged or was saved again by another program: its checksum is not where charnn writes "  \
    "it; a program that changes the file must remove \"charnn.xxh64\" and \"charnn.checksum\" "    \
    "from its metadata"
#define NOT_KNOWN(kind)                                                                            \
    " is damaged or was written by a newer charnn: its checksum is of kind \"" kind                \
    "\"; this charnn supports \"xxh64\""

static const struct {
    const char *old, *text, *message;
} half_checksums[] = {
    {"\"charnn.xxh64", "\"charnn.xxh65", NOT_ITS_PLACE},
    {"\"charnn.checksum", "\"charnn.checksun", NOT_KNOWN("")},
    {"\"xxh64\"", "\"xxh65\"", NOT_KNOWN("xxh65")},
};

START_TEST(half_a_checksum_is_refused) {
    replace(half_checksums[_i].old, half_checksums[_i].text);
    check_refused_with(half_checksums[_i].message);
}
END_TEST

/* Another program may write the same strings in another order. */
START_TEST(a_checksum_in_another_place_is_refused) {
    static const char kind[] = "\"charnn.checksum\":\"xxh64\",";
    unsigned char *entries = whole + CHARNN_SAFETENSORS_LENGTH + strlen("{\"__metadata__\":{");
    size_t first = strlen("\"charnn.xxh64\":\"\",") + CHARNN_CHECKSUM_DIGITS;
    ck_assert_mem_eq(entries + first, kind, strlen(kind));
    memmove(entries + strlen(kind), entries, first);
    memcpy(entries, kind, strlen(kind));
    put(whole, whole_size, 0);
    check_refused_with(NOT_ITS_PLACE);
}
END_TEST

START_TEST(a_file_without_a_checksum_opens) {
    replace("charnn.xxh64", "others.xxh64");
    replace("charnn.checksum", "others.checksum");
    check_opens();
}
END_TEST

Suite *damage_suite(void) {
    Suite *suite = suite_create("damage");
    TCase *test = tcase_create("damage");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_loop_test(test, every_truncation_is_detected, CHARNN_WEIGHTS_F32,
                        CHARNN_WEIGHTS_INT8 + 1);
    tcase_add_loop_test(test, every_changed_bit_is_detected, CHARNN_WEIGHTS_F32,
                        CHARNN_WEIGHTS_INT8 + 1);
    tcase_add_test(test, an_added_byte_is_detected);
    tcase_add_test(test, damage_is_named);
    tcase_add_loop_test(test, half_a_checksum_is_refused, 0,
                        (int)(sizeof half_checksums / sizeof half_checksums[0]));
    tcase_add_test(test, a_checksum_in_another_place_is_refused);
    tcase_add_test(test, a_file_without_a_checksum_opens);
    suite_add_tcase(suite, test);
    return suite;
}
