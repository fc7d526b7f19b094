#include "cli/train/run.h"

#include "base/files/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "ranks/ranks.h"
#include "text/corpus_vocab.h"
#include "text/shuffle.h"
#include "train/text_errors.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* input.txt in --data-dir. */
static enum status name_data_file(struct train_run *run, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    char *copy;
    int length = snprintf(path, sizeof path, "%s/input.txt", run->settings->data_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--data-dir: the path is too long");
    }
    if (options_keep_text(&run->invocation->options, path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    run->files[run->file_count++] = copy;
    return CHARNN_OK;
}

static enum status name_recorded_files(struct train_run *run, struct error *error) {
    const cJSON *files;
    const cJSON *file;
    const char *path = checkpoint_path(run->origin);
    if (json_get_array(checkpoint_config(run->origin), path, "files", &files, error) != CHARNN_OK ||
        MEMORY_NEW(&run->files, (size_t)cJSON_GetArraySize(files), "the list of files", error) !=
            CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(file, files) {
        if (!cJSON_IsString(file)) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: the list of training files is damaged; name the files", path);
        }
        if (file->valuestring[0] == '\0') {
            return error_set(error, CHARNN_ERROR_DATA,
                             "%s: the name of a training file is not UTF-8; name the files", path);
        }
        run->files[run->file_count++] = file->valuestring;
    }
    if (run->file_count == 0) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: the list of training files is empty; name the files", path);
    }
    run->recorded = true;
    if (train_reads_stdin(run) && isatty(STDIN_FILENO)) {
        return error_set(error, CHARNN_ERROR_DATA, "standard input is a terminal");
    }
    return CHARNN_OK;
}

static enum status name_files(struct train_run *run, struct error *error) {
    const struct options *options = &run->invocation->options;
    if (options->argument_count == 0 && run->settings->data_dir[0] == '\0') {
        return name_recorded_files(run, error);
    }
    if (MEMORY_NEW(&run->files, options->argument_count + 1, "the list of files", error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (options->argument_count == 0) {
        if (!options_given(options, "data-dir")) {
            progress_say(&run->progress, "note",
                         "no text is named; training on %s/input.txt, as char-rnn does",
                         run->settings->data_dir);
        }
        return name_data_file(run, error);
    }
    for (; run->file_count < options->argument_count; run->file_count++) {
        run->files[run->file_count] = options->arguments[run->file_count];
    }
    return CHARNN_OK;
}

/* Only for a --glob of this command line: settings files may be for other texts, too. A file that
 * does not exist may be a folder whose name is wrong; opening it says so. */
static enum status check_glob(const struct train_run *run, struct error *error) {
    struct stat about;
    bool given = options_origin(&run->invocation->options, "glob") == CHARNN_ORIGIN_FLAG;
    for (size_t i = 0; given && i < run->file_count; i++) {
        given = stat(run->files[i], &about) == 0 && !S_ISDIR(about.st_mode);
    }
    return given ? error_set(error, CHARNN_ERROR_USAGE,
                             "--glob has no effect: it chooses files in folders, and none of the "
                             "texts is a folder")
                 : CHARNN_OK;
}

static enum status check_stdin(const struct train_run *run, struct error *error) {
    return ranks_count() > 1 && train_reads_stdin(run)
               ? error_set(error, CHARNN_ERROR_USAGE,
                           "only one of several ranks can read standard input; write the text to "
                           "a file that all hosts have")
               : CHARNN_OK;
}

static enum status open_corpus(struct train_run *run, const struct corpus_format *format,
                               struct error *error) {
    enum status status = corpus_open(run->files, run->file_count, format, &run->corpus, error);
    if (status == CHARNN_ERROR_IO && run->recorded) {
        struct error cause = *error;
        return error_set(error, status,
                         "cannot read the training text of the run again: %s; if it has moved, "
                         "name it after --resume",
                         cause.message);
    }
    return status;
}

static enum status check_learn_after(const struct train_settings *s, struct error *error) {
    size_t length = strlen(s->learn_after);
    if (length > 0 && s->records[0] == '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--learn-after needs records; say with --records what separates them, for "
                         "example --records line");
    }
    if (!utf8_is_valid(s->learn_after) || (length > 0 && s->learn_after[length - 1] == '\r')) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--learn-after: the text must be valid UTF-8 and not end with a carriage "
                         "return");
    }
    return CHARNN_OK;
}

enum status train_open_text(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    const struct vocab *known = run->origin != NULL ? checkpoint_vocab(run->origin) : NULL;
    const struct corpus_format format = {
        .encoding = known != NULL ? vocab_encoding(known) : (enum encoding)s->encoding,
        .glob = s->glob[0] != '\0' ? s->glob : NULL,
        .unix_newlines = s->newlines != 0,
        .records = s->records[0] != '\0' ? s->records : NULL,
        .learn_after = s->learn_after[0] != '\0' ? s->learn_after : NULL,
    };
    if (check_learn_after(s, error) != CHARNN_OK || name_files(run, error) != CHARNN_OK ||
        check_stdin(run, error) != CHARNN_OK || check_glob(run, error) != CHARNN_OK ||
        open_corpus(run, &format, error) != CHARNN_OK) {
        return error->status;
    }
    if (corpus_records(run->corpus) > 0 && s->split_seed > 0) {
        run->copies = corpus_shuffle_records(run->corpus, s->split_seed);
    }
    if (!s->resume) {
        return corpus_select_vocab(run->corpus, known, s->min_count, &run->vocab, &run->rare,
                                   error);
    }
    if (corpus_check_vocab(run->corpus, known, error) != CHARNN_OK) {
        return train_text_differs(error);
    }
    return vocab_create(format.encoding, vocab_codes(known), vocab_size(known), &run->vocab, error);
}

bool train_reads_stdin(const struct train_run *run) {
    for (size_t i = 0; i < run->file_count; i++) {
        if (strcmp(run->files[i], "-") == 0) {
            return true;
        }
    }
    return false;
}

enum status train_explain_stdin(const struct train_run *run, struct error *error) {
    struct error cause = *error;
    char *command;
    if (cause.status != CHARNN_ERROR_DATA || !run->recorded || !train_reads_stdin(run) ||
        train_resume_command(run, &command, error) != CHARNN_OK) {
        return error->status;
    }
    (void)error_set(error, cause.status,
                    "%s; the text of this run came from standard input, so pipe it in again: %s",
                    cause.message, command);
    memory_free(command);
    return error->status;
}
