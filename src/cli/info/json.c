#include "cli/info/json.h"

#include "base/json.h"
#include "base/utf8.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/safetensors_writer.h"
#include "cli/info/tensors.h"

#include <stdlib.h>
#include <string.h>

static enum status describe_model(const struct checkpoint *checkpoint, cJSON *json,
                                  struct error *error) {
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const char *path = checkpoint_path(checkpoint);
    const char *version = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_VERSION);
    const char *format = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_KEY_FORMAT);
    if (json_add_string(json, "path", path, error) != CHARNN_OK ||
        json_add_size(json, "format", (size_t)strtoull(format, NULL, 10), error) != CHARNN_OK ||
        (version != NULL && json_add_string(json, "version", version, error) != CHARNN_OK) ||
        json_add_string(json, "model", cell_model(shape->cell), error) != CHARNN_OK ||
        json_add_string(json, "lstm_variant", cell_variant(shape->cell, shape->peephole), error) !=
            CHARNN_OK ||
        json_add_size(json, "rnn_size", shape->hidden, error) != CHARNN_OK ||
        json_add_size(json, "num_layers", shape->layers, error) != CHARNN_OK ||
        json_add_bool(json, "peephole", shape->peephole, error) != CHARNN_OK ||
        json_add_bool(json, "skip", shape->skip, error) != CHARNN_OK ||
        json_add_size(json, "attention", shape->attention, error) != CHARNN_OK ||
        json_add_string(json, "weights", weight_type_name(shape->weights), error) != CHARNN_OK ||
        json_add_size(json, "parameters", info_parameter_count(checkpoint_file(checkpoint)),
                      error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(json, "vocab_size", shape->vocab, error);
}

/* Adds a JSON text of the metadata, or null. */
static enum status add_metadata(const struct checkpoint *checkpoint, const char *key,
                                const char *name, cJSON *json, struct error *error) {
    const char *text = safetensors_metadata(checkpoint_file(checkpoint), key);
    if (cJSON_AddRawToObject(json, name, text != NULL ? text : "null") == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a description as JSON");
    }
    return CHARNN_OK;
}

static enum status add_copy(cJSON *json, const char *name, const cJSON *item, struct error *error) {
    cJSON *copy = item != NULL ? cJSON_Duplicate(item, true) : cJSON_CreateNull();
    if (copy == NULL || !cJSON_AddItemToObject(json, name, copy)) {
        cJSON_Delete(copy);
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a description as JSON");
    }
    return CHARNN_OK;
}

bool info_is_setting(const char *name) {
    return strcmp(name, "files") != 0 && strcmp(name, "origin") != 0 && strcmp(name, "run") != 0;
}

/* The origin of the weights as the option that names it. */
static enum status describe_init_from(const cJSON *origin, cJSON *settings, struct error *error) {
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(origin, "path"));
    return path != NULL && path[0] != '\0' ? json_add_string(settings, "init_from", path, error)
                                           : CHARNN_OK;
}

/* The settings as --config reads them; beside them the files of the text and the origin of the
 * weights. */
static enum status describe_settings(const struct checkpoint *checkpoint, cJSON *json,
                                     struct error *error) {
    const cJSON *config = checkpoint_config(checkpoint);
    const cJSON *origin = cJSON_GetObjectItemCaseSensitive(config, "origin");
    const cJSON *item;
    cJSON *settings;
    if (json_add_object(json, "settings", &settings, error) != CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(item, config) {
        enum status status = CHARNN_OK;
        if (cJSON_IsNumber(item)) { /* a copy would be printed with fewer digits */
            status = json_add_double(settings, item->string, item->valuedouble, error);
        } else if (info_is_setting(item->string)) {
            status = add_copy(settings, item->string, item, error);
        }
        if (status != CHARNN_OK) {
            return status;
        }
    }
    if (describe_init_from(origin, settings, error) != CHARNN_OK ||
        add_copy(json, "files", cJSON_GetObjectItemCaseSensitive(config, "files"), error) !=
            CHARNN_OK) {
        return error->status;
    }
    return add_copy(json, "origin", origin, error);
}

static enum status describe_tensor(const struct safetensors_tensor *tensor, cJSON *list,
                                   struct error *error) {
    cJSON *entry;
    if (json_add_object(list, NULL, &entry, error) != CHARNN_OK ||
        json_add_string(entry, "name", tensor->name, error) != CHARNN_OK) {
        return error->status;
    }
    return safetensors_describe(entry, tensor->dtype, tensor->shape, tensor->rank, error);
}

enum status info_describe(const struct checkpoint *checkpoint, cJSON *json, struct error *error) {
    cJSON *tensors;
    if (describe_model(checkpoint, json, error) != CHARNN_OK ||
        add_metadata(checkpoint, CHARNN_KEY_VOCAB, "vocab", json, error) != CHARNN_OK ||
        describe_settings(checkpoint, json, error) != CHARNN_OK ||
        add_metadata(checkpoint, CHARNN_KEY_TRAINING, "training", json, error) != CHARNN_OK ||
        json_add_array(json, "tensors", &tensors, error) != CHARNN_OK) {
        return error->status;
    }
    const struct safetensors *file = checkpoint_file(checkpoint);
    for (size_t i = 0; i < safetensors_count(file); i++) {
        if (describe_tensor(safetensors_at(file, i), tensors, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
