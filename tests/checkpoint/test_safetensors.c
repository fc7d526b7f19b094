#include "base/files/file.h"
#include "base/json.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_writer.h"
#include "suites.h"
#include "support/checksum.h"
#include "support/temporary.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file in a block of exactly its size, so that a sanitizer detects any read beyond it. */
struct image {
    unsigned char *bytes;
    size_t size;
};

static struct image make_image(const char *header, size_t data_size) {
    uint64_t length = strlen(header);
    struct image image = {.size = sizeof length + strlen(header) + data_size};
    image.bytes = calloc(1, image.size);
    ck_assert_ptr_nonnull(image.bytes);
    memcpy(image.bytes, &length, sizeof length);
    memcpy(image.bytes + sizeof length, header, strlen(header));
    return image;
}

static struct image copy_image(const void *bytes, size_t size) {
    struct image image = {.bytes = malloc(size > 0 ? size : 1), .size = size};
    ck_assert_ptr_nonnull(image.bytes);
    memcpy(image.bytes, bytes, size);
    return image;
}

static struct safetensors *read_image(const struct image *image) {
    struct error error = {0};
    struct safetensors *file = NULL;
    enum status status = safetensors_create(image->bytes, image->size, "x", &file, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return file;
}

/* The position that cJSON reports differs between its versions, so it is not compared. */
static void check_message(const struct error *error, const char *expected) {
    const char *place = strstr(error->message, " near byte ");
    if (place != NULL) {
        ck_assert_int_eq(strncmp(error->message, expected, strlen(expected)), 0);
        ck_assert_ptr_eq(place + strlen(" near byte"), error->message + strlen(expected));
    } else {
        ck_assert_str_eq(error->message, expected);
    }
}

static void check_refused(struct image image, const char *message) {
    struct error error = {0};
    struct safetensors *file = NULL;
    enum status status = safetensors_create(image.bytes, image.size, "x", &file, &error);
    ck_assert_int_eq(status, CHARNN_ERROR_FORMAT);
    check_message(&error, message);
    ck_assert_ptr_null(file);
    free(image.bytes);
}

/* Each test that writes has a path of its own. */
static char path[TEMPORARY_PATH];

static void make_path(void) {
    temporary_file(path, "", 0);
}

static void remove_path(void) {
    ck_assert_int_eq(unlink(path), 0);
}

struct declaration {
    const char *name;
    enum safetensors_dtype dtype;
    size_t rank;
    size_t shape[CHARNN_SAFETENSORS_RANK];
};

struct note {
    const char *key, *value;
};

/* A writer that is ready for the data. */
static enum status begin_file(const char *target, const struct declaration *tensors, size_t count,
                              const struct note *notes, size_t note_count,
                              struct safetensors_writer **writer, struct error *error) {
    enum status status = safetensors_writer_create(target, writer, error);
    for (size_t i = 0; i < note_count && status == CHARNN_OK; i++) {
        status = safetensors_writer_add_metadata(*writer, notes[i].key, notes[i].value, error);
    }
    for (size_t i = 0; i < count && status == CHARNN_OK; i++) {
        status = safetensors_writer_declare(*writer, tensors[i].name, tensors[i].dtype,
                                            tensors[i].shape, tensors[i].rank, error);
    }
    return status == CHARNN_OK ? safetensors_writer_begin_data(*writer, error) : status;
}

static size_t bytes_of(const struct declaration *tensor) {
    size_t size = safetensors_dtype_size(tensor->dtype);
    for (size_t i = 0; i < tensor->rank; i++) {
        size *= tensor->shape[i];
    }
    return size;
}

/* Writes a file; data[i] belongs to tensors[i]. */
static void write_file(const struct declaration *tensors, size_t count, const struct note *notes,
                       size_t note_count, const void *const *data) {
    struct error error = {0};
    struct safetensors_writer *writer = NULL;
    enum status status = begin_file(path, tensors, count, notes, note_count, &writer, &error);
    for (size_t i = 0; i < count && status == CHARNN_OK; i++) {
        status = safetensors_writer_write(writer, data[i], bytes_of(&tensors[i]), &error);
    }
    if (status == CHARNN_OK) {
        status = safetensors_writer_commit(writer, &error);
    }
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    safetensors_writer_destroy(writer);
}

static struct image load_path(const char *name) {
    struct error error = {0};
    struct file_bytes bytes;
    ck_assert_msg(file_bytes_init(&bytes, name, &error) == CHARNN_OK, "%s", error.message);
    struct image image = copy_image(bytes.data, bytes.size);
    file_bytes_deinit(&bytes);
    return image;
}

static const char small_header[] =
    "{\"__metadata__\":{\"charnn.xxh64\":\"0000000000000000\",\"charnn.checksum\":\"xxh64\","
    "\"k\":\"v\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}";

START_TEST(a_small_file_has_the_expected_bytes) {
    static const float values[2] = {1.0F, -2.0F};
    const struct declaration tensor = {"w", CHARNN_DTYPE_F32, 2, {1, 2}};
    const struct note note = {"k", "v"};
    const void *data[] = {values};
    write_file(&tensor, 1, &note, 1, data);

    /* 184 bytes of header, so that the data begins at byte 192. */
    unsigned char expected[200] = {184};
    memset(expected + 8, ' ', 184);
    memcpy(expected + 8, small_header, strlen(small_header));
    static const unsigned char floats[8] = {0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x00, 0xC0};
    memcpy(expected + 192, floats, 8);
    checksum_update(expected, sizeof expected);
    struct image image = load_path(path);
    ck_assert_uint_eq(image.size, sizeof expected);
    ck_assert_mem_eq(image.bytes, expected, sizeof expected);
    free(image.bytes);
}
END_TEST

START_TEST(an_aligned_header_has_no_padding) {
    const struct note note = {"123456789012345678901234567890123456", ""};
    write_file(NULL, 0, &note, 1, NULL);
    struct image image = load_path(path);
    ck_assert_uint_eq(image.size, 128);
    ck_assert_uint_eq(image.bytes[0], 120);
    ck_assert_int_eq(image.bytes[127], '}');
    free(image.bytes);
}
END_TEST

static void check_tensor(const struct safetensors *file, const struct declaration *expected,
                         const void *data) {
    const struct safetensors_tensor *tensor = safetensors_find(file, expected->name);
    ck_assert_ptr_nonnull(tensor);
    ck_assert_str_eq(tensor->name, expected->name);
    ck_assert_int_eq(tensor->dtype, expected->dtype);
    ck_assert_uint_eq(tensor->rank, expected->rank);
    size_t elements = 1;
    for (size_t i = 0; i < expected->rank; i++) {
        ck_assert_uint_eq(tensor->shape[i], expected->shape[i]);
        elements *= expected->shape[i];
    }
    ck_assert_uint_eq(tensor->elements, elements);
    ck_assert_uint_eq(tensor->size, bytes_of(expected));
    ck_assert(tensor->size == 0 || memcmp(tensor->data, data, tensor->size) == 0);
}

START_TEST(a_written_file_is_read_back) {
    static const float floats[6] = {0.0F, -0.0F, 1e-45F, 3.4e38F, 0.1F, -7.0F};
    static const double doubles[2] = {0.1, -1e300};
    static const int64_t wholes[3] = {INT64_MIN, 0, INT64_MAX};
    static const uint16_t halves[256] = {0x3C00, 0xFFFF};
    static const unsigned char bytes[3] = {0, 127, 255};
    static const struct declaration tensors[] = {
        {"b.weight", CHARNN_DTYPE_F32, 2, {3, 2}},
        {"a.weight", CHARNN_DTYPE_F64, 1, {2}},
        {"wholes", CHARNN_DTYPE_I64, 1, {3}},
        {"deep", CHARNN_DTYPE_F16, 8, {2, 2, 2, 2, 2, 2, 2, 2}},
        {"empty", CHARNN_DTYPE_F32, 3, {5, 0, 7}},
        {"", CHARNN_DTYPE_F32, 0, {0}},
        {"quoted \"\\\n\xE2\x82\xAC", CHARNN_DTYPE_U8, 1, {3}},
    };
    static const struct note notes[] = {
        {"charnn.format", "1"},
        {"json", "{\"a\": \"b\\n\"}\n\x01 \xF0\x9F\x98\x80"},
        {"", ""},
    };
    const void *data[] = {floats, doubles, wholes, halves, NULL, floats + 4, bytes};
    enum { COUNT = sizeof tensors / sizeof tensors[0], NOTES = sizeof notes / sizeof notes[0] };
    write_file(tensors, COUNT, notes, NOTES, data);

    struct image image = load_path(path);
    struct safetensors *file = read_image(&image);
    ck_assert_uint_eq(safetensors_count(file), COUNT);
    ck_assert_uint_eq((size_t)(safetensors_at(file, 0)->data - image.bytes) % 64, 0);
    for (size_t i = 0; i < COUNT; i++) {
        check_tensor(file, &tensors[i], data[i]);
    }
    ck_assert_str_eq(safetensors_at(file, 0)->name, "b.weight");
    ck_assert_str_eq(safetensors_at(file, COUNT - 1)->name, tensors[COUNT - 1].name);
    for (size_t i = 0; i < NOTES; i++) {
        ck_assert_str_eq(safetensors_metadata(file, notes[i].key), notes[i].value);
    }
    ck_assert_ptr_null(safetensors_find(file, "weight"));
    ck_assert_ptr_null(safetensors_find(file, "__metadata__"));
    ck_assert_ptr_null(safetensors_metadata(file, "format"));
    safetensors_destroy(file);
    free(image.bytes);
}
END_TEST

START_TEST(an_empty_file_is_fine) {
    write_file(NULL, 0, NULL, 0, NULL);
    struct image image = load_path(path);
    ck_assert_uint_eq(image.size, 128);
    struct safetensors *file = read_image(&image);
    ck_assert_uint_eq(safetensors_count(file), 0);
    ck_assert_ptr_null(safetensors_find(file, "a"));
    ck_assert_ptr_null(safetensors_metadata(file, "a"));
    safetensors_destroy(file);
    free(image.bytes);
    safetensors_destroy(NULL);
    safetensors_writer_destroy(NULL);
}
END_TEST

static void check_not_created(const char *target, const struct declaration *tensor,
                              const struct note *note, enum status status, const char *message) {
    struct error error = {0};
    struct safetensors_writer *writer = NULL;
    ck_assert_int_eq(begin_file(target, tensor, 1, note, 1, &writer, &error), status);
    ck_assert_str_eq(error.message, message);
    safetensors_writer_destroy(writer);
}

START_TEST(invalid_contents_are_refused) {
    const struct declaration good = {"w", CHARNN_DTYPE_F32, 1, {1}};
    const struct declaration broken = {"w\xFF", CHARNN_DTYPE_F32, 1, {1}};
    const struct declaration huge = {"w", CHARNN_DTYPE_F32, 2, {(size_t)1 << 31, (size_t)1 << 31}};
    const struct declaration large = {"w", CHARNN_DTYPE_U8, 1, {(size_t)1 << 53}};
    const struct note note = {"k", "v"};
    const struct note broken_note = {"k", "caf\xE9"};
    check_not_created("x", &broken, &note, CHARNN_ERROR_DATA,
                      "cannot write x: \"w?\" is not UTF-8");
    check_not_created("x", &good, &broken_note, CHARNN_ERROR_DATA,
                      "cannot write x: \"caf?\" is not UTF-8");
    check_not_created("x", &huge, &note, CHARNN_ERROR_DATA,
                      "cannot write x: it would be too large");
    check_not_created("x", &large, &note, CHARNN_ERROR_DATA,
                      "cannot write x: it would be too large");
    check_not_created("/no/such/x", &good, &note, CHARNN_ERROR_IO,
                      "cannot open the folder of /no/such/x: No such file or directory");
    ck_assert_int_ne(access("x", F_OK), 0);
}
END_TEST

START_TEST(an_uncommitted_file_leaves_the_old_one) {
    const struct note note = {"k", "v"};
    write_file(NULL, 0, &note, 1, NULL);
    struct error error = {0};
    struct safetensors_writer *writer = NULL;
    ck_assert_int_eq(begin_file(path, NULL, 0, NULL, 0, &writer, &error), CHARNN_OK);
    safetensors_writer_destroy(writer);
    struct image image = load_path(path);
    struct safetensors *file = read_image(&image);
    ck_assert_str_eq(safetensors_metadata(file, "k"), "v");
    safetensors_destroy(file);
    free(image.bytes);
}
END_TEST

static void check_floats(const struct safetensors *file, const char *name, const float *expected,
                         size_t count) {
    struct error error = {0};
    const struct safetensors_tensor *tensor = safetensors_find(file, name);
    ck_assert_ptr_nonnull(tensor);
    ck_assert_uint_eq(tensor->elements, count);
    ck_assert_int_eq(safetensors_check_floats(file, tensor, &error), CHARNN_OK);
    float *values = malloc(count * sizeof *values);
    /* From every first element; compares bits, because -0 == 0. */
    for (size_t first = 0; first <= count; first++) {
        safetensors_read_floats(tensor, first, count - first, values);
        ck_assert(memcmp(values, expected + first, (count - first) * sizeof *values) == 0);
    }
    free(values);
}

START_TEST(a_file_made_in_python_is_read) {
    static const float matrix[] = {0, 1, 2, 3, 4, 5};
    static const float wide[] = {0.1F, -1e-3F, 0x1p40F};
    static const float half[] = {0.0F,     -0.0F,    1.0F,      -2.5F,
                                 65504.0F, 0x1p-24F, -0x1p-14F, 0x1p-14F - 0x1p-24F,
                                 INFINITY, -INFINITY};
    static const float brain[] = {1.0F, -0x1p-126F, 0x1p-133F, INFINITY, -3.140625F};
    static const float scalar[] = {0.25F};
    struct image image = load_path("tests/golden/python.safetensors");
    struct safetensors *file = read_image(&image);
    ck_assert_uint_eq(safetensors_count(file), 8);
    check_floats(file, "matrix", matrix, 6);
    check_floats(file, "wide", wide, 3);
    check_floats(file, "half", half, 10);
    check_floats(file, "brain", brain, 5);
    check_floats(file, "scalar", scalar, 1);

    static const int64_t wholes[] = {-1, INT64_C(1) << 40};
    static const unsigned char bytes[] = {0, 127, 255};
    const struct declaration whole = {"whole", CHARNN_DTYPE_I64, 1, {2}};
    const struct declaration byte = {"bytes", CHARNN_DTYPE_U8, 1, {3}};
    const struct declaration empty = {"empty", CHARNN_DTYPE_F32, 2, {0, 4}};
    check_tensor(file, &whole, wholes);
    check_tensor(file, &byte, bytes);
    check_tensor(file, &empty, bytes);
    ck_assert_str_eq(safetensors_metadata(file, "quoted"),
                     "a \"b\" \\ \n\t\xE2\x82\xAC\xF0\x9F\x98\x80");

    struct error error = {0};
    ck_assert_int_eq(safetensors_check_floats(file, safetensors_find(file, "empty"), &error),
                     CHARNN_OK);
    ck_assert_int_eq(safetensors_check_floats(file, safetensors_find(file, "whole"), &error),
                     CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message,
                     "x: tensor \"whole\" has dtype I64; expected F32, F64, F16 or BF16");
    safetensors_destroy(file);
    free(image.bytes);
}
END_TEST

START_TEST(tensors_may_come_in_any_order) {
    struct image image =
        make_image("{\"a\":{\"data_offsets\":[4,5],\"shape\":[1],\"dtype\":\"U8\"},"
                   "\"none\":{\"data_offsets\":[4,4],\"shape\":[0],\"dtype\":\"U8\"},"
                   "\"b\":{\"shape\":[],\"data_offsets\":[0,4],\"dtype\":\"F32\"}}",
                   5);
    struct safetensors *file = read_image(&image);
    ck_assert_uint_eq(safetensors_count(file), 3);
    ck_assert_str_eq(safetensors_at(file, 0)->name, "b");
    ck_assert_str_eq(safetensors_at(file, 1)->name, "none");
    ck_assert_str_eq(safetensors_at(file, 2)->name, "a");
    ck_assert_ptr_eq(safetensors_find(file, "a")->data, image.bytes + image.size - 1);
    safetensors_destroy(file);
    free(image.bytes);
}
END_TEST

/* The entry of a tensor "t". */
#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define BYTE_AT(name, begin, end)                                                                  \
    "\"" name "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" begin "," end "]}"
#define NOT_SIZES                                                                                  \
    "x: tensor \"t\" has data_offsets that are not two integers from 0 to 9007199254740991"
#define NOT_WHOLE(place)                                                                           \
    "x: the number at byte " place " of the header is not written as a non-negative integer"
#define NOT_EXTENT                                                                                 \
    "x: tensor \"t\" has a dimension that is not an integer from 0 to 9007199254740991"

static const struct {
    const char *header;
    size_t data_size;
    const char *message;
} malformed_headers[] = {
    /* the JSON */
    {"", 0, "x is not a safetensors file: the header does not begin with \"{\""},
    {" {}", 0, "x is not a safetensors file: the header does not begin with \"{\""},
    {"[]", 0, "x is not a safetensors file: the header does not begin with \"{\""},
    {"{", 0, "x: the header cannot be read as JSON: something unexpected near byte"},
    {"{}x", 0, "x: the header cannot be read as JSON: something unexpected near byte"},
    {"{}  {}", 0, "x: the header cannot be read as JSON: something unexpected near byte"},
    {"{\"a\":1,}", 0, "x: the header cannot be read as JSON: something unexpected near byte"},
    {"{\"a\":1,", 0, "x: the header cannot be read as JSON: something unexpected near byte"},
    {"{\"a\xFF\":1}", 0,
     "x: the header cannot be read as JSON: bytes that are not UTF-8 at byte 3"},
    {"{\"a\\u0000b\":1}", 0, "x: the header cannot be read as JSON: a NUL in a string at byte 3"},
    {"{\"a\nb\":1}", 0, "x: the header cannot be read as JSON: a control character at byte 3"},
    {"{\"a\":01}", 0, "x: the header cannot be read as JSON: a malformed number at byte 5"},
    /* entries */
    {"{\"t\":1}", 0, "x: tensor \"t\" has an entry that is not an object"},
    {"{\"t\":[]}", 0, "x: tensor \"t\" has an entry that is not an object"},
    {"{\"\\u001b[2J\":1}", 0, "x: tensor \"?[2J\" has an entry that is not an object"},
    {"{\"t\":{}}", 0, "x: tensor \"t\" lacks \"dtype\""},
    {"{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}", 0, "x: tensor \"t\" lacks \"shape\""},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0, "x: tensor \"t\" lacks \"data_offsets\""},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"shape\":[0],\"data_offsets\":[0,0]}}", 0,
     "x: tensor \"t\" has an unknown key or the same key twice"},
    {"{\"t\":{\"dtype\":\"F32\",\"Shape\":[0],\"data_offsets\":[0,0]}}", 0,
     "x: tensor \"t\" lacks \"shape\""},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0],\"Shape\":[0]}}", 0,
     "x: tensor \"t\" has an unknown key or the same key twice"},
    /* dtype */
    {ENTRY("7", "[2]", "[0,8]"), 8, "x: tensor \"t\" has a dtype that is not a string"},
    {ENTRY("\"f32\"", "[2]", "[0,8]"), 8, "x: tensor \"t\" has the unknown dtype \"f32\""},
    {ENTRY("\"\"", "[2]", "[0,8]"), 8, "x: tensor \"t\" has the unknown dtype \"\""},
    /* shape */
    {ENTRY("\"F32\"", "2", "[0,8]"), 8, "x: tensor \"t\" has a shape that is not a list"},
    {ENTRY("\"F32\"", "{\"a\":2}", "[0,8]"), 8, "x: tensor \"t\" has a shape that is not a list"},
    {ENTRY("\"F32\"", "[\"2\"]", "[0,8]"), 8, NOT_EXTENT},
    {ENTRY("\"F32\"", "[null]", "[0,8]"), 8, NOT_EXTENT},
    {ENTRY("\"F32\"", "[true]", "[0,8]"), 8, NOT_EXTENT},
    {ENTRY("\"F32\"", "[-2]", "[0,8]"), 8, NOT_WHOLE("29")},
    {ENTRY("\"F32\"", "[2.5]", "[0,8]"), 8, NOT_WHOLE("30")},
    {ENTRY("\"F32\"", "[2.0]", "[0,8]"), 8, NOT_WHOLE("30")},
    {ENTRY("\"F32\"", "[2]", "[-0,8]"), 8, NOT_WHOLE("48")},
    {ENTRY("\"F32\"", "[9007199254740992]", "[0,8]"), 8, NOT_EXTENT},
    {ENTRY("\"F32\"", "[1e400]", "[0,8]"), 8, NOT_WHOLE("30")},
    {ENTRY("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8,
     "x: tensor \"t\" has more than 8 dimensions"},
    {ENTRY("\"F32\"", "[4294967296,4294967296]", "[0,8]"), 8,
     "x: tensor \"t\" has an impossibly large shape"},
    {ENTRY("\"F32\"", "[4294967296,4294967296,0]", "[0,8]"), 8,
     "x: tensor \"t\" has an impossibly large shape"},
    {ENTRY("\"F64\"", "[2147483648,2147483648]", "[0,8]"), 8,
     "x: tensor \"t\" has an impossibly large shape"},
    {ENTRY("\"F32\"", "[3]", "[0,8]"), 8,
     "x: tensor \"t\" has 8 bytes of data, but its dtype and shape need 12"},
    {ENTRY("\"F32\"", "[]", "[0,8]"), 8,
     "x: tensor \"t\" has 8 bytes of data, but its dtype and shape need 4"},
    /* offsets */
    {ENTRY("\"F32\"", "[2]", "8"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[]"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[0]"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[0,8,8]"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[0,\"8\"]"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[-1,7]"), 8, NOT_WHOLE("48")},
    {ENTRY("\"F32\"", "[2]", "[0.5,8.5]"), 8, NOT_WHOLE("49")},
    {ENTRY("\"F32\"", "[2]", "[0,18446744073709551624]"), 8, NOT_SIZES},
    {ENTRY("\"F32\"", "[2]", "[8,0]"), 8, "x: tensor \"t\" begins at byte 8 but ends at byte 0"},
    {ENTRY("\"F32\"", "[2]", "[0,8]"), 7,
     "x: tensor \"t\" ends at byte 8 of the data, which has only 7 bytes; the file is truncated "
     "or damaged"},
    {ENTRY("\"F32\"", "[2]", "[9007199254740983,9007199254740991]"), 8,
     "x: tensor \"t\" ends at byte 9007199254740991 of the data, which has only 8 bytes; the file "
     "is truncated or damaged"},
    /* layout */
    {"{" BYTE_AT("a", "0", "2") "," BYTE_AT("b", "1", "3") "}", 3,
     "x: tensor \"b\" overlaps tensor \"a\""},
    {"{" BYTE_AT("b", "0", "2") "," BYTE_AT("a", "0", "2") "}", 2,
     "x: tensor \"b\" overlaps tensor \"a\""},
    {"{" BYTE_AT("b", "5", "7") "," BYTE_AT("a", "0", "2") "}", 7,
     "x: tensor \"b\" begins at byte 5 of the data and leaves a gap from byte 2"},
    {"{" BYTE_AT("a", "1", "3") "}", 3,
     "x: tensor \"a\" begins at byte 1 of the data and leaves a gap from byte 0"},
    {"{" BYTE_AT("a", "0", "2") "}", 3,
     "x: the tensors end at byte 2 of the data, which ends at byte 3"},
    {"{}", 1, "x: the tensors end at byte 0 of the data, which ends at byte 1"},
    {"{" BYTE_AT("a", "0", "2") "," BYTE_AT("a", "2", "4") "}", 4,
     "x: the header has the key \"a\" twice"},
    {"{" BYTE_AT("a", "0", "2") "," BYTE_AT("\\u0061", "2", "4") "}", 4,
     "x: the header has the key \"a\" twice"},
    /* metadata */
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0,
     "x: the header has the key \"__metadata__\" twice"},
    {"{\"__metadata__\":[]}", 0, "x: \"__metadata__\" is not an object"},
    {"{\"__metadata__\":null}", 0, "x: \"__metadata__\" is not an object"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "x: the metadata value of \"k\" is not a string"},
    {"{\"__metadata__\":{\"k\":{}}}", 0, "x: the metadata value of \"k\" is not a string"},
    {"{\"__metadata__\":{\"k\":\"a\",\"l\":\"b\",\"k\":\"a\"}}", 0,
     "x: the metadata has the key \"k\" twice"},
    {"{\"__metadata__\":{\"k\":\"a\\u0000b\"}}", 0,
     "x: the header cannot be read as JSON: a NUL in a string at byte 23"},
};

START_TEST(a_malformed_header_is_refused) {
    check_refused(make_image(malformed_headers[_i].header, malformed_headers[_i].data_size),
                  malformed_headers[_i].message);
}
END_TEST

START_TEST(deep_nesting_is_refused) {
    char header[4096] = "{\"t\":";
    memset(header + 5, '[', 2000);
    memset(header + 2005, ']', 2000);
    strcpy(header + 4005, "}");
    check_refused(make_image(header, 0),
                  "x: the header cannot be read as JSON: values nested too deeply at byte 132");
    memset(header + 5, ' ', 1900);
    memset(header + 2105, ' ', 1900);
    check_refused(make_image(header, 0), "x: tensor \"t\" has an entry that is not an object");
}
END_TEST

static void check_refused_bytes(const void *bytes, size_t size, const char *message) {
    check_refused(copy_image(bytes, size), message);
}

START_TEST(other_kinds_of_files_are_recognized) {
    static const char text[] = "It was the best of times, it was the worst of times";
    static const char latin[] = "caf\xE9\tau lait\r\n";
    check_refused_bytes(
        "", 0,
        "x is not a safetensors file: it has 0 bytes, fewer than the 8 of the header "
        "length");
    check_refused_bytes(
        "1234567", 7,
        "x is not a safetensors file: it has 7 bytes, fewer than the 8 of the header "
        "length");
    check_refused_bytes(
        text, strlen(text),
        "x is not a safetensors file: it looks like plain text; name a checkpoint instead");
    check_refused_bytes(
        latin, strlen(latin),
        "x is not a safetensors file: it looks like plain text; name a checkpoint instead");
    check_refused_bytes(
        "PK\3\4\0\0\0\0\0\0", 10,
        "x is not a safetensors file: it is a ZIP archive, perhaps from torch.save; "
        "save it with safetensors.torch.save_file instead");
    check_refused_bytes("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0", 10,
                        "x is not a safetensors file: the header length is 18446744073709551615 "
                        "bytes, above the limit 100000000");
    check_refused_bytes("\x01\xE1\xF5\x05\0\0\0\0{}", 10,
                        "x is not a safetensors file: the header length is 100000001 bytes, above "
                        "the limit 100000000");
    check_refused_bytes("\x03\0\0\0\0\0\0\0{}", 10,
                        "x is not a safetensors file: the header length is 3 bytes, but only 2 "
                        "follow; perhaps the file is truncated");
    check_refused_bytes("\0\0\0\0\0\0\0\0", 8,
                        "x is not a safetensors file: the header does not begin with \"{\"");
}
END_TEST

START_TEST(a_truncated_file_is_refused) {
    struct image whole = load_path("tests/golden/python.safetensors");
    for (size_t size = 0; size < whole.size; size++) {
        struct image part = copy_image(whole.bytes, size);
        struct error error = {0};
        struct safetensors *file = NULL;
        ck_assert_int_eq(safetensors_create(part.bytes, part.size, "name", &file, &error),
                         CHARNN_ERROR_FORMAT);
        ck_assert_ptr_null(file);
        ck_assert_int_eq(strncmp(error.message, "name", 4), 0);
        free(part.bytes);
    }
    free(whole.bytes);
}
END_TEST

/* With any byte changed, the file is read within its bounds or refused with a sentence. */
START_TEST(a_changed_byte_does_no_harm) {
    struct image whole = load_path("tests/golden/python.safetensors");
    size_t refused = 0;
    for (size_t place = 0; place < whole.size; place++) {
        unsigned char kept = whole.bytes[place];
        for (unsigned change = 1; change < 256; change = change * 2 + 1) {
            whole.bytes[place] = (unsigned char)(kept ^ change);
            struct error error = {0};
            struct safetensors *file = NULL;
            if (safetensors_create(whole.bytes, whole.size, "name", &file, &error) == CHARNN_OK) {
                for (size_t i = 0; i < safetensors_count(file); i++) {
                    const struct safetensors_tensor *tensor = safetensors_at(file, i);
                    ck_assert(tensor->data >= whole.bytes);
                    ck_assert(tensor->size <= whole.size - (size_t)(tensor->data - whole.bytes));
                }
                safetensors_destroy(file);
            } else {
                ck_assert_int_eq(error.status, CHARNN_ERROR_FORMAT);
                ck_assert_int_eq(strncmp(error.message, "name", 4), 0);
                refused++;
            }
        }
        whole.bytes[place] = kept;
    }
    ck_assert_uint_gt(refused, 3000);
    free(whole.bytes);
}
END_TEST

START_TEST(dtypes_have_names_and_sizes) {
    ck_assert_str_eq(safetensors_dtype_name(CHARNN_DTYPE_F32), "F32");
    ck_assert_uint_eq(safetensors_dtype_size(CHARNN_DTYPE_F32), 4);
    ck_assert_str_eq(safetensors_dtype_name(CHARNN_DTYPE_U64), "U64");
    ck_assert_uint_eq(safetensors_dtype_size(CHARNN_DTYPE_U64), 8);
    ck_assert_uint_eq(safetensors_dtype_size(CHARNN_DTYPE_BF16), 2);
    ck_assert_uint_eq(safetensors_dtype_size(CHARNN_DTYPE_BOOL), 1);
}
END_TEST

Suite *safetensors_suite(void) {
    Suite *suite = suite_create("safetensors");
    TCase *writing = tcase_create("writing");
    tcase_add_checked_fixture(writing, make_path, remove_path);
    tcase_add_test(writing, a_small_file_has_the_expected_bytes);
    tcase_add_test(writing, an_aligned_header_has_no_padding);
    tcase_add_test(writing, a_written_file_is_read_back);
    tcase_add_test(writing, an_empty_file_is_fine);
    tcase_add_test(writing, invalid_contents_are_refused);
    tcase_add_test(writing, an_uncommitted_file_leaves_the_old_one);
    suite_add_tcase(suite, writing);
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, a_file_made_in_python_is_read);
    tcase_add_test(reading, tensors_may_come_in_any_order);
    tcase_add_test(reading, dtypes_have_names_and_sizes);
    suite_add_tcase(suite, reading);
    TCase *refusing = tcase_create("refusing");
    tcase_add_loop_test(refusing, a_malformed_header_is_refused, 0,
                        sizeof malformed_headers / sizeof malformed_headers[0]);
    tcase_add_test(refusing, deep_nesting_is_refused);
    tcase_add_test(refusing, other_kinds_of_files_are_recognized);
    tcase_add_test(refusing, a_truncated_file_is_refused);
    tcase_add_test(refusing, a_changed_byte_does_no_harm);
    suite_add_tcase(suite, refusing);
    return suite;
}
