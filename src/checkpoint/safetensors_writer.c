#include "checkpoint/safetensors_writer.h"

#include "base/files/atomic_file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/xxh64.h"
#include "checkpoint/checksum.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct safetensors_writer {
    const char *path;
    cJSON *header;
    cJSON *metadata; /* in the header */
    struct atomic_file *file;
    struct xxh64 hash; /* of all bytes written */
    size_t declared;   /* bytes of data */
    size_t written;
};

enum status safetensors_writer_create(const char *path, struct safetensors_writer **writer,
                                      struct error *error) {
    *writer = NULL;
    struct safetensors_writer *made;
    if (MEMORY_NEW(&made, 1, "a safetensors file", error) != CHARNN_OK) {
        return error->status;
    }
    made->path = path;
    made->hash = xxh64_start(0);
    /* The checksum comes first so that its place is known. Its digits are written last. */
    if (json_create_object(&made->header, error) != CHARNN_OK ||
        json_add_object(made->header, CHARNN_SAFETENSORS_METADATA, &made->metadata, error) !=
            CHARNN_OK ||
        json_add_string(made->metadata, CHARNN_CHECKSUM_KEY, CHARNN_CHECKSUM_BLANK, error) !=
            CHARNN_OK ||
        json_add_string(made->metadata, CHARNN_CHECKSUM_KIND_KEY, CHARNN_CHECKSUM_KIND, error) !=
            CHARNN_OK) {
        safetensors_writer_destroy(made);
        return error->status;
    }
    *writer = made;
    return CHARNN_OK;
}

void safetensors_writer_destroy(struct safetensors_writer *writer) {
    if (writer == NULL) {
        return;
    }
    atomic_file_destroy(writer->file);
    cJSON_Delete(writer->header);
    memory_free(writer);
}

static enum status check_text(const char *path, const char *text, struct error *error) {
    if (utf8_is_valid(text)) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_DATA, "cannot write %s: \"%s\" is not UTF-8", path,
                     json_label(text).text);
}

enum status safetensors_writer_add_metadata(struct safetensors_writer *writer, const char *key,
                                            const char *value, struct error *error) {
    if (check_text(writer->path, key, error) != CHARNN_OK ||
        check_text(writer->path, value, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_string(writer->metadata, key, value, error);
}

enum status safetensors_describe(cJSON *entry, enum safetensors_dtype dtype, const size_t *shape,
                                 size_t rank, struct error *error) {
    cJSON *extents;
    if (json_add_string(entry, "dtype", safetensors_dtype_name(dtype), error) != CHARNN_OK ||
        json_add_array(entry, "shape", &extents, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < rank; i++) {
        if (json_add_size(extents, NULL, shape[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status safetensors_writer_declare(struct safetensors_writer *writer, const char *name,
                                       enum safetensors_dtype dtype, const size_t *shape,
                                       size_t rank, struct error *error) {
    assert(rank <= CHARNN_SAFETENSORS_RANK);
    assert(strcmp(name, CHARNN_SAFETENSORS_METADATA) != 0);
    size_t begin = writer->declared;
    size_t size = safetensors_dtype_size(dtype);
    bool fits = true;
    for (size_t i = 0; i < rank && fits; i++) {
        fits = size_multiply(size, shape[i], &size);
    }
    if (!fits || !size_add(begin, size, &writer->declared) ||
        writer->declared > CHARNN_JSON_LARGEST_WHOLE) {
        return error_set(error, CHARNN_ERROR_DATA, "cannot write %s: it would be too large",
                         writer->path);
    }
    cJSON *entry;
    cJSON *offsets;
    bool declared = check_text(writer->path, name, error) == CHARNN_OK &&
                    json_add_object(writer->header, name, &entry, error) == CHARNN_OK &&
                    safetensors_describe(entry, dtype, shape, rank, error) == CHARNN_OK &&
                    json_add_array(entry, "data_offsets", &offsets, error) == CHARNN_OK &&
                    json_add_size(offsets, NULL, begin, error) == CHARNN_OK &&
                    json_add_size(offsets, NULL, writer->declared, error) == CHARNN_OK;
    return declared ? CHARNN_OK : error->status;
}

static enum status put(struct safetensors_writer *writer, const void *data, size_t size,
                       struct error *error) {
    xxh64_add(&writer->hash, data, size);
    return atomic_file_write(writer->file, data, size, error);
}

/* Writes the length and the JSON, padded with spaces to where the data begins. */
static enum status write_header(struct safetensors_writer *writer, const char *json,
                                struct error *error) {
    size_t size = strlen(json);
    if (size > CHARNN_SAFETENSORS_HEADER - CHARNN_ALIGNMENT) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "cannot write %s: its header would have %zu bytes, above the limit %d",
                         writer->path, size, CHARNN_SAFETENSORS_HEADER);
    }
    assert(strncmp(json, CHARNN_CHECKSUM_LEAD, sizeof CHARNN_CHECKSUM_LEAD - 1) == 0);
    char padding[CHARNN_ALIGNMENT];
    memset(padding, ' ', sizeof padding);
    size_t used = CHARNN_SAFETENSORS_LENGTH + size;
    size_t padding_size = size_round_up(used, CHARNN_ALIGNMENT) - used;
    uint64_t length = size + padding_size;
    if (put(writer, &length, sizeof length, error) != CHARNN_OK ||
        put(writer, json, size, error) != CHARNN_OK) {
        return error->status;
    }
    return put(writer, padding, padding_size, error);
}

enum status safetensors_writer_begin_data(struct safetensors_writer *writer, struct error *error) {
    char *json = NULL;
    if (json_print(writer->header, false, &json, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = atomic_file_create(writer->path, &writer->file, error);
    if (status == CHARNN_OK) {
        status = write_header(writer, json, error);
    }
    memory_free(json);
    return status;
}

enum status safetensors_writer_write(struct safetensors_writer *writer, const void *data,
                                     size_t size, struct error *error) {
    assert(size <= writer->declared - writer->written);
    writer->written += size;
    return put(writer, data, size, error);
}

enum status safetensors_writer_commit(struct safetensors_writer *writer, struct error *error) {
    assert(writer->written == writer->declared);
    const struct checksum_digits digits = checksum_digits(xxh64_end(&writer->hash));
    if (atomic_file_rewrite(writer->file, CHARNN_CHECKSUM_PLACE, digits.text,
                            CHARNN_CHECKSUM_DIGITS, error) != CHARNN_OK) {
        return error->status;
    }
    return atomic_file_commit(writer->file, error);
}
