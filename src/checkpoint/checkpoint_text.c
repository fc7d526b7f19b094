/* Checkpoints: how a text is read for the model in one. */
#include "checkpoint/checkpoint.h"

#include <string.h>

struct corpus_format checkpoint_corpus_format(const struct checkpoint *checkpoint) {
    const cJSON *config = checkpoint_config(checkpoint);
    const char *newlines =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "newlines"));
    const char *records = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "records"));
    return (struct corpus_format){
        .encoding = vocab_encoding(checkpoint_vocab(checkpoint)),
        .glob = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "glob")),
        .unix_newlines = newlines != NULL && strcmp(newlines, "lf") == 0,
        .records = records != NULL && records[0] != '\0' ? records : NULL,
    };
}
