#include "checkpoint/safetensors_writer.h"

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/xxh64.h"
#include "checkpoint/checksum.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

struct safetensors_writer {
    struct atomic_file *file;
    struct xxh64 hash; /* of what is written */
    size_t *sizes;     /* [count], bytes of each tensor */
    size_t count;
    size_t added;
};

static enum status check_text(const char *path, const char *text, struct error *error) {
    if (utf8_is_valid(text)) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_DATA, "cannot write %s: \"%s\" is not UTF-8", path,
                     json_label(text).text);
}

/* The seal comes first, so that its place is known; its digits are written when all else is. */
static enum status add_checksum(cJSON *metadata, struct error *error) {
    if (json_add_string(metadata, CHARNN_CHECKSUM_KEY, CHARNN_CHECKSUM_BLANK, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_string(metadata, CHARNN_CHECKSUM_KIND_KEY, CHARNN_CHECKSUM_KIND, error);
}

static enum status add_notes(const char *path, const struct safetensors_note *notes, size_t count,
                             cJSON *header, struct error *error) {
    cJSON *metadata;
    if (json_add_object(header, CHARNN_SAFETENSORS_METADATA, &metadata, error) != CHARNN_OK ||
        add_checksum(metadata, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < count; i++) {
        if (check_text(path, notes[i].key, error) != CHARNN_OK ||
            check_text(path, notes[i].value, error) != CHARNN_OK ||
            json_add_string(metadata, notes[i].key, notes[i].value, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* The bytes of a tensor; *end moves from where it begins in the data to where it ends. */
static enum status measure(const char *path, const struct safetensors_declaration *tensor,
                           size_t *size, size_t *end, struct error *error) {
    bool fits = true;
    *size = safetensors_dtype_size(tensor->dtype);
    for (size_t i = 0; i < tensor->rank && fits; i++) {
        fits = size_multiply(*size, tensor->shape[i], size);
    }
    if (!fits || !size_add(*end, *size, end) || *end > CHARNN_JSON_LARGEST_WHOLE) {
        return error_set(error, CHARNN_ERROR_DATA, "cannot write %s: it would be too large", path);
    }
    return CHARNN_OK;
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

static enum status add_tensor(const struct safetensors_declaration *tensor, size_t begin,
                              size_t end, cJSON *header, struct error *error) {
    cJSON *entry;
    cJSON *offsets;
    if (json_add_object(header, tensor->name, &entry, error) != CHARNN_OK ||
        safetensors_describe(entry, tensor->dtype, tensor->shape, tensor->rank, error) !=
            CHARNN_OK ||
        json_add_array(entry, "data_offsets", &offsets, error) != CHARNN_OK ||
        json_add_size(offsets, NULL, begin, error) != CHARNN_OK ||
        json_add_size(offsets, NULL, end, error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

static enum status add_tensors(const char *path, const struct safetensors_declaration *tensors,
                               size_t count, size_t *sizes, cJSON *header, struct error *error) {
    size_t end = 0;
    for (size_t i = 0; i < count; i++) {
        assert(tensors[i].rank <= CHARNN_SAFETENSORS_RANK);
        assert(strcmp(tensors[i].name, CHARNN_SAFETENSORS_METADATA) != 0);
        size_t begin = end;
        if (check_text(path, tensors[i].name, error) != CHARNN_OK ||
            measure(path, &tensors[i], &sizes[i], &end, error) != CHARNN_OK ||
            add_tensor(&tensors[i], begin, end, header, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* The JSON of the header, without padding; released with memory_free(). */
static enum status compose_header(const char *path, const struct safetensors_declaration *tensors,
                                  size_t count, const struct safetensors_note *notes,
                                  size_t note_count, size_t *sizes, char **text,
                                  struct error *error) {
    cJSON *header;
    if (json_create_object(&header, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = add_notes(path, notes, note_count, header, error);
    if (status == CHARNN_OK) {
        status = add_tensors(path, tensors, count, sizes, header, error);
    }
    if (status == CHARNN_OK) {
        status = json_print(header, false, text, error);
    }
    cJSON_Delete(header);
    return status;
}

static enum status put(struct safetensors_writer *writer, const void *data, size_t size,
                       struct error *error) {
    xxh64_add(&writer->hash, data, size);
    return atomic_file_write(writer->file, data, size, error);
}

/* Writes the length and the JSON, padded with spaces to where the data begins. */
static enum status write_header(struct safetensors_writer *writer, const char *path,
                                const char *text, struct error *error) {
    size_t size = strlen(text);
    if (size > CHARNN_SAFETENSORS_HEADER - CHARNN_ALIGNMENT) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "cannot write %s: its header would have %zu bytes, more than the %d "
                         "allowed",
                         path, size, CHARNN_SAFETENSORS_HEADER);
    }
    char padding[CHARNN_ALIGNMENT];
    memset(padding, ' ', sizeof padding);
    size_t used = CHARNN_SAFETENSORS_LENGTH + size;
    size_t padding_size = size_round_up(used, CHARNN_ALIGNMENT) - used;
    uint64_t length = size + padding_size;
    assert(strncmp(text, CHARNN_CHECKSUM_LEAD, sizeof CHARNN_CHECKSUM_LEAD - 1) == 0);
    if (put(writer, &length, sizeof length, error) != CHARNN_OK ||
        put(writer, text, size, error) != CHARNN_OK ||
        put(writer, padding, padding_size, error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

enum status safetensors_writer_create(const char *path,
                                      const struct safetensors_declaration *tensors, size_t count,
                                      const struct safetensors_note *notes, size_t note_count,
                                      struct safetensors_writer **writer, struct error *error) {
    *writer = NULL;
    void *memory;
    if (memory_allocate(1, sizeof **writer, "a safetensors file", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct safetensors_writer *made = memory;
    made->count = count;
    made->hash = xxh64_start(0);
    char *header = NULL;
    enum status status = memory_allocate(count, sizeof *made->sizes, "tensors", &memory, error);
    made->sizes = memory;
    if (status == CHARNN_OK) {
        status =
            compose_header(path, tensors, count, notes, note_count, made->sizes, &header, error);
    }
    if (status == CHARNN_OK) {
        status = atomic_file_create(path, &made->file, error);
    }
    if (status == CHARNN_OK) {
        status = write_header(made, path, header, error);
    }
    memory_free(header);
    if (status != CHARNN_OK) {
        safetensors_writer_destroy(made);
        return status;
    }
    *writer = made;
    return CHARNN_OK;
}

enum status safetensors_writer_add(struct safetensors_writer *writer, const void *data,
                                   struct error *error) {
    assert(writer->added < writer->count);
    return put(writer, data, writer->sizes[writer->added++], error);
}

enum status safetensors_writer_commit(struct safetensors_writer *writer, struct error *error) {
    assert(writer->added == writer->count);
    const struct checksum_digits digits = checksum_digits(xxh64_end(&writer->hash));
    if (atomic_file_rewrite(writer->file, CHARNN_CHECKSUM_PLACE, digits.text,
                            CHARNN_CHECKSUM_DIGITS, error) != CHARNN_OK) {
        return error->status;
    }
    return atomic_file_commit(writer->file, error);
}

void safetensors_writer_destroy(struct safetensors_writer *writer) {
    if (writer == NULL) {
        return;
    }
    atomic_file_destroy(writer->file);
    memory_free(writer->sizes);
    memory_free(writer);
}
