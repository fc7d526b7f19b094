#include "support/golden.h"

#include <check.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LENGTH = 128, LENGTH_BYTES = 8 };

/* Constants of Knuth and Lewis, from Numerical Recipes. Callers use only the upper bits. */
static uint32_t generator_next(struct generator *generator) {
    generator->state = 1664525U * generator->state + 1013904223U;
    return generator->state;
}

double generator_number(struct generator *generator) {
    return ((double)(generator_next(generator) >> 20) - 2048) / 4096;
}

int32_t generator_symbol(struct generator *generator, size_t limit) {
    return (int32_t)((generator_next(generator) >> 16) % limit);
}

void generator_numbers(struct generator *generator, double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = generator_number(generator);
    }
}

void generator_symbols(struct generator *generator, size_t limit, int32_t *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = generator_symbol(generator, limit);
    }
}

static void read_bytes(struct golden_file *file, const char *path) {
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "cannot open %s; run the tests at the top of the source tree",
                  path);
    ck_assert_int_eq(fseek(stream, 0, SEEK_END), 0);
    long size = ftell(stream);
    ck_assert_int_gt(size, LENGTH_BYTES);
    ck_assert_int_eq(fseek(stream, 0, SEEK_SET), 0);
    file->size = (size_t)size;
    file->bytes = malloc(file->size);
    ck_assert_ptr_nonnull(file->bytes);
    ck_assert_uint_eq(fread(file->bytes, 1, file->size, stream), file->size);
    ck_assert_int_eq(fclose(stream), 0);
}

void golden_open(struct golden_file *file, const char *name) {
    char path[NAME_LENGTH];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    read_bytes(file, path);
    size_t length = 0;
    for (size_t i = LENGTH_BYTES; i > 0; i--) {
        length = length << 8 | file->bytes[i - 1];
    }
    ck_assert_uint_le(length, file->size - LENGTH_BYTES);
    ck_assert_uint_eq(length % sizeof(double), 0);
    file->header = cJSON_ParseWithLength((const char *)file->bytes + LENGTH_BYTES, length);
    ck_assert_msg(file->header != NULL, "%s has no JSON header", path);
    file->data_begin = LENGTH_BYTES + length;
}

void golden_close(struct golden_file *file) {
    cJSON_Delete(file->header);
    free(file->bytes);
}

static cJSON *case_texts(const struct golden_file *file) {
    return cJSON_GetObjectItemCaseSensitive(file->header, "__metadata__");
}

size_t golden_case_count(const struct golden_file *file) {
    size_t count = (size_t)cJSON_GetArraySize(case_texts(file));
    ck_assert_uint_gt(count, 0);
    return count;
}

void golden_case_init(struct golden_case *golden, const struct golden_file *file, size_t index) {
    const cJSON *text = cJSON_GetArrayItem(case_texts(file), (int)index);
    ck_assert_ptr_nonnull(text);
    cJSON *settings = cJSON_Parse(cJSON_GetStringValue(text));
    ck_assert_ptr_nonnull(settings);
    *golden = (struct golden_case){.name = text->string, .settings = settings};
    golden->cell = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, "cell"));
    ck_assert_ptr_nonnull(golden->cell);
    golden->peephole = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(settings, "peephole"));
    golden->vocab = (size_t)golden_setting(golden, "V");
    golden->hidden = (size_t)golden_setting(golden, "H");
    golden->layers = (size_t)golden_setting(golden, "L");
    golden->batch = (size_t)golden_setting(golden, "B");
    golden->steps = (size_t)golden_setting(golden, "T");
}

void golden_case_deinit(struct golden_case *golden) {
    cJSON_Delete(golden->settings);
}

double golden_setting(const struct golden_case *golden, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(golden->settings, name);
    return item == NULL ? 0 : cJSON_GetNumberValue(item);
}

const double *golden_tensor(const struct golden_file *file, const struct golden_case *golden,
                            const char *name, size_t elements) {
    char key[NAME_LENGTH];
    snprintf(key, sizeof key, "%s/%s", golden->name, name);
    const cJSON *tensor = cJSON_GetObjectItemCaseSensitive(file->header, key);
    ck_assert_msg(tensor != NULL, "no golden values for %s", key);
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(tensor, "data_offsets");
    size_t begin = (size_t)cJSON_GetNumberValue(cJSON_GetArrayItem(offsets, 0));
    size_t end = (size_t)cJSON_GetNumberValue(cJSON_GetArrayItem(offsets, 1));
    ck_assert_msg(end - begin == elements * sizeof(double), "%s has %zu elements, not %zu", key,
                  (end - begin) / sizeof(double), elements);
    ck_assert_uint_le(end, file->size - file->data_begin);
    /* Aligned: the header's length and every offset are multiples of 8. */
    return (const double *)(const void *)(file->bytes + file->data_begin + begin);
}
