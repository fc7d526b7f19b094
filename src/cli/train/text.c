#include "cli/train/text.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "cli/train/resume_command.h"
#include "train/trainer.h"

#include <string.h>
#include <unistd.h>

static enum status allocate_files(struct train_text *text, size_t count, struct error *error) {
    return MEMORY_NEW(&text->files, count, "the list of files", error);
}

/* input.txt in --data-dir. */
static enum status name_data_file(struct train_text *text, struct options *options,
                                  struct error *error) {
    const struct train_settings *s = options->settings;
    char path[CHARNN_PATH_LENGTH];
    char *copy;
    int length = snprintf(path, sizeof path, "%s/input.txt", s->data_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--data-dir: the path is too long");
    }
    if (options_keep_text(options, path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    text->files[text->file_count++] = copy;
    return CHARNN_OK;
}

/* The files that the checkpoint of a resumed run records. */
static enum status name_recorded_files(struct train_text *text, const struct checkpoint *origin,
                                       struct error *error) {
    const cJSON *files;
    const cJSON *file;
    const char *path = checkpoint_path(origin);
    if (json_get_array(checkpoint_config(origin), path, "files", &files, error) != CHARNN_OK ||
        allocate_files(text, (size_t)cJSON_GetArraySize(files), error) != CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(file, files) {
        if (!cJSON_IsString(file)) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: its list of training files is damaged; name the files", path);
        }
        if (file->valuestring[0] == '\0') {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s: the name of a training file could not be kept; name the files",
                             path);
        }
        text->files[text->file_count++] = file->valuestring;
    }
    text->recorded = true;
    if (train_text_has_stdin(text) && isatty(STDIN_FILENO)) {
        return error_set(error, CHARNN_ERROR_DATA, "standard input is a terminal");
    }
    return CHARNN_OK;
}

static enum status name_files(struct train_text *text, struct options *options,
                              const struct checkpoint *origin, struct error *error) {
    const struct train_settings *s = options->settings;
    if (options->argument_count == 0 && s->data_dir[0] == '\0') {
        return name_recorded_files(text, origin, error);
    }
    if (allocate_files(text, options->argument_count + 1, error) != CHARNN_OK) {
        return error->status;
    }
    if (options->argument_count == 0) {
        return name_data_file(text, options, error);
    }
    for (; text->file_count < options->argument_count; text->file_count++) {
        text->files[text->file_count] = options->arguments[text->file_count];
    }
    return CHARNN_OK;
}

static bool lacks_file(const struct train_text *text) {
    for (size_t i = 0; i < text->file_count; i++) {
        if (strcmp(text->files[i], "-") != 0 && access(text->files[i], R_OK) != 0) {
            return true;
        }
    }
    return false;
}

static enum status open_corpus(struct train_text *text, const struct corpus_format *format,
                               struct error *error) {
    if (corpus_open(text->files, text->file_count, format, &text->corpus, error) == CHARNN_OK) {
        return CHARNN_OK;
    }
    if (!text->recorded || !lacks_file(text)) {
        return error->status;
    }
    struct error cause = *error;
    return error_set(error, cause.status,
                     "the training text of the run could not be read again: %s; if it is "
                     "elsewhere now, name it after --resume",
                     cause.message);
}

enum status train_text_open(struct train_text *text, struct options *options,
                            const struct checkpoint *origin, struct error *error) {
    const struct train_settings *s = options->settings;
    const struct vocab *known = origin != NULL ? checkpoint_vocab(origin) : NULL;
    struct corpus_format format = {
        .encoding = known != NULL ? vocab_encoding(known) : (enum encoding)s->encoding,
        .glob = s->glob[0] != '\0' ? s->glob : NULL,
        .unix_newlines = s->newlines != 0,
        .records = s->records[0] != '\0' ? s->records : NULL,
    };
    if (name_files(text, options, origin, error) != CHARNN_OK ||
        open_corpus(text, &format, error) != CHARNN_OK) {
        return error->status;
    }
    if (!s->resume) {
        return corpus_select_vocab(text->corpus, known, s->min_count, &text->vocab, &text->rare,
                                   error);
    }
    if (corpus_check_vocab(text->corpus, known, error) != CHARNN_OK) {
        return trainer_refuse_text(error);
    }
    return vocab_create(format.encoding, vocab_codes(known), vocab_size(known), &text->vocab,
                        error);
}

bool train_text_has_stdin(const struct train_text *text) {
    for (size_t i = 0; i < text->file_count; i++) {
        if (strcmp(text->files[i], "-") == 0) {
            return true;
        }
    }
    return false;
}

enum status train_text_explain(const struct train_text *text, const struct train_settings *s,
                               struct error *error) {
    struct error cause = *error;
    char *command;
    if (cause.status != CHARNN_ERROR_DATA || !text->recorded || !train_text_has_stdin(text) ||
        resume_command_create(s, true, &command, error) != CHARNN_OK) {
        return error->status;
    }
    (void)error_set(error, cause.status,
                    "the text of this run came from standard input and must be piped in again, as "
                    "in %s (now %s)",
                    command, cause.message);
    memory_free(command);
    return error->status;
}

void train_text_deinit(struct train_text *text) {
    vocab_destroy(text->vocab);
    corpus_close(text->corpus);
    memory_free(text->files);
}
