#include "cli/options/json.h"
#include "cli/train/run.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/xxh64.h"
#include "checkpoint/checksum.h"
#include "checkpoint/safetensors.h"

#include <stdio.h>
#include <string.h>

/* JSON holds UTF-8 only. A file recorded without its name must be named again when it is needed. */
static const char *name_or_empty(const char *name) {
    return utf8_is_valid(name) ? name : "";
}

static enum status add_files(const struct train_run *run, struct error *error) {
    cJSON *files;
    enum status status = json_add_array(run->config, "files", &files, error);
    for (size_t i = 0; status == CHARNN_OK && i < corpus_file_count(run->corpus); i++) {
        status = json_add_string(files, NULL, name_or_empty(corpus_file(run->corpus, i)), error);
    }
    return status;
}

/* Files of other programs have no checksum and no step. */
static enum status add_origin(const struct train_run *run, struct error *error) {
    const struct checkpoint *origin = run->origin;
    const char *checksum = safetensors_metadata(checkpoint_file(origin), CHARNN_CHECKSUM_KEY);
    const cJSON *training = checkpoint_training(origin);
    size_t step;
    cJSON *json;
    if (json_add_object(run->config, "origin", &json, error) != CHARNN_OK ||
        json_add_string(json, "path", name_or_empty(run->settings->init_from), error) !=
            CHARNN_OK ||
        (checksum != NULL && json_add_string(json, "xxh64", checksum, error) != CHARNN_OK)) {
        return error->status;
    }
    return json_to_size(cJSON_GetObjectItemCaseSensitive(training, "step"), &step)
               ? json_add_size(json, "step", step, error)
               : CHARNN_OK;
}

static enum status out_of_memory(struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the settings of the run");
}

/*
 * The run's id, in its checkpoints and its log: a hash of the text and the settings, because the
 * same run must give the same bytes. The limits of the run's length are left out: a run that is
 * resumed with new limits must give the same bytes as a run that had them from its start.
 */
static enum status add_id(const struct train_run *run, struct error *error) {
    static const char *const limits[] = {"max_epochs", "max_steps", "max_seconds", "patience"};
    char id[17];
    char *text = NULL;
    cJSON *rest = cJSON_Duplicate(run->config, true);
    if (rest == NULL) {
        return out_of_memory(error);
    }
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(rest, limits[i]);
    }
    enum status status = json_print(rest, false, &text, error);
    cJSON_Delete(rest);
    if (status == CHARNN_OK) {
        uint64_t hash =
            xxh64_bytes((const unsigned char *)text, strlen(text), corpus_checksum(run->corpus));
        (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)hash);
        status = json_add_string(run->config, "run", id, error);
    }
    memory_free(text);
    return status;
}

/* Copies what a resumed checkpoint has beside its settings. Earlier versions saved no id. */
static enum status keep_notes(const struct train_run *run, struct error *error) {
    static const char *const notes[] = {"origin", "run"};
    const cJSON *saved = checkpoint_config(run->origin);
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        const cJSON *note = cJSON_GetObjectItemCaseSensitive(saved, notes[i]);
        cJSON *copy = note != NULL ? cJSON_Duplicate(note, true) : NULL;
        if (note != NULL && (copy == NULL || !cJSON_AddItemToObject(run->config, notes[i], copy))) {
            cJSON_Delete(copy);
            return out_of_memory(error);
        }
    }
    return CHARNN_OK;
}

const char *train_id(const cJSON *config) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "run"));
}

enum status train_create_config(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    bool has_glob = s->glob[0] != '\0' && utf8_is_valid(s->glob);
    if (options_to_json(run->invocation->options.table, s, &run->config, error) != CHARNN_OK ||
        add_files(run, error) != CHARNN_OK ||
        (has_glob && json_add_string(run->config, "glob", s->glob, error) != CHARNN_OK)) {
        return error->status;
    }
    if (s->resume) {
        return keep_notes(run, error);
    }
    if (run->origin != NULL && add_origin(run, error) != CHARNN_OK) {
        return error->status;
    }
    return add_id(run, error);
}
