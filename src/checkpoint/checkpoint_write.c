/* Checkpoints: from a model, its vocabulary and its run to a file. */
#include "base/json.h"
#include "base/memory.h"
#include "base/version.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors_writer.h"
#include "checkpoint/vocab_json.h"

#include <stdio.h>

/* ---- metadata ---------------------------------------------------------------------------------
 */

enum { NOTES = 5 };

/* The metadata: fixed texts, and texts of JSON that are owned. */
struct notes {
    struct safetensors_note list[NOTES];
    size_t count;
    char *json[NOTES]; /* [json_count] */
    size_t json_count;
    char format[16];
};

static void notes_deinit(struct notes *notes) {
    for (size_t i = 0; i < notes->json_count; i++) {
        memory_free(notes->json[i]);
    }
}

static void add_note(struct notes *notes, const char *key, const char *value) {
    notes->list[notes->count++] = (struct safetensors_note){key, value};
}

/* Adds a text of JSON, which then belongs to the notes. */
static void add_json_note(struct notes *notes, const char *key, char *text) {
    notes->json[notes->json_count++] = text;
    add_note(notes, key, text);
}

/*
 * Sets a key of `object`, in its place or at the end; takes `item`, also where it is NULL. Where
 * there is no memory for the key, cJSON 1.7.15 replaces an item by one without a key and calls that
 * success.
 */
static enum status set_item(cJSON *object, const char *key, cJSON *item, struct error *error) {
    bool there = cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
    bool taken = item != NULL && (there ? cJSON_ReplaceItemInObjectCaseSensitive(object, key, item)
                                        : cJSON_AddItemToObject(object, key, item));
    if (taken && cJSON_GetObjectItemCaseSensitive(object, key) == item) {
        return CHARNN_OK;
    }
    if (!taken) {
        cJSON_Delete(item);
    }
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the settings as JSON");
}

/* The settings, with the model's shape as it is. */
static enum status print_config(const cJSON *config, const struct model_shape *shape, char **text,
                                struct error *error) {
    cJSON *copy = config != NULL ? cJSON_Duplicate(config, true) : cJSON_CreateObject();
    if (copy == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the settings as JSON");
    }
    enum status status = set_item(copy, "model", cJSON_CreateString(shape->cell->name), error);
    if (status == CHARNN_OK) {
        status = set_item(copy, "rnn_size", cJSON_CreateNumber((double)shape->hidden), error);
    }
    if (status == CHARNN_OK) {
        status = set_item(copy, "num_layers", cJSON_CreateNumber((double)shape->layers), error);
    }
    if (status == CHARNN_OK) {
        status = set_item(copy, "peephole", cJSON_CreateBool(shape->peephole), error);
    }
    if (status == CHARNN_OK) {
        status = json_print(copy, false, text, error);
    }
    cJSON_Delete(copy);
    return status;
}

static enum status compose_notes(const struct checkpoint_contents *contents, struct notes *notes,
                                 struct error *error) {
    char *text = NULL;
    (void)snprintf(notes->format, sizeof notes->format, "%d", CHARNN_CHECKPOINT_FORMAT);
    add_note(notes, CHARNN_KEY_FORMAT, notes->format);
    add_note(notes, CHARNN_KEY_VERSION, CHARNN_VERSION);
    if (print_config(contents->config, &contents->model->shape, &text, error) != CHARNN_OK) {
        return error->status;
    }
    add_json_note(notes, CHARNN_KEY_CONFIG, text);
    if (vocab_to_json(contents->vocab, &text, error) != CHARNN_OK) {
        return error->status;
    }
    add_json_note(notes, CHARNN_KEY_VOCAB, text);
    if (contents->training != NULL) {
        if (json_print(contents->training, false, &text, error) != CHARNN_OK) {
            return error->status;
        }
        add_json_note(notes, CHARNN_KEY_TRAINING, text);
    }
    return CHARNN_OK;
}

/* ---- tensors ----------------------------------------------------------------------------------
 */

/* What the header says of the tensors: the model's, then the flat arrays', then the others. */
struct declarations {
    struct safetensors_declaration *list; /* [count] */
    size_t count;
    struct flat_name *names; /* of the flat arrays' tensors */
};

static void declarations_deinit(struct declarations *declarations) {
    memory_free(declarations->names);
    memory_free(declarations->list);
}

static struct safetensors_declaration declare_parameter(const struct parameter *parameter,
                                                        const char *name) {
    return (struct safetensors_declaration){
        .name = name,
        .dtype = CHARNN_DTYPE_F32,
        .rank = parameter->rank,
        .shape = {parameter->blocks * parameter->block_size, parameter->inputs},
    };
}

static enum status declarations_init(struct declarations *declarations,
                                     const struct checkpoint_contents *contents,
                                     struct error *error) {
    const struct parameters *p = &contents->model->parameters;
    size_t flat_tensors = p->count * contents->flat_count;
    void *memory;
    if (memory_allocate(flat_tensors, sizeof *declarations->names, "names", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    declarations->names = memory;
    if (memory_allocate(p->count + flat_tensors + contents->tensor_count,
                        sizeof *declarations->list, "tensors", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    declarations->list = memory;
    struct safetensors_declaration *next = declarations->list;
    struct flat_name *name = declarations->names;
    for (size_t i = 0; i < p->count; i++) {
        *next++ = declare_parameter(&p->table[i], p->table[i].name);
    }
    for (size_t f = 0; f < contents->flat_count; f++) {
        for (size_t i = 0; i < p->count; i++) {
            *name = flat_name(contents->flats[f].prefix, &p->table[i]);
            *next++ = declare_parameter(&p->table[i], name->text);
            name++;
        }
    }
    for (size_t i = 0; i < contents->tensor_count; i++) {
        const struct checkpoint_tensor *tensor = &contents->tensors[i];
        *next++ = (struct safetensors_declaration){
            tensor->name, CHARNN_DTYPE_F32, 2, {tensor->rows, tensor->columns}};
    }
    declarations->count = (size_t)(next - declarations->list);
    return CHARNN_OK;
}

/* Writes a flat array tensor by tensor; `scratch` has room for the largest. */
static enum status write_flat(struct safetensors_writer *writer,
                              const struct parameters *parameters, const float *values,
                              float *scratch, struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        parameter_export(&parameters->table[i], values, scratch);
        if (safetensors_writer_add(writer, scratch, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status write_tensors(struct safetensors_writer *writer,
                                 const struct checkpoint_contents *contents, float *scratch,
                                 struct error *error) {
    const struct parameters *p = &contents->model->parameters;
    const float *values = contents->values != NULL ? contents->values : p->values;
    if (write_flat(writer, p, values, scratch, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < contents->flat_count; i++) {
        if (write_flat(writer, p, contents->flats[i].values, scratch, error) != CHARNN_OK) {
            return error->status;
        }
    }
    for (size_t i = 0; i < contents->tensor_count; i++) {
        if (safetensors_writer_add(writer, contents->tensors[i].values, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* ---- the file ---------------------------------------------------------------------------------
 */

/*
 * What a symbol of the vocabulary takes while it becomes JSON: about 112 bytes are cJSON's node
 * with its text; the rest is for the whole text, which grows by doubling, and for holes in the
 * heap.
 */
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
    struct notes notes = {0};
    struct declarations declarations = {0};
    struct safetensors_writer *writer = NULL;
    void *scratch = NULL;
    enum status status = compose_notes(contents, &notes, error);
    if (status == CHARNN_OK) {
        status = declarations_init(&declarations, contents, error);
    }
    if (status == CHARNN_OK) {
        status = memory_allocate(largest_tensor(&contents->model->parameters), sizeof(float),
                                 "a copy of a tensor", &scratch, error);
    }
    if (status == CHARNN_OK) {
        status = safetensors_writer_create(path, declarations.list, declarations.count, notes.list,
                                           notes.count, &writer, error);
    }
    if (status == CHARNN_OK) {
        status = write_tensors(writer, contents, scratch, error);
    }
    if (status == CHARNN_OK) {
        status = safetensors_writer_commit(writer, error);
    }
    safetensors_writer_destroy(writer);
    memory_free(scratch);
    declarations_deinit(&declarations);
    notes_deinit(&notes);
    return status;
}
