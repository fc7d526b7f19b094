#include "checkpoint/write.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/version.h"
#include "checkpoint/names.h"
#include "checkpoint/quantize.h"
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
        set_item(copy, "model", cJSON_CreateString(cell_model(shape->cell)), error) == CHARNN_OK &&
        set_item(copy, "lstm_variant",
                 cJSON_CreateString(cell_variant(shape->cell, shape->peephole)),
                 error) == CHARNN_OK &&
        set_item(copy, "rnn_size", cJSON_CreateNumber((double)shape->hidden), error) == CHARNN_OK &&
        set_item(copy, "num_layers", cJSON_CreateNumber((double)shape->layers), error) ==
            CHARNN_OK &&
        set_item(copy, "peephole", cJSON_CreateBool(shape->peephole), error) == CHARNN_OK &&
        set_item(copy, "skip", cJSON_CreateBool(shape->skip), error) == CHARNN_OK &&
        set_item(copy, "attention", cJSON_CreateNumber((double)shape->attention), error) ==
            CHARNN_OK &&
        add_json(writer, CHARNN_KEY_CONFIG, copy, error) == CHARNN_OK;
    cJSON_Delete(copy);
    return added ? CHARNN_OK : error->status;
}

/* Older programs would compute something else from a newer kind of model, so they refuse it. */
static int format_of(const struct model_shape *shape) {
    if (shape->attention > 0 || shape->cell->variant != NULL) {
        return CHARNN_FORMAT_VARIANT;
    }
    return shape->skip ? CHARNN_FORMAT_SKIP : CHARNN_FORMAT_PLAIN;
}

static enum status add_metadata(struct safetensors_writer *writer,
                                const struct checkpoint_contents *contents, struct error *error) {
    char format[16];
    char *vocab = NULL;
    (void)snprintf(format, sizeof format, "%d", format_of(&contents->model->shape));
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

/* What one tensor has of a parameter. */
enum part { PART_NONE, PART_FLOATS, PART_SCALES, PART_BF16, PART_INT8 };

/* The tensors of the weights are written in two passes, all floats before all others, so that each
 * is aligned. */
enum { PASSES = 2 };

static enum part part_of(const struct parameter *p, enum weight_type weights, size_t pass) {
    if (p->rank != 2 || weights == CHARNN_WEIGHTS_F32) {
        return pass == 0 ? PART_FLOATS : PART_NONE;
    }
    if (weights == CHARNN_WEIGHTS_BF16) {
        return pass == 0 ? PART_NONE : PART_BF16;
    }
    return pass == 0 ? PART_SCALES : PART_INT8;
}

static enum status declare_part(struct safetensors_writer *writer, const struct parameter *p,
                                enum part part, struct error *error) {
    static const enum safetensors_dtype dtypes[] = {[PART_FLOATS] = CHARNN_DTYPE_F32,
                                                    [PART_SCALES] = CHARNN_DTYPE_F32,
                                                    [PART_BF16] = CHARNN_DTYPE_BF16,
                                                    [PART_INT8] = CHARNN_DTYPE_I8};
    const size_t shape[] = {parameter_outputs(p), p->inputs};
    const struct flat_name name = part == PART_SCALES ? scale_name(p->name) : flat_name("", p);
    return part == PART_NONE ? CHARNN_OK
                             : safetensors_writer_declare(writer, name.text, dtypes[part], shape,
                                                          part == PART_SCALES ? 1 : p->rank, error);
}

static enum status declare_weights(struct safetensors_writer *writer,
                                   const struct checkpoint_contents *contents,
                                   struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < PASSES * parameters->count && status == CHARNN_OK; i++) {
        const struct parameter *p = &parameters->table[i % parameters->count];
        enum part part = part_of(p, contents->weights, i / parameters->count);
        status = declare_part(writer, p, part, error);
    }
    return status;
}

static enum status declare_tensors(struct safetensors_writer *writer,
                                   const struct checkpoint_contents *contents,
                                   struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    enum status status = declare_weights(writer, contents, error);
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

/* Makes a part of a parameter from its floats matrix[outputs][inputs]; returns its bytes. */
static size_t make_part(const struct parameter *p, enum part part, const float *matrix,
                        void *made) {
    size_t rows = parameter_outputs(p);
    if (part == PART_BF16) {
        quantize_bf16(matrix, rows * p->inputs, made);
        return rows * p->inputs * sizeof(uint16_t);
    }
    for (size_t row = 0; row < rows; row++) {
        const float *from = matrix + row * p->inputs;
        float scale = quantize_scale(from, p->inputs);
        if (part == PART_INT8) {
            quantize_int8(from, p->inputs, scale, (int8_t *)made + row * p->inputs);
        } else {
            ((float *)made)[row] = scale;
        }
    }
    return part == PART_INT8 ? rows * p->inputs : rows * sizeof(float);
}

/* `scratch` has room for the largest tensor, and for its part if it is not written as floats. */
static enum status write_weights(struct safetensors_writer *writer,
                                 const struct checkpoint_contents *contents, float *scratch,
                                 struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    const float *values = contents->values != NULL ? contents->values : parameters->values;
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < PASSES * parameters->count && status == CHARNN_OK; i++) {
        const struct parameter *p = &parameters->table[i % parameters->count];
        enum part part = part_of(p, contents->weights, i / parameters->count);
        const void *data = scratch;
        size_t size = parameter_elements(p) * sizeof *scratch;
        if (part == PART_NONE) {
            continue;
        }
        parameter_export(p, values, scratch);
        if (part != PART_FLOATS) {
            data = scratch + parameter_elements(p);
            size = make_part(p, part, scratch, scratch + parameter_elements(p));
        }
        status = safetensors_writer_write(writer, data, size, error);
    }
    return status;
}

static enum status write_tensors(struct safetensors_writer *writer,
                                 const struct checkpoint_contents *contents, float *scratch,
                                 struct error *error) {
    const struct parameters *parameters = &contents->model->parameters;
    enum status status = write_weights(writer, contents, scratch, error);
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
    size_t floats = contents->weights == CHARNN_WEIGHTS_F32 ? largest : 2 * largest;
    bool written = safetensors_writer_create(path, &writer, error) == CHARNN_OK &&
                   add_metadata(writer, contents, error) == CHARNN_OK &&
                   declare_tensors(writer, contents, error) == CHARNN_OK &&
                   safetensors_writer_begin_data(writer, error) == CHARNN_OK &&
                   MEMORY_NEW(&scratch, floats, "a copy of a tensor", error) == CHARNN_OK &&
                   write_tensors(writer, contents, scratch, error) == CHARNN_OK &&
                   safetensors_writer_commit(writer, error) == CHARNN_OK;
    memory_free(scratch);
    safetensors_writer_destroy(writer);
    return written ? CHARNN_OK : error->status;
}
