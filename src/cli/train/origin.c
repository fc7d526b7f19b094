#include "cli/train/origin.h"

#include "base/json.h"
#include "base/utf8.h"
#include "checkpoint/checksum.h"
#include "checkpoint/safetensors.h"

static const char origin_key[] = "origin";
static const char path_key[] = "path";
static const char checksum_key[] = "xxh64";
static const char step_key[] = "step";

/* What is known of it; a file of another program has neither checksum nor step. */
struct origin {
    const char *path;     /* "": not a text that JSON could hold */
    const char *checksum; /* NULL: none */
    bool has_step;
    size_t step;
};

static enum status add(cJSON *config, const struct origin *origin, struct error *error) {
    cJSON *json;
    if (json_add_object(config, origin_key, &json, error) != CHARNN_OK ||
        json_add_string(json, path_key, origin->path, error) != CHARNN_OK ||
        (origin->checksum != NULL &&
         json_add_string(json, checksum_key, origin->checksum, error) != CHARNN_OK)) {
        return error->status;
    }
    return origin->has_step ? json_add_size(json, step_key, origin->step, error) : CHARNN_OK;
}

enum status train_origin_note(cJSON *config, const char *path, const struct checkpoint *checkpoint,
                              struct error *error) {
    const cJSON *training = checkpoint_training(checkpoint);
    struct origin origin = {
        .path = utf8_is_valid(path) ? path : "",
        .checksum = safetensors_metadata(checkpoint_file(checkpoint), CHARNN_CHECKSUM_KEY),
    };
    origin.has_step =
        json_to_size(cJSON_GetObjectItemCaseSensitive(training, step_key), &origin.step);
    return add(config, &origin, error);
}

enum status train_origin_keep(cJSON *config, const struct checkpoint *resumed,
                              struct error *error) {
    const cJSON *saved = checkpoint_config(resumed);
    const char *where = checkpoint_path(resumed);
    const cJSON *json;
    struct origin origin = {0};
    if (!cJSON_HasObjectItem(saved, origin_key)) {
        return CHARNN_OK;
    }
    if (json_get_object(saved, where, origin_key, &json, error) != CHARNN_OK ||
        json_get_string(json, where, path_key, &origin.path, error) != CHARNN_OK ||
        (cJSON_HasObjectItem(json, checksum_key) &&
         json_get_string(json, where, checksum_key, &origin.checksum, error) != CHARNN_OK)) {
        return error->status;
    }
    origin.has_step = cJSON_HasObjectItem(json, step_key);
    if (origin.has_step && json_get_size(json, where, step_key, &origin.step, error) != CHARNN_OK) {
        return error->status;
    }
    return add(config, &origin, error);
}
