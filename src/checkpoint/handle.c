#include "checkpoint/handle.h"

#include "base/memory.h"
#include "checkpoint/checksum.h"
#include "checkpoint/handle_internal.h"
#include "checkpoint/safetensors.h"

#include <string.h>

void checkpoint_close(struct checkpoint *checkpoint) {
    if (checkpoint == NULL) {
        return;
    }
    vocab_destroy(checkpoint->vocab);
    cJSON_Delete(checkpoint->training);
    cJSON_Delete(checkpoint->config);
    safetensors_destroy(checkpoint->file);
    file_bytes_deinit(&checkpoint->bytes);
    memory_free(checkpoint);
}

const char *checkpoint_path(const struct checkpoint *checkpoint) {
    return safetensors_name(checkpoint->file);
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

/* A string of the settings, or NULL. */
static const char *get_setting(const struct checkpoint *checkpoint, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(checkpoint->config, key));
}

struct corpus_format checkpoint_corpus_format(const struct checkpoint *checkpoint) {
    const char *newlines = get_setting(checkpoint, "newlines");
    const char *records = get_setting(checkpoint, "records");
    const char *learn_after = get_setting(checkpoint, "learn_after");
    return (struct corpus_format){
        .encoding = vocab_encoding(checkpoint->vocab),
        .glob = get_setting(checkpoint, "glob"),
        .unix_newlines = newlines != NULL && strcmp(newlines, "lf") == 0,
        .records = records != NULL && records[0] != '\0' ? records : NULL,
        .learn_after = learn_after != NULL && learn_after[0] != '\0' ? learn_after : NULL,
    };
}

enum status checkpoint_check_checksum(const struct checkpoint *checkpoint, struct error *error) {
    return checksum_check(checkpoint->file, checkpoint->bytes.data, checkpoint->bytes.size, error);
}
