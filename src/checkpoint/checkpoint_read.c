/* Checkpoints: from a file, no byte of which is trusted, to a model, its vocabulary and its run. */
#include "base/file.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/json.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/vocab_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_HIDDEN = 65536, LARGEST_LAYERS = 1024 };

struct checkpoint {
    char *path;
    struct file_bytes bytes;
    struct safetensors *file;
    cJSON *config;
    cJSON *training; /* or NULL */
    struct vocab *vocab;
    struct model_shape shape;
};

/* An error about the content of the file: its path, ": ", and the formatted sentence. */
static enum status refuse(const struct checkpoint *checkpoint, struct error *error,
                          const char *format, ...) CHARNN_PRINTF(3, 4);

static enum status refuse(const struct checkpoint *checkpoint, struct error *error,
                          const char *format, ...) {
    char sentence[CHARNN_ERROR_LENGTH];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return error_set(error, CHARNN_ERROR_FORMAT, "%s: %s", checkpoint->path, sentence);
}

/* ---- metadata ---------------------------------------------------------------------------------
 */

/* A text of the metadata as errors name it: "cv/last.safetensors: charnn.config". */
struct place {
    char text[CHARNN_ERROR_LENGTH];
};

static struct place place_of(const struct checkpoint *checkpoint, const char *key) {
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "%s: %s", checkpoint->path, key);
    return place;
}

static enum status get_metadata(const struct checkpoint *checkpoint, const char *key,
                                const char **text, struct error *error) {
    *text = safetensors_metadata(checkpoint->file, key);
    if (*text == NULL) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s is a safetensors file but not a charnn checkpoint: its metadata lacks "
                         "\"%s\"; models/README.md says how to add it",
                         checkpoint->path, key);
    }
    return CHARNN_OK;
}

static enum status check_format(const struct checkpoint *checkpoint, struct error *error) {
    const char *text;
    if (get_metadata(checkpoint, CHARNN_KEY_FORMAT, &text, error) != CHARNN_OK) {
        return error->status;
    }
    if (text[0] < '1' || text[0] > '9' || text[strspn(text, "0123456789")] != '\0') {
        return refuse(checkpoint, error,
                      CHARNN_KEY_FORMAT " is \"%s\", which is not the number of a version",
                      json_label(text).text);
    }
    if (strtoull(text, NULL, 10) > CHARNN_CHECKPOINT_FORMAT) {
        return error_set(
            error, CHARNN_ERROR_FORMAT,
            "%s is of format version %s, newer than this charnn reads (%d); use a newer "
            "charnn",
            checkpoint->path, json_label(text).text, CHARNN_CHECKPOINT_FORMAT);
    }
    return CHARNN_OK;
}

static enum status get_cell(const struct checkpoint *checkpoint, const char *where,
                            const struct cell **cell, struct error *error) {
    const char *name;
    if (json_get_string(checkpoint->config, where, "model", &name, error) != CHARNN_OK) {
        return error->status;
    }
    *cell = cell_find(name);
    if (*cell == NULL) {
        char known[128] = "";
        size_t used = 0;
        for (size_t i = 0; i < cell_count && used < sizeof known; i++) {
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                                     cell_at(i)->name);
        }
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"model\" is \"%s\"; this charnn knows %s", where,
                         json_label(name).text, known);
    }
    return CHARNN_OK;
}

static enum status get_extent(const cJSON *config, const char *where, const char *key,
                              size_t largest, size_t *value, struct error *error) {
    if (json_get_size(config, where, key, value, error) != CHARNN_OK) {
        return error->status;
    }
    if (*value < 1 || *value > largest) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"%s\" is %zu; it must be from 1 to %zu",
                         where, key, *value, largest);
    }
    return CHARNN_OK;
}

static enum status get_peephole(const cJSON *config, const char *where,
                                const struct model_shape *shape, bool *peephole,
                                struct error *error) {
    *peephole = false;
    if (cJSON_GetObjectItemCaseSensitive(config, "peephole") != NULL &&
        json_get_bool(config, where, "peephole", peephole, error) != CHARNN_OK) {
        return error->status;
    }
    if (*peephole && !shape->cell->has_peephole) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"peephole\" is true, but the model is %s, which has none", where,
                         shape->cell->name);
    }
    return CHARNN_OK;
}

static enum status read_config(struct checkpoint *checkpoint, struct error *error) {
    const char *text;
    struct model_shape *shape = &checkpoint->shape;
    if (get_metadata(checkpoint, CHARNN_KEY_CONFIG, &text, error) != CHARNN_OK) {
        return error->status;
    }
    const struct place place = place_of(checkpoint, CHARNN_KEY_CONFIG);
    const char *where = place.text;
    if (json_parse_object(text, strlen(text), where, &checkpoint->config, error) != CHARNN_OK ||
        get_cell(checkpoint, where, &shape->cell, error) != CHARNN_OK ||
        get_extent(checkpoint->config, where, "rnn_size", LARGEST_HIDDEN, &shape->hidden, error) !=
            CHARNN_OK ||
        get_extent(checkpoint->config, where, "num_layers", LARGEST_LAYERS, &shape->layers,
                   error) != CHARNN_OK) {
        return error->status;
    }
    return get_peephole(checkpoint->config, where, shape, &shape->peephole, error);
}

static enum status read_vocab(struct checkpoint *checkpoint, struct error *error) {
    const char *text;
    if (get_metadata(checkpoint, CHARNN_KEY_VOCAB, &text, error) != CHARNN_OK) {
        return error->status;
    }
    const struct place place = place_of(checkpoint, CHARNN_KEY_VOCAB);
    if (vocab_from_json(text, place.text, &checkpoint->vocab, error) != CHARNN_OK) {
        return error->status;
    }
    checkpoint->shape.vocab = vocab_size(checkpoint->vocab);
    return CHARNN_OK;
}

static enum status read_training(struct checkpoint *checkpoint, struct error *error) {
    const char *text = safetensors_metadata(checkpoint->file, CHARNN_KEY_TRAINING);
    if (text == NULL) {
        return CHARNN_OK;
    }
    const struct place place = place_of(checkpoint, CHARNN_KEY_TRAINING);
    return json_parse_object(text, strlen(text), place.text, &checkpoint->training, error);
}

/* ---- tensors ----------------------------------------------------------------------------------
 */

/* What a tensor is needed for: "2 lstm layers of 128 units over 65 symbols". */
struct purpose {
    char text[128];
};

static struct purpose purpose_of(const struct model_shape *shape) {
    struct purpose purpose;
    (void)snprintf(purpose.text, sizeof purpose.text,
                   "%zu %s layer%s of %zu units%s over %zu symbols", shape->layers,
                   shape->cell->name, plural_ending(shape->layers), shape->hidden,
                   shape->peephole ? " with peepholes" : "", shape->vocab);
    return purpose;
}

/* A tensor that must be there. */
struct request {
    const char *name;
    size_t rank;
    size_t shape[2];
    const char *purpose;
};

static struct request request_parameter(const struct parameter *parameter, const char *name,
                                        const char *purpose) {
    return (struct request){
        .name = name,
        .rank = parameter->rank,
        .shape = {parameter->blocks * parameter->block_size, parameter->inputs},
        .purpose = purpose,
    };
}

static bool is_floating_point(enum safetensors_dtype dtype) {
    return dtype == CHARNN_DTYPE_F32 || dtype == CHARNN_DTYPE_F64 || dtype == CHARNN_DTYPE_F16 ||
           dtype == CHARNN_DTYPE_BF16;
}

static enum status find_tensor(const struct checkpoint *checkpoint, const struct request *request,
                               const struct safetensors_tensor **tensor, struct error *error) {
    *tensor = safetensors_find(checkpoint->file, request->name);
    const struct tensor_shape_text wanted = tensor_shape_text(request->shape, request->rank);
    if (*tensor == NULL) {
        return refuse(checkpoint, error,
                      "tensor \"%s\" is missing; one of shape %s is needed for %s", request->name,
                      wanted.text, request->purpose);
    }
    if ((*tensor)->rank != request->rank ||
        memcmp((*tensor)->shape, request->shape, request->rank * sizeof request->shape[0]) != 0) {
        return refuse(checkpoint, error,
                      "tensor \"%s\" has shape %s; one of shape %s is needed for %s", request->name,
                      tensor_shape_text((*tensor)->shape, (*tensor)->rank).text, wanted.text,
                      request->purpose);
    }
    if (!is_floating_point((*tensor)->dtype)) {
        return refuse(checkpoint, error,
                      "tensor \"%s\" has dtype %s, where F32, F64, F16 or BF16 is needed",
                      request->name, safetensors_dtype_name((*tensor)->dtype));
    }
    return CHARNN_OK;
}

/* Refuses what would be left out silently, like the other direction of a bidirectional network. */
static enum status check_no_other(const struct checkpoint *checkpoint,
                                  const struct parameters *parameters, const char *purpose,
                                  struct error *error) {
    for (size_t i = 0; i < safetensors_count(checkpoint->file); i++) {
        const char *name = safetensors_at(checkpoint->file, i)->name;
        bool of_model = strncmp(name, "rnn.", 4) == 0 || strncmp(name, "decoder.", 8) == 0;
        if (of_model && parameters_find(parameters, name) == NULL) {
            return refuse(checkpoint, error, "tensor \"%s\" has no place; it does not belong to %s",
                          json_label(name).text, purpose);
        }
    }
    return CHARNN_OK;
}

static enum status check_parameters(const struct checkpoint *checkpoint,
                                    const struct parameters *parameters, const char *purpose,
                                    struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        const struct safetensors_tensor *tensor;
        const struct request request =
            request_parameter(&parameters->table[i], parameters->table[i].name, purpose);
        if (find_tensor(checkpoint, &request, &tensor, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return check_no_other(checkpoint, parameters, purpose, error);
}

/*
 * Compares the tensors with those of an empty model of the shape that the settings give. Every
 * recurrent and decoder weight takes two bytes or more, so settings that ask for much more than the
 * file has are refused before memory is; up to that, a sentence about a certain tensor says more.
 */
static enum status check_tensors(const struct checkpoint *checkpoint, struct error *error) {
    const struct model_shape *shape = &checkpoint->shape;
    const struct purpose purpose = purpose_of(shape);
    const uint64_t leeway = 1 << 20;
    uint64_t weights = ((uint64_t)shape->layers * shape->hidden + shape->vocab) * shape->hidden;
    if (weights > checkpoint->bytes.size + leeway) {
        return refuse(checkpoint, error, "the file is far too small for %s", purpose.text);
    }
    struct model *model;
    if (model_create(shape, false, &model, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = check_parameters(checkpoint, &model->parameters, purpose.text, error);
    model_destroy(model);
    return status;
}

/* ---- the file ---------------------------------------------------------------------------------
 */

static enum status read_file(struct checkpoint *checkpoint, const char *path, struct error *error) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (memory_copy_string(name, &checkpoint->path, error) != CHARNN_OK ||
        file_bytes_init(&checkpoint->bytes, path, error) != CHARNN_OK ||
        safetensors_create(checkpoint->bytes.data, checkpoint->bytes.size, name, &checkpoint->file,
                           error) != CHARNN_OK ||
        check_format(checkpoint, error) != CHARNN_OK ||
        read_config(checkpoint, error) != CHARNN_OK || read_vocab(checkpoint, error) != CHARNN_OK ||
        read_training(checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    return check_tensors(checkpoint, error);
}

enum status checkpoint_open(const char *path, struct checkpoint **checkpoint, struct error *error) {
    void *memory;
    *checkpoint = NULL;
    if (memory_allocate(1, sizeof **checkpoint, "a checkpoint", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    if (read_file(memory, path, error) != CHARNN_OK) {
        checkpoint_close(memory);
        return error->status;
    }
    *checkpoint = memory;
    return CHARNN_OK;
}

void checkpoint_close(struct checkpoint *checkpoint) {
    if (checkpoint == NULL) {
        return;
    }
    vocab_destroy(checkpoint->vocab);
    cJSON_Delete(checkpoint->training);
    cJSON_Delete(checkpoint->config);
    safetensors_destroy(checkpoint->file);
    file_bytes_deinit(&checkpoint->bytes);
    memory_free(checkpoint->path);
    memory_free(checkpoint);
}

const char *checkpoint_path(const struct checkpoint *checkpoint) {
    return checkpoint->path;
}

const struct model_shape *checkpoint_shape(const struct checkpoint *checkpoint) {
    return &checkpoint->shape;
}

const struct vocab *checkpoint_vocab(const struct checkpoint *checkpoint) {
    return checkpoint->vocab;
}

const cJSON *checkpoint_config(const struct checkpoint *checkpoint) {
    return checkpoint->config;
}

const cJSON *checkpoint_training(const struct checkpoint *checkpoint) {
    return checkpoint->training;
}

const struct safetensors *checkpoint_file(const struct checkpoint *checkpoint) {
    return checkpoint->file;
}

/* ---- values -----------------------------------------------------------------------------------
 */

/* The elements of a tensor as PyTorch orders them, all finite. */
static enum status read_tensor(const struct checkpoint *checkpoint, const struct request *request,
                               float *values, struct error *error) {
    const struct safetensors_tensor *tensor;
    if (find_tensor(checkpoint, request, &tensor, error) != CHARNN_OK ||
        safetensors_read_floats(checkpoint->file, tensor, values, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < tensor->elements; i++) {
        if (!isfinite(values[i])) {
            return refuse(checkpoint, error,
                          "tensor \"%s\" holds a value that is not a finite float, at element %zu",
                          request->name, i);
        }
    }
    return CHARNN_OK;
}

/* Reads one parameter into its place in a flat array. */
static enum status read_parameter(const struct checkpoint *checkpoint,
                                  const struct parameter *parameter, const char *name,
                                  const char *purpose, float *values, struct error *error) {
    void *scratch;
    if (memory_allocate(parameter_elements(parameter), sizeof(float), "a copy of a tensor",
                        &scratch, error) != CHARNN_OK) {
        return error->status;
    }
    const struct request request = request_parameter(parameter, name, purpose);
    enum status status = read_tensor(checkpoint, &request, scratch, error);
    if (status == CHARNN_OK) {
        parameter_import(parameter, scratch, values);
    }
    memory_free(scratch);
    return status;
}

enum status checkpoint_load_model(const struct checkpoint *checkpoint, bool trainable,
                                  struct model **model, struct error *error) {
    const struct purpose purpose = purpose_of(&checkpoint->shape);
    struct model *made;
    *model = NULL;
    if (model_create(&checkpoint->shape, trainable, &made, error) != CHARNN_OK) {
        return error->status;
    }
    const struct parameters *p = &made->parameters;
    for (size_t i = 0; i < p->count; i++) {
        if (read_parameter(checkpoint, &p->table[i], p->table[i].name, purpose.text, p->values,
                           error) != CHARNN_OK) {
            model_destroy(made);
            return error->status;
        }
    }
    *model = made;
    return CHARNN_OK;
}

static const char resuming[] = "resuming the run";

bool checkpoint_has_flat(const struct checkpoint *checkpoint, const char *prefix) {
    size_t length = strlen(prefix);
    for (size_t i = 0; i < safetensors_count(checkpoint->file); i++) {
        const char *name = safetensors_at(checkpoint->file, i)->name;
        if (strncmp(name, prefix, length) == 0 && name[length] == '.') {
            return true;
        }
    }
    return false;
}

enum status checkpoint_load_flat(const struct checkpoint *checkpoint, const char *prefix,
                                 const struct parameters *parameters, float *values,
                                 struct error *error) {
    memset(values, 0, parameters->size * sizeof *values);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        if (read_parameter(checkpoint, parameter, flat_name(prefix, parameter).text, resuming,
                           values, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

enum status checkpoint_load_tensor(const struct checkpoint *checkpoint, const char *name,
                                   size_t rows, size_t columns, float *values,
                                   struct error *error) {
    const struct request request = {
        .name = name, .rank = 2, .shape = {rows, columns}, .purpose = resuming};
    return read_tensor(checkpoint, &request, values, error);
}
