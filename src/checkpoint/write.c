#include "checkpoint/write.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/version.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors_writer.h"
#include "checkpoint/vocab_json.h"

#include <stdio.h>

static enum status add_json(struct safetensors_writer *writer, const char *key, const cJSON *json,
                            struct error *error) {
    char *text = NULL;
    if (json_print(json, false, &text, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = safetensors_writer_add_metadata(writer, key, text, error);
    memory_free(text);
    return status;
}

/* Sets `key` of `object` in its place or at the end and takes ownership of `item`. Either may be
 * NULL, which is out of memory. Without memory for the key, cJSON 1.7.15 replaces the item by one
 * without a key and reports success. */
static enum status set_item(cJSON *object, const char *key, cJSON *item, struct error *error) {
    bool exists = cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
    bool taken = item != NULL && (exists ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, item)
                                         : cJSON_AddItemToObject(object, key, item));
    if (taken && cJSON_GetObjectItemCaseSensitive(object, key) == item) {
        return CHARNN_OK;
    }
    if (!taken) {
        cJSON_Delete(item);
    }
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the settings as JSON");
}

/* The settings, with those of the model's shape as the model has them. */
static enum status add_config(struct safetensors_writer *writer, const cJSON *config,
                              const struct model_shape *shape, struct error *error) {
    cJSON *copy = config != NULL ? cJSON_Duplicate(config, true) : cJSON_CreateObject();
    bool added =
        set_item(copy, "model", cJSON_CreateString(shape->cell->name), error) == CHARNN_OK &&
        set_item(copy, "rnn_size", cJSON_CreateNumber((double)shape->hidden), error) == CHARNN_OK &&
        set_item(copy, "num_layers", cJSON_CreateNumber((double)shape->layers), error) ==
            CHARNN_OK &&
        set_item(copy, "peephole", cJSON_CreateBool(shape->peephole), error) == CHARNN_OK &&
        add_json(writer, CHARNN_KEY_CONFIG, copy, error) == CHARNN_OK;
    cJSON_Delete(copy);
    return added ? CHARNN_OK : error->status;
}

static enum status add_metadata(struct safetensors_writer *writer,
                                const struct checkpoint_contents *contents, struct error *error) {
    char format[16];
    char *vocab = NULL;
    (void)snprintf(format, sizeof format, "%d", CHARNN_CHECKPOINT_FORMAT);
    bool added =
        safetensors_writer_add_metadata(writer, CHARNN_KEY_FORMAT, format, error) == CHARNN_OK &&
        safetensors_writer_add_metadata(writer, CHARNN_KEY_VERSION, CHARNN_VERSION, error) ==
            CHARNN_OK &&
        add_config(writer, contents->config, &contents->model->shape, error) == CHARNN_OK &&
        vocab_to_json(contents->vocab, &vocab, error) == CHARNN_OK &&
        safetensors_writer_add_metadata(writer, CHARNN_KEY_VOCAB, vocab, error) == CHARNN_OK &&
        (contents->training == NULL ||
         add_json(writer, CHARNN_KEY_TRAINING, contents->training, error) == CHARNN_OK);
    memory_free(vocab);
    return added ? CHARNN_OK : error->status;
}

static enum status declare_flat(struct safetensors_writer *writer, const char *prefix,
                                const struct parameters *parameters, struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        const size_t shape[] = {parameter_outputs(p), p->inputs};
        if (safetensors_writer_declare(writer, flat_name(prefix, p).text, CHARNN_DTYPE_F32, shape,
                                       p->rank, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status declare_tensors(struct safetensors_writer *writer,
                                   const struct checkpoint_contents *contents,
                                   struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    enum status status = declare_flat(writer, "", parameters, error);
    for (size_t i = 0; i < contents->flat_count && status == CHARNN_OK; i++) {
        status = declare_flat(writer, contents->flats[i].prefix, parameters, error);
    }
    for (size_t i = 0; i < contents->tensor_count && status == CHARNN_OK; i++) {
        const struct checkpoint_tensor *tensor = &contents->tensors[i];
        const size_t shape[] = {tensor->rows, tensor->columns};
        status =
            safetensors_writer_declare(writer, tensor->name, CHARNN_DTYPE_F32, shape, 2, error);
    }
    return status;
}

/* `scratch` has room for the largest tensor. */
static enum status write_flat(struct safetensors_writer *writer,
                              const struct parameters *parameters, const float *values,
                              float *scratch, struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        parameter_export(p, values, scratch);
        if (safetensors_writer_write(writer, scratch, parameter_elements(p) * sizeof *scratch,
                                     error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status write_tensors(struct safetensors_writer *writer,
                                 const struct checkpoint_contents *contents, float *scratch,
                                 struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    const float *values = contents->values != NULL ? contents->values : parameters->values;
    enum status status = write_flat(writer, parameters, values, scratch, error);
    for (size_t i = 0; i < contents->flat_count && status == CHARNN_OK; i++) {
        status = write_flat(writer, parameters, contents->flats[i].values, scratch, error);
    }
    for (size_t i = 0; i < contents->tensor_count && status == CHARNN_OK; i++) {
        const struct checkpoint_tensor *tensor = &contents->tensors[i];
        size_t size = tensor->rows * tensor->columns * sizeof *tensor->values;
        status = safetensors_writer_write(writer, tensor->values, size, error);
    }
    return status;
}

/* Bytes per symbol while the vocabulary becomes JSON: about 112 are cJSON's node with its text; the
 * rest is for the whole text, which grows by doubling, and for gaps in the heap. */
enum { JSON_BYTES_PER_SYMBOL = 240 };

static size_t largest_tensor(const struct parameters *parameters) {
    size_t largest = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        size_t elements = parameter_elements(&parameters->table[i]);
        largest = elements > largest ? elements : largest;
    }
    return largest;
}

size_t checkpoint_write_memory(const struct model *model) {
    return largest_tensor(&model->parameters) * sizeof(float) +
           model->shape.vocab * JSON_BYTES_PER_SYMBOL;
}

enum status checkpoint_write(const char *path, const struct checkpoint_contents *contents,
                             struct error *error) {
    struct safetensors_writer *writer = NULL;
    float *scratch = NULL;
    size_t largest = largest_tensor(&contents->model->parameters);
    bool written = safetensors_writer_create(path, &writer, error) == CHARNN_OK &&
                   add_metadata(writer, contents, error) == CHARNN_OK &&
                   declare_tensors(writer, contents, error) == CHARNN_OK &&
                   safetensors_writer_begin_data(writer, error) == CHARNN_OK &&
                   MEMORY_NEW(&scratch, largest, "a copy of a tensor", error) == CHARNN_OK &&
                   write_tensors(writer, contents, scratch, error) == CHARNN_OK &&
                   safetensors_writer_commit(writer, error) == CHARNN_OK;
    memory_free(scratch);
    safetensors_writer_destroy(writer);
    return written ? CHARNN_OK : error->status;
}
