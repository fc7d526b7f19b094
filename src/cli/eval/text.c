#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/checksum.h"
#include "cli/eval/eval.h"
#include "text/shuffle.h"
#include "text/split.h"

#include <string.h>

static const char *const part_names[] = {
    [CHARNN_SPLIT_TRAIN] = "training part",
    [CHARNN_SPLIT_VAL] = "validation part",
    [CHARNN_SPLIT_TEST] = "test part",
    [CHARNN_SPLITS] = "text",
};

static enum status open_files(struct eval *eval, const char *const *paths, size_t count,
                              struct error *error) {
    const struct corpus_format format = checkpoint_corpus_format(eval->checkpoint);
    return corpus_open(paths, count, &format, &eval->corpus, error);
}

static enum status open_training_text(struct eval *eval, struct error *error) {
    const char *checkpoint = checkpoint_path(eval->checkpoint);
    const cJSON *files =
        cJSON_GetObjectItemCaseSensitive(checkpoint_config(eval->checkpoint), "files");
    size_t count = cJSON_IsArray(files) ? (size_t)cJSON_GetArraySize(files) : 0;
    const char **paths;
    if (MEMORY_NEW(&paths, count, "the names of files", error) != CHARNN_OK) {
        return error->status;
    }
    const cJSON *file = count > 0 ? files->child : NULL;
    bool readable = count > 0;
    for (size_t i = 0; i < count; i++, file = file->next) {
        paths[i] = cJSON_GetStringValue(file);
        readable =
            readable && paths[i] != NULL && paths[i][0] != '\0' && strcmp(paths[i], "-") != 0;
    }
    struct error cause = {0};
    enum status status = readable ? open_files(eval, paths, count, &cause) : CHARNN_ERROR_DATA;
    memory_free(paths);
    if (!readable) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s does not record its training text as files that can be read again; "
                         "name the text after the checkpoint",
                         checkpoint);
    }
    return status == CHARNN_OK
               ? CHARNN_OK
               : error_set(error, status,
                           "cannot read the training text of %s again: %s; if it has moved, name "
                           "it after the checkpoint",
                           checkpoint, cause.message);
}

/* The parts of another text may overlap the training data. */
static void warn_of_another_text(const struct eval *eval) {
    const cJSON *training = checkpoint_training(eval->checkpoint);
    const cJSON *corpus = cJSON_GetObjectItemCaseSensitive(training, "corpus");
    const char *recorded = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(corpus, "xxh64"));
    const struct checksum_digits found = checksum_digits(corpus_checksum(eval->corpus));
    if (recorded != NULL && strcmp(recorded, found.text) != 0) {
        (void)fprintf(eval->err,
                      "charnn %s: this is not the text that %s was trained on; its %s may contain "
                      "training data\n",
                      eval->command, checkpoint_path(eval->checkpoint), eval->part_name);
    }
}

/* Selects each file as a text, or all files joined as one. */
static void select_files(struct eval *eval) {
    for (size_t i = 0; i < eval->text_count; i++) {
        eval->texts[i] = (struct eval_text){.name = corpus_file(eval->corpus, i),
                                            .part = corpus_file_part(eval->corpus, i)};
    }
    if (eval->text_count == 1) {
        eval->texts[0].part = (struct split){0, corpus_length(eval->corpus)};
    }
}

/* Shuffles the records as the run did. A run that was saved without a seed was split in the order
 * of the text. */
static enum status shuffle_records(struct eval *eval, struct error *error) {
    const cJSON *config = checkpoint_config(eval->checkpoint);
    size_t seed = 0;
    if (cJSON_HasObjectItem(config, "split_seed") &&
        json_get_size(config, checkpoint_path(eval->checkpoint), "split_seed", &seed, error) !=
            CHARNN_OK) {
        return error->status;
    }
    if (corpus_records(eval->corpus) > 0 && seed > 0) {
        (void)corpus_shuffle_records(eval->corpus, seed);
    }
    return CHARNN_OK;
}

static enum status select_part(struct eval *eval, struct error *error) {
    const cJSON *config = checkpoint_config(eval->checkpoint);
    const char *path = checkpoint_path(eval->checkpoint);
    double train;
    double val;
    if (json_get_double(config, path, "train_frac", &train, error) != CHARNN_OK ||
        json_get_double(config, path, "val_frac", &val, error) != CHARNN_OK) {
        return error->status;
    }
    if (!split_is_possible(train, val)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: train_frac %g and val_frac %g are not fractions of a text", path,
                         train, val);
    }
    struct split splits[CHARNN_SPLITS];
    if (shuffle_records(eval, error) != CHARNN_OK) {
        return error->status;
    }
    corpus_split(eval->corpus, train, val, splits);
    eval->texts[0].part = splits[eval->settings->split];
    eval->train = splits[CHARNN_SPLIT_TRAIN];
    warn_of_another_text(eval);
    return CHARNN_OK;
}

static void note_repeated_files(const struct eval *eval) {
    size_t count = corpus_repeated_files(eval->corpus);
    if (count > 0) {
        (void)fprintf(
            eval->err,
            "charnn %s: left out %zu file%s in folders: links to files that are already in the "
            "text\n",
            eval->command, count, plural_ending(count));
    }
}

static enum status select_texts(struct eval *eval, struct error *error) {
    const struct eval_settings *settings = eval->settings;
    bool whole = settings->split == CHARNN_SPLITS;
    eval->part_name = part_names[settings->split];
    eval->text_count = whole && !settings->join ? corpus_file_count(eval->corpus) : 1;
    if (MEMORY_NEW(&eval->texts, eval->text_count, "the list of texts", error) != CHARNN_OK) {
        return error->status;
    }
    if (!whole) {
        return select_part(eval, error);
    }
    select_files(eval);
    return CHARNN_OK;
}

enum status eval_open_text(struct eval *eval, const struct options *options, struct error *error) {
    size_t files = options->argument_count - 1;
    enum status status = files > 0 ? open_files(eval, options->arguments + 1, files, error)
                                   : open_training_text(eval, error);
    if (status != CHARNN_OK) {
        return status;
    }
    note_repeated_files(eval);
    return select_texts(eval, error);
}
