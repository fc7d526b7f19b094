#include "checkpoint/safetensors.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/floats.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors files are little-endian and are used as they lie in memory"
#endif

struct safetensors {
    char *name;
    cJSON *header;         /* owns the names and the metadata */
    const cJSON *metadata; /* an object of strings, or NULL */
    const unsigned char *data;
    size_t data_size;
    struct safetensors_tensor *tensors; /* [count], in the order of their data */
    const struct safetensors_tensor **by_name;
    size_t count;
};

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
#define CHARNN_DTYPE_ROW(name, size) {#name, size},
    CHARNN_SAFETENSORS_DTYPES(CHARNN_DTYPE_ROW)
#undef CHARNN_DTYPE_ROW
};

const char *safetensors_dtype_name(enum safetensors_dtype dtype) {
    return dtypes[dtype].name;
}

size_t safetensors_dtype_size(enum safetensors_dtype dtype) {
    return dtypes[dtype].size;
}

/* An error about the content of the file: its name, ": ", and the formatted sentence. */
static enum status malformed(const struct safetensors *file, struct error *error,
                             const char *format, ...) CHARNN_PRINTF(3, 4);

static enum status malformed(const struct safetensors *file, struct error *error,
                             const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)error_vset_about(error, CHARNN_ERROR_FORMAT, file->name, format, arguments);
    va_end(arguments);
    return CHARNN_ERROR_FORMAT;
}

static bool looks_like_text(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size && i < 64; i++) {
        if (bytes[i] == 0x7F || (bytes[i] < 0x20 && strchr("\t\n\v\f\r", bytes[i]) == NULL)) {
            return false;
        }
    }
    return memchr(bytes, 0, size < 64 ? size : 64) == NULL;
}

/* Finds where the header is; what is no safetensors file at all is most often seen here. */
static enum status locate_header(const unsigned char *bytes, size_t size, const char *name,
                                 size_t *header_size, struct error *error) {
    static const char is_not[] = "is not a safetensors file";
    if (size < CHARNN_SAFETENSORS_LENGTH) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s %s: it has %zu bytes, and the length of the header alone takes 8",
                         name, is_not, size);
    }
    uint64_t length;
    memcpy(&length, bytes, sizeof length);
    bool fits = length <= size - CHARNN_SAFETENSORS_LENGTH;
    if (!fits && looks_like_text(bytes, size)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s %s: it looks like plain text; name a checkpoint", name, is_not);
    }
    if (!fits && memcmp(bytes, "PK\3\4", 4) == 0) {
        return error_set(
            error, CHARNN_ERROR_FORMAT,
            "%s %s: it is a ZIP archive, perhaps made by torch.save; save it anew with "
            "safetensors.torch.save_file",
            name, is_not);
    }
    if (length > CHARNN_SAFETENSORS_HEADER) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s %s: its header would have %llu bytes, more than the %d allowed", name,
                         is_not, (unsigned long long)length, CHARNN_SAFETENSORS_HEADER);
    }
    if (!fits) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s %s, or is cut short: its header would have %llu bytes, but only %zu "
                         "follow",
                         name, is_not, (unsigned long long)length,
                         size - CHARNN_SAFETENSORS_LENGTH);
    }
    if (length == 0 || bytes[CHARNN_SAFETENSORS_LENGTH] != '{') {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s %s: its header does not begin with \"{\"",
                         name, is_not);
    }
    *header_size = (size_t)length;
    return CHARNN_OK;
}

/*
 * All numbers of a header are sizes, and are written as such: cJSON makes doubles of them, which do
 * not tell 2 from 2.0. Behind a well-formed JSON text.
 */
static enum status check_numbers(const struct safetensors *file, const char *header, size_t size,
                                 struct error *error) {
    bool in_string = false;
    bool in_number = false;
    for (size_t i = 0; i < size; i++) {
        if (header[i] == '"') {
            in_string = !in_string;
        } else if (in_string) {
            i += header[i] == '\\';
        } else if (header[i] == '-' || (in_number && strchr(".eE", header[i]) != NULL)) {
            return malformed(file, error,
                             "the header has, at byte %zu, a number that is not written as a whole "
                             "number from 0 on",
                             i);
        }
        in_number = !in_string && header[i] >= '0' && header[i] <= '9';
    }
    return CHARNN_OK;
}

static enum status parse_dtype(const struct safetensors *file, const cJSON *item,
                               struct safetensors_tensor *tensor, struct error *error) {
    if (!cJSON_IsString(item)) {
        return malformed(file, error, "the dtype of tensor \"%s\" is not a string",
                         json_label(tensor->name).text);
    }
    for (size_t i = 0; i < CHARNN_DTYPE_COUNT; i++) {
        if (strcmp(item->valuestring, dtypes[i].name) == 0) {
            tensor->dtype = (enum safetensors_dtype)i;
            return CHARNN_OK;
        }
    }
    return malformed(file, error, "tensor \"%s\" has the unknown dtype \"%s\"",
                     json_label(tensor->name).text, json_label(item->valuestring).text);
}

static enum status parse_shape(const struct safetensors *file, const cJSON *item,
                               struct safetensors_tensor *tensor, struct error *error) {
    if (!cJSON_IsArray(item)) {
        return malformed(file, error, "the shape of tensor \"%s\" is not a list",
                         json_label(tensor->name).text);
    }
    tensor->rank = 0;
    tensor->elements = 1;
    for (const cJSON *entry = item->child; entry != NULL; entry = entry->next) {
        if (tensor->rank == CHARNN_SAFETENSORS_RANK) {
            return malformed(file, error, "tensor \"%s\" has more than %d dimensions",
                             json_label(tensor->name).text, CHARNN_SAFETENSORS_RANK);
        }
        size_t extent;
        if (!json_to_size(entry, &extent)) {
            return malformed(file, error,
                             "the shape of tensor \"%s\" has an entry that is not a whole number "
                             "from 0 to 9007199254740991",
                             json_label(tensor->name).text);
        }
        if (!size_multiply(tensor->elements, extent, &tensor->elements)) {
            return malformed(file, error, "the shape of tensor \"%s\" is impossibly large",
                             json_label(tensor->name).text);
        }
        tensor->shape[tensor->rank++] = extent;
    }
    return CHARNN_OK;
}

static enum status parse_offsets(const struct safetensors *file, const cJSON *item,
                                 struct safetensors_tensor *tensor, struct error *error) {
    const cJSON *first = cJSON_IsArray(item) ? item->child : NULL;
    const cJSON *second = first != NULL ? first->next : NULL;
    size_t begin;
    size_t end;
    if (second == NULL || second->next != NULL || !json_to_size(first, &begin) ||
        !json_to_size(second, &end)) {
        return malformed(file, error,
                         "the data_offsets of tensor \"%s\" are not two whole numbers from 0 to "
                         "9007199254740991",
                         json_label(tensor->name).text);
    }
    if (begin > end) {
        return malformed(file, error, "tensor \"%s\" begins at byte %zu but ends at byte %zu",
                         json_label(tensor->name).text, begin, end);
    }
    if (end > file->data_size) {
        return malformed(file, error,
                         "tensor \"%s\" ends at byte %zu of the data, but only %zu are there; the "
                         "file is cut short or damaged",
                         json_label(tensor->name).text, end, file->data_size);
    }
    tensor->data = file->data + begin;
    tensor->size = end - begin;
    return CHARNN_OK;
}

enum tensor_field { FIELD_DTYPE, FIELD_SHAPE, FIELD_OFFSETS, FIELD_COUNT };

/* Finds the three fields of a tensor's entry, each there once, and no other. */
static enum status find_fields(const struct safetensors *file, const cJSON *entry,
                               const cJSON *fields[FIELD_COUNT], struct error *error) {
    static const char *const names[FIELD_COUNT] = {"dtype", "shape", "data_offsets"};
    if (!cJSON_IsObject(entry)) {
        return malformed(file, error, "the entry of tensor \"%s\" is not an object",
                         json_label(entry->string).text);
    }
    for (const cJSON *item = entry->child; item != NULL; item = item->next) {
        size_t field = 0;
        while (field < FIELD_COUNT && strcmp(item->string, names[field]) != 0) {
            field++;
        }
        if (field == FIELD_COUNT) {
            return malformed(file, error, "the entry of tensor \"%s\" has the unknown key \"%s\"",
                             json_label(entry->string).text, json_label(item->string).text);
        }
        if (fields[field] != NULL) {
            return malformed(file, error, "the entry of tensor \"%s\" has the key \"%s\" twice",
                             json_label(entry->string).text, names[field]);
        }
        fields[field] = item;
    }
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        if (fields[field] == NULL) {
            return malformed(file, error, "the entry of tensor \"%s\" lacks \"%s\"",
                             json_label(entry->string).text, names[field]);
        }
    }
    return CHARNN_OK;
}

static enum status parse_tensor(const struct safetensors *file, const cJSON *entry,
                                struct safetensors_tensor *tensor, struct error *error) {
    const cJSON *fields[FIELD_COUNT] = {NULL};
    tensor->name = entry->string;
    if (find_fields(file, entry, fields, error) != CHARNN_OK ||
        parse_dtype(file, fields[FIELD_DTYPE], tensor, error) != CHARNN_OK ||
        parse_shape(file, fields[FIELD_SHAPE], tensor, error) != CHARNN_OK ||
        parse_offsets(file, fields[FIELD_OFFSETS], tensor, error) != CHARNN_OK) {
        return error->status;
    }
    size_t size;
    if (!size_multiply(tensor->elements, dtypes[tensor->dtype].size, &size)) {
        return malformed(file, error, "the shape of tensor \"%s\" is impossibly large",
                         json_label(tensor->name).text);
    }
    if (size != tensor->size) {
        return malformed(file, error,
                         "tensor \"%s\" has %zu bytes of data, but its dtype and shape need %zu",
                         json_label(tensor->name).text, tensor->size, size);
    }
    return CHARNN_OK;
}

static enum status check_metadata(const struct safetensors *file, struct error *error) {
    if (!cJSON_IsObject(file->metadata)) {
        return malformed(file, error, "\"" CHARNN_SAFETENSORS_METADATA "\" is not an object");
    }
    for (const cJSON *item = file->metadata->child; item != NULL; item = item->next) {
        if (!cJSON_IsString(item)) {
            return malformed(file, error, "the metadata \"%s\" is not a string",
                             json_label(item->string).text);
        }
    }
    char where[CHARNN_ERROR_LENGTH];
    (void)snprintf(where, sizeof where, "%s: the metadata", file->name);
    return json_check_unique(file->metadata, where, error);
}

static enum status parse_entries(struct safetensors *file, struct error *error) {
    for (const cJSON *entry = file->header->child; entry != NULL; entry = entry->next) {
        file->count += strcmp(entry->string, CHARNN_SAFETENSORS_METADATA) != 0;
    }
    void *memory;
    if (memory_allocate(file->count, sizeof *file->tensors, "tensors", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    file->tensors = memory;
    size_t used = 0;
    for (const cJSON *entry = file->header->child; entry != NULL; entry = entry->next) {
        enum status status;
        if (strcmp(entry->string, CHARNN_SAFETENSORS_METADATA) == 0) {
            file->metadata = entry;
            status = check_metadata(file, error);
        } else {
            status = parse_tensor(file, entry, &file->tensors[used++], error);
        }
        if (status != CHARNN_OK) {
            return status;
        }
    }
    return CHARNN_OK;
}

/* By place; empty tensors come before what begins at the same place, and by name among them. */
static int compare_places(const void *a, const void *b) {
    const struct safetensors_tensor *left = a;
    const struct safetensors_tensor *right = b;
    if (left->data != right->data) {
        return left->data < right->data ? -1 : 1;
    }
    if (left->size != right->size) {
        return left->size < right->size ? -1 : 1;
    }
    return strcmp(left->name, right->name);
}

/* Puts the tensors in the order of their data, which they must cover exactly. */
static enum status check_layout(struct safetensors *file, struct error *error) {
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_places);
    const unsigned char *next = file->data;
    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->data < next) {
            return malformed(file, error, "the data of tensors \"%s\" and \"%s\" overlap",
                             json_label(tensor[-1].name).text, json_label(tensor->name).text);
        }
        if (tensor->data > next) {
            size_t hole = (size_t)(tensor->data - next);
            return malformed(file, error, "%zu byte%s before tensor \"%s\" belong%s to no tensor",
                             hole, plural_ending(hole), json_label(tensor->name).text,
                             hole == 1 ? "s" : "");
        }
        next = tensor->data + tensor->size;
    }
    size_t left = file->data_size - (size_t)(next - file->data);
    if (left > 0) {
        return malformed(file, error, "%zu byte%s at the end belong%s to no tensor", left,
                         plural_ending(left), left == 1 ? "s" : "");
    }
    return CHARNN_OK;
}

static int compare_names(const void *a, const void *b) {
    const struct safetensors_tensor *const *left = a;
    const struct safetensors_tensor *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static enum status index_names(struct safetensors *file, struct error *error) {
    void *memory;
    if (memory_allocate(file->count, sizeof *file->by_name, "tensors", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    file->by_name = memory;
    for (size_t i = 0; i < file->count; i++) {
        file->by_name[i] = &file->tensors[i];
    }
    qsort(file->by_name, file->count, sizeof *file->by_name, compare_names);
    return CHARNN_OK;
}

enum status safetensors_create(const unsigned char *bytes, size_t size, const char *name,
                               struct safetensors **file, struct error *error) {
    *file = NULL;
    size_t header_size = 0;
    void *memory;
    if (locate_header(bytes, size, name, &header_size, error) != CHARNN_OK ||
        memory_allocate(1, sizeof **file, "a safetensors file", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct safetensors *made = memory;
    const unsigned char *header = bytes + CHARNN_SAFETENSORS_LENGTH;
    made->data = header + header_size;
    made->data_size = size - CHARNN_SAFETENSORS_LENGTH - header_size;
    char where[CHARNN_ERROR_LENGTH];
    (void)snprintf(where, sizeof where, "%s: the header", name);
    if (memory_copy_string(name, &made->name, error) != CHARNN_OK ||
        json_parse_object((const char *)header, header_size, where, &made->header, error) !=
            CHARNN_OK ||
        check_numbers(made, (const char *)header, header_size, error) != CHARNN_OK ||
        parse_entries(made, error) != CHARNN_OK || check_layout(made, error) != CHARNN_OK ||
        index_names(made, error) != CHARNN_OK) {
        safetensors_destroy(made);
        return error->status;
    }
    *file = made;
    return CHARNN_OK;
}

void safetensors_destroy(struct safetensors *file) {
    if (file == NULL) {
        return;
    }
    memory_free(file->by_name);
    memory_free(file->tensors);
    cJSON_Delete(file->header);
    memory_free(file->name);
    memory_free(file);
}

size_t safetensors_count(const struct safetensors *file) {
    return file->count;
}

const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index) {
    assert(index < file->count);
    return &file->tensors[index];
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file,
                                                  const char *name) {
    const struct safetensors_tensor wanted = {.name = name};
    const struct safetensors_tensor *key = &wanted;
    const struct safetensors_tensor *const *found =
        bsearch(&key, file->by_name, file->count, sizeof *file->by_name, compare_names);
    return found != NULL ? *found : NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(file->metadata, key);
    return item != NULL ? item->valuestring : NULL;
}

const float *safetensors_floats(const struct safetensors_tensor *tensor) {
    bool aligned = (uintptr_t)tensor->data % _Alignof(float) == 0;
    return tensor->dtype == CHARNN_DTYPE_F32 && aligned ? (const void *)tensor->data : NULL;
}

/* What makes floats of elements of that dtype; NULL where they are no floating-point numbers. */
static floats_reader *find_reader(enum safetensors_dtype dtype) {
    switch (dtype) {
    case CHARNN_DTYPE_F32:
        return floats_from_f32;
    case CHARNN_DTYPE_F64:
        return floats_from_f64;
    case CHARNN_DTYPE_F16:
        return floats_from_f16;
    case CHARNN_DTYPE_BF16:
        return floats_from_bf16;
    default:
        return NULL;
    }
}

enum status safetensors_check_floats(const struct safetensors *file,
                                     const struct safetensors_tensor *tensor, struct error *error) {
    if (find_reader(tensor->dtype) == NULL) {
        return malformed(file, error,
                         "tensor \"%s\" has dtype %s, where F32, F64, F16 or BF16 is needed",
                         json_label(tensor->name).text, dtypes[tensor->dtype].name);
    }
    return CHARNN_OK;
}

void safetensors_read_floats(const struct safetensors_tensor *tensor, size_t first, size_t count,
                             float *out) {
    floats_reader *read = find_reader(tensor->dtype);
    assert(read != NULL);
    assert(first <= tensor->elements && count <= tensor->elements - first);
    read(tensor->data + first * dtypes[tensor->dtype].size, count, out);
}
