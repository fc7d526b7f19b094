#include "cli/options/json.h"
#include "cli/train/run.h"

#include "base/json.h"
#include "base/utf8.h"
#include "checkpoint/checksum.h"
#include "checkpoint/safetensors.h"

/* JSON holds UTF-8 only. Without its name, a file must be named again when it is needed. */
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

static enum status keep_origin(const struct train_run *run, struct error *error) {
    const cJSON *saved = checkpoint_config(run->origin);
    const cJSON *origin;
    if (!cJSON_HasObjectItem(saved, "origin")) {
        return CHARNN_OK;
    }
    if (json_get_object(saved, checkpoint_path(run->origin), "origin", &origin, error) !=
        CHARNN_OK) {
        return error->status;
    }
    cJSON *copy = cJSON_Duplicate(origin, true);
    if (copy == NULL || !cJSON_AddItemToObject(run->config, "origin", copy)) {
        cJSON_Delete(copy);
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the origin of the weights");
    }
    return CHARNN_OK;
}

enum status train_create_config(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    bool has_glob = s->glob[0] != '\0' && utf8_is_valid(s->glob);
    if (options_to_json(run->invocation->options.table, s, &run->config, error) != CHARNN_OK ||
        add_files(run, error) != CHARNN_OK ||
        (has_glob && json_add_string(run->config, "glob", s->glob, error) != CHARNN_OK)) {
        return error->status;
    }
    if (run->origin == NULL) {
        return CHARNN_OK;
    }
    return s->resume ? keep_origin(run, error) : add_origin(run, error);
}
