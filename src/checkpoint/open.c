#include "checkpoint/open.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "checkpoint/handle_internal.h"
#include "checkpoint/load.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/vocab_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_HIDDEN = 65536, LARGEST_LAYERS = 1024 };

/* A metadata string and its name in messages: "cv/last.safetensors: charnn.config". */
struct metadata {
    const char *text;
    char where[CHARNN_ERROR_LENGTH];
};

static enum status get_metadata(const struct checkpoint *checkpoint, const char *key,
                                struct metadata *metadata, struct error *error) {
    const char *path = checkpoint_path(checkpoint);
    metadata->text = safetensors_metadata(checkpoint->file, key);
    (void)snprintf(metadata->where, sizeof metadata->where, "%s: %s", path, key);
    if (metadata->text == NULL) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s is a safetensors file but not a charnn checkpoint: its metadata lacks "
                         "\"%s\"; models/README.md says how to add it",
                         path, key);
    }
    return CHARNN_OK;
}

static enum status parse_metadata(const struct checkpoint *checkpoint, const char *key,
                                  struct metadata *metadata, cJSON **json, struct error *error) {
    if (get_metadata(checkpoint, key, metadata, error) != CHARNN_OK) {
        return error->status;
    }
    return json_parse_object(metadata->text, strlen(metadata->text), metadata->where, json, error);
}

static enum status check_format(const struct checkpoint *checkpoint, struct error *error) {
    struct metadata m;
    if (get_metadata(checkpoint, CHARNN_KEY_FORMAT, &m, error) != CHARNN_OK) {
        return error->status;
    }
    if (m.text[0] < '1' || m.text[0] > '9' || m.text[strspn(m.text, "0123456789")] != '\0') {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s is \"%s\", which is not a version number",
                         m.where, json_label(m.text).text);
    }
    if (strtoull(m.text, NULL, 10) > CHARNN_CHECKPOINT_FORMAT) {
        return safetensors_refuse(
            checkpoint->file, error,
            "format version %s is newer than this charnn reads (%d); use a newer charnn",
            json_label(m.text).text, CHARNN_CHECKPOINT_FORMAT);
    }
    return CHARNN_OK;
}

/* lstm_variant may be missing. */
static enum status get_cell(const cJSON *config, const char *where, const struct cell **cell,
                            struct error *error) {
    const char *name;
    const char *variant = "np";
    if (json_get_string(config, where, "model", &name, error) != CHARNN_OK ||
        (cJSON_GetObjectItemCaseSensitive(config, "lstm_variant") != NULL &&
         json_get_string(config, where, "lstm_variant", &variant, error) != CHARNN_OK)) {
        return error->status;
    }
    *cell = cell_of_settings(name, variant);
    if (*cell != NULL) {
        return CHARNN_OK;
    }
    if (cell_of_settings(name, "np") != NULL) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"lstm_variant\" is \"%s\", which this charnn does not know for %s",
                         where, json_label(variant).text, name);
    }
    char known[128];
    struct text list = text_start(known, sizeof known);
    for (size_t i = 0; i < cell_count && cell_at(i)->variant == NULL; i++) {
        text_add(&list, "%s%s", i == 0 ? "" : ", ", cell_at(i)->name);
    }
    return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"model\" is \"%s\"; this charnn supports %s",
                     where, json_label(name).text, known);
}

static enum status get_dimension(const cJSON *config, const char *where, const char *key,
                                 size_t least, size_t largest, size_t *value, struct error *error) {
    if (json_get_size(config, where, key, value, error) != CHARNN_OK) {
        return error->status;
    }
    if (*value < least || *value > largest) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"%s\" is %zu; it must be from %zu to %zu", where, key, *value, least,
                         largest);
    }
    return CHARNN_OK;
}

/* Sets a flag of the shape; it may be missing. */
static enum status get_flag(const cJSON *config, const char *where, const char *key, bool *flag,
                            struct error *error) {
    *flag = false;
    return cJSON_GetObjectItemCaseSensitive(config, key) != NULL
               ? json_get_bool(config, where, key, flag, error)
               : CHARNN_OK;
}

/* Sets the reach of the attention; it may be missing. */
static enum status get_attention(const cJSON *config, const char *where, struct model_shape *shape,
                                 struct error *error) {
    shape->attention = 0;
    return cJSON_GetObjectItemCaseSensitive(config, "attention") != NULL
               ? get_dimension(config, where, "attention", 0, CHARNN_ATTENTION_MOST,
                               &shape->attention, error)
               : CHARNN_OK;
}

/* Sets the flags of the shape; shape->cell is known. */
static enum status get_flags(const cJSON *config, const char *where, struct model_shape *shape,
                             struct error *error) {
    if (get_flag(config, where, "peephole", &shape->peephole, error) != CHARNN_OK ||
        get_flag(config, where, "skip", &shape->skip, error) != CHARNN_OK) {
        return error->status;
    }
    if (shape->peephole && shape->cell->peephole_count == 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"peephole\" is true, but %s has no peepholes", where,
                         shape->cell->name);
    }
    return CHARNN_OK;
}

static enum status read_config(struct checkpoint *checkpoint, struct error *error) {
    struct metadata m;
    struct model_shape *shape = &checkpoint->shape;
    cJSON **config = &checkpoint->config;
    if (parse_metadata(checkpoint, CHARNN_KEY_CONFIG, &m, config, error) != CHARNN_OK ||
        get_cell(*config, m.where, &shape->cell, error) != CHARNN_OK ||
        get_dimension(*config, m.where, "rnn_size", 1, LARGEST_HIDDEN, &shape->hidden, error) !=
            CHARNN_OK ||
        get_dimension(*config, m.where, "num_layers", 1, LARGEST_LAYERS, &shape->layers, error) !=
            CHARNN_OK ||
        get_attention(*config, m.where, shape, error) != CHARNN_OK) {
        return error->status;
    }
    return get_flags(*config, m.where, shape, error);
}

/* The setting "records" and the end-of-record symbol require each other. */
static enum status check_records(const struct checkpoint *checkpoint, struct error *error) {
    const cJSON *rule = cJSON_GetObjectItemCaseSensitive(checkpoint->config, "records");
    if (rule != NULL && !cJSON_IsString(rule)) {
        return safetensors_refuse(checkpoint->file, error,
                                  CHARNN_KEY_CONFIG ": \"records\" must be a string");
    }
    const cJSON *mark = cJSON_GetObjectItemCaseSensitive(checkpoint->config, "learn_after");
    const char *text = mark != NULL ? cJSON_GetStringValue(mark) : "";
    bool has_rule = checkpoint_corpus_format(checkpoint).records != NULL;
    if (text == NULL || (text[0] != '\0' && !has_rule)) {
        return safetensors_refuse(checkpoint->file, error,
                                  CHARNN_KEY_CONFIG ": \"learn_after\" must be a string, and needs "
                                                    "\"records\"");
    }
    if (has_rule != checkpoint->shape.has_end) {
        return safetensors_refuse(checkpoint->file, error,
                                  "\"records\" in " CHARNN_KEY_CONFIG
                                  " and \"<end>\" in " CHARNN_KEY_VOCAB
                                  " require each other, but only one is present");
    }
    return CHARNN_OK;
}

static enum status read_vocab(struct checkpoint *checkpoint, struct error *error) {
    struct metadata m;
    if (get_metadata(checkpoint, CHARNN_KEY_VOCAB, &m, error) != CHARNN_OK ||
        vocab_from_json(m.text, m.where, &checkpoint->vocab, error) != CHARNN_OK) {
        return error->status;
    }
    checkpoint->shape.vocab = vocab_size(checkpoint->vocab);
    model_shape_set_end(&checkpoint->shape, vocab_end(checkpoint->vocab));
    return check_records(checkpoint, error);
}

static enum status read_training(struct checkpoint *checkpoint, struct error *error) {
    struct metadata m;
    if (safetensors_metadata(checkpoint->file, CHARNN_KEY_TRAINING) == NULL) {
        return CHARNN_OK;
    }
    return parse_metadata(checkpoint, CHARNN_KEY_TRAINING, &m, &checkpoint->training, error);
}

static enum status open_file(const char *path, struct checkpoint **checkpoint,
                             struct error *error) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (MEMORY_NEW(checkpoint, 1, "a checkpoint", error) != CHARNN_OK) {
        return error->status;
    }
    struct file_bytes *bytes = &(*checkpoint)->bytes;
    if (file_bytes_init(bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    return safetensors_create(bytes->data, bytes->size, name, &(*checkpoint)->file, error);
}

/* Reads and checks everything but the checksum and the tensors' values. */
static enum status read_contents(struct checkpoint *checkpoint, struct error *error) {
    if (check_format(checkpoint, error) != CHARNN_OK ||
        read_config(checkpoint, error) != CHARNN_OK || read_vocab(checkpoint, error) != CHARNN_OK ||
        read_training(checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    return checkpoint_check_tensors(checkpoint, &checkpoint->shape.weights, error);
}

enum status checkpoint_open(const char *path, struct checkpoint **checkpoint, struct error *error) {
    if (open_file(path, checkpoint, error) != CHARNN_OK ||
        checkpoint_check_checksum(*checkpoint, error) != CHARNN_OK ||
        read_contents(*checkpoint, error) != CHARNN_OK) {
        checkpoint_close(*checkpoint);
        *checkpoint = NULL;
        return error->status;
    }
    return CHARNN_OK;
}

enum status checkpoint_open_model(const char *path, size_t threads, struct checkpoint **checkpoint,
                                  struct model **model, struct error *error) {
    *model = NULL;
    enum status status = open_file(path, checkpoint, error);
    if (status == CHARNN_OK &&
        (read_contents(*checkpoint, error) != CHARNN_OK ||
         checkpoint_load_checked(*checkpoint, threads, model, error) != CHARNN_OK)) {
        struct error damage = {0};
        if (checkpoint_check_checksum(*checkpoint, &damage) != CHARNN_OK) {
            *error = damage; /* the likely cause of the first error */
        }
        status = error->status;
    }
    if (status != CHARNN_OK) {
        checkpoint_close(*checkpoint);
        *checkpoint = NULL;
    }
    return status;
}
