/* Checkpoints: a file, no byte of which is trusted, is opened and checked; its texts are read. */
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/checkpoint_internal.h"
#include "checkpoint/checksum.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/vocab_json.h"

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
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: " CHARNN_KEY_FORMAT
                         " is \"%s\", which is not the number of a version",
                         checkpoint->path, json_label(text).text);
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
    if (*peephole && shape->cell->peephole_count == 0) {
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

/* Records are separated by a rule, and the symbol that ends them has been learned: both or none. */
static enum status check_records(const struct checkpoint *checkpoint, struct error *error) {
    const cJSON *rule = cJSON_GetObjectItemCaseSensitive(checkpoint->config, "records");
    const struct place config = place_of(checkpoint, CHARNN_KEY_CONFIG);
    const struct place vocab = place_of(checkpoint, CHARNN_KEY_VOCAB);
    if (rule != NULL && !cJSON_IsString(rule)) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"records\" must be a string",
                         config.text);
    }
    bool has_rule = checkpoint_corpus_format(checkpoint).records != NULL;
    if (has_rule && !checkpoint->shape.has_end) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s lacks \"<end>\", the end of records, which \"records\" asks for",
                         vocab.text);
    }
    if (!has_rule && checkpoint->shape.has_end) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s lacks \"records\", though the vocabulary has the end of records",
                         config.text);
    }
    return CHARNN_OK;
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
    model_shape_set_end(&checkpoint->shape, vocab_end(checkpoint->vocab));
    return check_records(checkpoint, error);
}

static enum status read_training(struct checkpoint *checkpoint, struct error *error) {
    const char *text = safetensors_metadata(checkpoint->file, CHARNN_KEY_TRAINING);
    if (text == NULL) {
        return CHARNN_OK;
    }
    const struct place place = place_of(checkpoint, CHARNN_KEY_TRAINING);
    return json_parse_object(text, strlen(text), place.text, &checkpoint->training, error);
}

/* ---- the file ---------------------------------------------------------------------------------
 */

static enum status open_file(const char *path, struct checkpoint **checkpoint,
                             struct error *error) {
    void *memory;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    *checkpoint = NULL;
    if (memory_allocate(1, sizeof **checkpoint, "a checkpoint", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct checkpoint *c = memory;
    if (memory_copy_string(name, &c->path, error) != CHARNN_OK ||
        file_bytes_init(&c->bytes, path, error) != CHARNN_OK ||
        safetensors_create(c->bytes.data, c->bytes.size, name, &c->file, error) != CHARNN_OK) {
        checkpoint_close(c);
        return error->status;
    }
    *checkpoint = c;
    return CHARNN_OK;
}

enum status checkpoint_check_checksum(const struct checkpoint *checkpoint, struct error *error) {
    const struct file_bytes *bytes = &checkpoint->bytes;
    return checksum_check(checkpoint->file, bytes->data, bytes->size, checkpoint->path, error);
}

/* All but the seal. */
static enum status read_contents(struct checkpoint *checkpoint, struct error *error) {
    if (check_format(checkpoint, error) != CHARNN_OK ||
        read_config(checkpoint, error) != CHARNN_OK || read_vocab(checkpoint, error) != CHARNN_OK ||
        read_training(checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    return checkpoint_check_tensors(checkpoint, error);
}

enum status checkpoint_open(const char *path, struct checkpoint **checkpoint, struct error *error) {
    struct checkpoint *opened;
    *checkpoint = NULL;
    if (open_file(path, &opened, error) != CHARNN_OK) {
        return error->status;
    }
    if (checkpoint_check_checksum(opened, error) != CHARNN_OK ||
        read_contents(opened, error) != CHARNN_OK) {
        checkpoint_close(opened);
        return error->status;
    }
    *checkpoint = opened;
    return CHARNN_OK;
}

static enum status read_all(struct checkpoint *checkpoint, size_t threads, struct model **model,
                            struct error *error) {
    if (read_contents(checkpoint, error) == CHARNN_OK &&
        checkpoint_load_checked(checkpoint, threads, model, error) == CHARNN_OK) {
        return CHARNN_OK;
    }
    struct error damage = {0};
    if (checkpoint_check_checksum(checkpoint, &damage) != CHARNN_OK) {
        *error = damage; /* of which the other may have come */
    }
    return error->status;
}

enum status checkpoint_open_model(const char *path, size_t threads, struct checkpoint **checkpoint,
                                  struct model **model, struct error *error) {
    struct checkpoint *opened;
    *checkpoint = NULL;
    *model = NULL;
    if (open_file(path, &opened, error) != CHARNN_OK) {
        return error->status;
    }
    if (read_all(opened, threads, model, error) != CHARNN_OK) {
        checkpoint_close(opened);
        return error->status;
    }
    *checkpoint = opened;
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

size_t checkpoint_size(const struct checkpoint *checkpoint) {
    return checkpoint->bytes.size;
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
