#include "checkpoint/safetensors.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum status safetensors_refuse(const struct safetensors *file, struct error *error,
                               const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)error_vset_about(error, CHARNN_ERROR_FORMAT, file->name, format, arguments);
    va_end(arguments);
    return CHARNN_ERROR_FORMAT;
}

/* safetensors_refuse() with a sentence whose subject is the tensor: `tensor "NAME" ...`. */
CHARNN_PRINTF(4, 5)
static enum status refuse_tensor(const struct safetensors *file, const char *name,
                                 struct error *error, const char *format, ...) {
    char predicate[CHARNN_ERROR_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(predicate, sizeof predicate, format, arguments);
    va_end(arguments);
    return safetensors_refuse(file, error, "tensor \"%s\" %s", json_label(name).text, predicate);
}

struct tensor_shape_text tensor_shape_text(const size_t *shape, size_t rank) {
    struct tensor_shape_text result = {""};
    struct text text = text_start(result.text, sizeof result.text);
    assert(rank <= CHARNN_SAFETENSORS_RANK);
    text_add(&text, "[");
    for (size_t i = 0; i < rank; i++) {
        text_add(&text, "%s%zu", i == 0 ? "" : ", ", shape[i]);
    }
    text_add(&text, "]");
    return result;
}

static bool looks_like_text(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size && i < 64; i++) {
        if (bytes[i] < '\t' || (bytes[i] > '\r' && bytes[i] < ' ') || bytes[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Sets *header_size. Most files of another format are recognized here. */
static enum status locate_header(const unsigned char *bytes, size_t size, const char *name,
                                 size_t *header_size, struct error *error) {
    uint64_t length = 0;
    memcpy(&length, bytes, size < sizeof length ? size : sizeof length);
    bool fits = size >= sizeof length && length <= size - sizeof length;
    char reason[CHARNN_ERROR_LENGTH];
    struct text text = text_start(reason, sizeof reason);
    if (size < sizeof length) {
        text_add(&text, "it has %zu bytes, fewer than the 8 of the header length", size);
    } else if (!fits && looks_like_text(bytes, size)) {
        text_add(&text, "it looks like plain text; name a checkpoint instead");
    } else if (!fits && memcmp(bytes, "PK\3\4", 4) == 0) {
        text_add(&text, "it is a ZIP archive, perhaps from torch.save; save it with "
                        "safetensors.torch.save_file instead");
    } else if (length > CHARNN_SAFETENSORS_HEADER) {
        text_add(&text, "the header length is %llu bytes, above the limit %d",
                 (unsigned long long)length, CHARNN_SAFETENSORS_HEADER);
    } else if (!fits) {
        text_add(&text,
                 "the header length is %llu bytes, but only %zu follow; perhaps the file is "
                 "truncated",
                 (unsigned long long)length, size - sizeof length);
    } else if (length == 0 || bytes[sizeof length] != '{') {
        text_add(&text, "the header does not begin with \"{\"");
    } else {
        *header_size = (size_t)length;
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_FORMAT, "%s is not a safetensors file: %s", name, reason);
}

/* Every number of a header is a size and must be written as a non-negative integer. cJSON stores
 * doubles, which do not tell 2 from 2.0, so the text, well-formed JSON, is checked. */
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
            return safetensors_refuse(
                file, error,
                "the number at byte %zu of the header is not written as a non-negative integer", i);
        }
        in_number = !in_string && header[i] >= '0' && header[i] <= '9';
    }
    return CHARNN_OK;
}

static enum status parse_dtype(const struct safetensors *file, const cJSON *item,
                               struct safetensors_tensor *tensor, struct error *error) {
    if (!cJSON_IsString(item)) {
        return refuse_tensor(file, tensor->name, error, "has a dtype that is not a string");
    }
    if (!safetensors_dtype_find(item->valuestring, &tensor->dtype)) {
        return refuse_tensor(file, tensor->name, error, "has the unknown dtype \"%s\"",
                             json_label(item->valuestring).text);
    }
    return CHARNN_OK;
}

static enum status parse_shape(const struct safetensors *file, const cJSON *item,
                               struct safetensors_tensor *tensor, struct error *error) {
    if (!cJSON_IsArray(item)) {
        return refuse_tensor(file, tensor->name, error, "has a shape that is not a list");
    }
    tensor->rank = 0;
    tensor->elements = 1;
    for (const cJSON *entry = item->child; entry != NULL; entry = entry->next) {
        if (tensor->rank == CHARNN_SAFETENSORS_RANK) {
            return refuse_tensor(file, tensor->name, error, "has more than %d dimensions",
                                 CHARNN_SAFETENSORS_RANK);
        }
        size_t *extent = &tensor->shape[tensor->rank++];
        if (!json_to_size(entry, extent)) {
            return refuse_tensor(file, tensor->name, error,
                                 "has a dimension that is not an integer from 0 to %llu",
                                 (unsigned long long)CHARNN_JSON_LARGEST_WHOLE);
        }
        if (!size_multiply(tensor->elements, *extent, &tensor->elements)) {
            return refuse_tensor(file, tensor->name, error, "has an impossibly large shape");
        }
    }
    if (!size_multiply(tensor->elements, safetensors_dtype_size(tensor->dtype), &tensor->size)) {
        return refuse_tensor(file, tensor->name, error, "has an impossibly large shape");
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
        return refuse_tensor(file, tensor->name, error,
                             "has data_offsets that are not two integers from 0 to %llu",
                             (unsigned long long)CHARNN_JSON_LARGEST_WHOLE);
    }
    if (begin > end) {
        return refuse_tensor(file, tensor->name, error, "begins at byte %zu but ends at byte %zu",
                             begin, end);
    }
    if (end > file->data_size) {
        return refuse_tensor(file, tensor->name, error,
                             "ends at byte %zu of the data, which has only %zu bytes; the file is "
                             "truncated or damaged",
                             end, file->data_size);
    }
    if (end - begin != tensor->size) {
        return refuse_tensor(file, tensor->name, error,
                             "has %zu bytes of data, but its dtype and shape need %zu", end - begin,
                             tensor->size);
    }
    tensor->data = file->data + begin;
    return CHARNN_OK;
}

enum tensor_field { FIELD_DTYPE, FIELD_SHAPE, FIELD_OFFSETS, FIELD_COUNT };

/* The three fields of a tensor's entry: each must occur once, and nothing else may. */
static enum status find_fields(const struct safetensors *file, const cJSON *entry,
                               const cJSON *fields[FIELD_COUNT], struct error *error) {
    static const char *const names[FIELD_COUNT] = {"dtype", "shape", "data_offsets"};
    if (!cJSON_IsObject(entry)) {
        return refuse_tensor(file, entry->string, error, "has an entry that is not an object");
    }
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        fields[i] = cJSON_GetObjectItemCaseSensitive(entry, names[i]);
        if (fields[i] == NULL) {
            return refuse_tensor(file, entry->string, error, "lacks \"%s\"", names[i]);
        }
    }
    if (cJSON_GetArraySize(entry) != FIELD_COUNT) {
        return refuse_tensor(file, entry->string, error,
                             "has an unknown key or the same key twice");
    }
    return CHARNN_OK;
}

static enum status parse_tensor(const struct safetensors *file, const cJSON *entry,
                                struct safetensors_tensor *tensor, struct error *error) {
    const cJSON *fields[FIELD_COUNT] = {NULL};
    tensor->name = entry->string;
    bool parsed = find_fields(file, entry, fields, error) == CHARNN_OK &&
                  parse_dtype(file, fields[FIELD_DTYPE], tensor, error) == CHARNN_OK &&
                  parse_shape(file, fields[FIELD_SHAPE], tensor, error) == CHARNN_OK &&
                  parse_offsets(file, fields[FIELD_OFFSETS], tensor, error) == CHARNN_OK;
    return parsed ? CHARNN_OK : error->status;
}

static enum status parse_metadata(struct safetensors *file, const cJSON *entry,
                                  struct error *error) {
    file->metadata = entry;
    if (!cJSON_IsObject(entry)) {
        return safetensors_refuse(file, error,
                                  "\"" CHARNN_SAFETENSORS_METADATA "\" is not an object");
    }
    for (const cJSON *item = entry->child; item != NULL; item = item->next) {
        if (!cJSON_IsString(item)) {
            return safetensors_refuse(file, error, "the metadata value of \"%s\" is not a string",
                                      json_label(item->string).text);
        }
    }
    char where[CHARNN_ERROR_LENGTH];
    (void)snprintf(where, sizeof where, "%s: the metadata", file->name);
    return json_check_unique(entry, where, error);
}

static enum status parse_entries(struct safetensors *file, struct error *error) {
    size_t entries = (size_t)cJSON_GetArraySize(file->header);
    if (MEMORY_NEW(&file->tensors, entries, "tensors", error) != CHARNN_OK) {
        return error->status;
    }
    for (const cJSON *entry = file->header->child; entry != NULL; entry = entry->next) {
        bool is_metadata = strcmp(entry->string, CHARNN_SAFETENSORS_METADATA) == 0;
        enum status status = is_metadata
                                 ? parse_metadata(file, entry, error)
                                 : parse_tensor(file, entry, &file->tensors[file->count++], error);
        if (status != CHARNN_OK) {
            return status;
        }
    }
    return CHARNN_OK;
}

/* By address; at the same address empty tensors first, ordered by name. */
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

/* Sorts the tensors by their data, which they must cover exactly. */
static enum status check_layout(struct safetensors *file, struct error *error) {
    qsort(file->tensors, file->count, sizeof *file->tensors, compare_places);
    const unsigned char *next = file->data;
    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->data < next) {
            return refuse_tensor(file, tensor->name, error, "overlaps tensor \"%s\"",
                                 json_label(tensor[-1].name).text);
        }
        if (tensor->data > next) {
            return refuse_tensor(file, tensor->name, error,
                                 "begins at byte %td of the data and leaves a gap from byte %td",
                                 tensor->data - file->data, next - file->data);
        }
        next = tensor->data + tensor->size;
    }
    size_t end = (size_t)(next - file->data);
    if (end < file->data_size) {
        return safetensors_refuse(file, error,
                                  "the tensors end at byte %zu of the data, which ends at byte %zu",
                                  end, file->data_size);
    }
    return CHARNN_OK;
}

static int compare_names(const void *a, const void *b) {
    const struct safetensors_tensor *const *left = a;
    const struct safetensors_tensor *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static enum status index_names(struct safetensors *file, struct error *error) {
    if (MEMORY_NEW(&file->by_name, file->count, "tensors", error) != CHARNN_OK) {
        return error->status;
    }
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
    struct safetensors *made;
    if (locate_header(bytes, size, name, &header_size, error) != CHARNN_OK ||
        MEMORY_NEW(&made, 1, "a safetensors file", error) != CHARNN_OK) {
        return error->status;
    }
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

const char *safetensors_name(const struct safetensors *file) {
    return file->name;
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

enum status safetensors_check_floats(const struct safetensors *file,
                                     const struct safetensors_tensor *tensor, struct error *error) {
    if (!safetensors_dtype_is_float(tensor->dtype)) {
        return refuse_tensor(file, tensor->name, error,
                             "has dtype %s; expected F32, F64, F16 or BF16",
                             safetensors_dtype_name(tensor->dtype));
    }
    return CHARNN_OK;
}

void safetensors_read_floats(const struct safetensors_tensor *tensor, size_t first, size_t count,
                             float *out) {
    assert(first <= tensor->elements && count <= tensor->elements - first);
    const unsigned char *data = tensor->data + first * safetensors_dtype_size(tensor->dtype);
    safetensors_dtype_to_floats(tensor->dtype, data, count, out);
}
