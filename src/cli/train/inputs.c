#include "cli/train/inputs.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "cli/train/folder.h"
#include "cli/train/origin.h"
#include "cli/train/resume_command.h"
#include "train/grow.h"
#include "train/trainer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum status train_inputs_claim(struct train_inputs *in, struct error *error) {
    if (in->claimed) {
        return CHARNN_OK;
    }
    in->claimed = true;
    return train_folder_claim(in->settings, in->invocation->err, &in->lock, error);
}

/* ---- what to start from -----------------------------------------------------------------------
 */

/* Opens the run to resume, and takes from it the settings that were not given. */
static enum status open_resumed(struct train_inputs *in, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    struct options *options = &in->invocation->options;
    const struct command_spec *command = in->invocation->command;
    if (trainer_checkpoint_path(in->settings, "last", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(path, F_OK) != 0) {
        return error_set(error, CHARNN_ERROR_IO,
                         "there is no run to resume, as %s cannot be opened (%s); name its folder "
                         "with --checkpoint-dir, and its --savefile where it had one",
                         path, strerror(errno));
    }
    if (train_inputs_claim(in, error) != CHARNN_OK ||
        checkpoint_open(path, &in->origin, error) != CHARNN_OK ||
        options_resume(options, checkpoint_config(in->origin), path, error) != CHARNN_OK) {
        return error->status;
    }
    const char *glob = checkpoint_corpus_format(in->origin).glob;
    if (glob != NULL && options_origin(options, "glob") == CHARNN_ORIGIN_DEFAULT) {
        in->settings->glob = glob;
    }
    return command->check(options, in->settings, error);
}

/* A model setting that was given by a flag must agree with the checkpoint that the weights come
 * from. */
static enum status check_given(const struct train_inputs *in, const char *option, bool agrees,
                               struct error *error) {
    if (!agrees && options_origin(&in->invocation->options, option) == CHARNN_ORIGIN_FLAG) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s does not agree with %s, whose weights --init-from asks for; leave "
                         "it out",
                         option, in->settings->init_from);
    }
    return CHARNN_OK;
}

/* Opens the checkpoint whose weights to start from; its model is the run's. */
static enum status open_initial(struct train_inputs *in, struct error *error) {
    struct train_settings *s = in->settings;
    if (checkpoint_open(s->init_from, &in->origin, error) != CHARNN_OK) {
        return error->status;
    }
    const struct model_shape *shape = checkpoint_shape(in->origin);
    if (check_given(in, "model", strcmp(s->model, shape->cell->name) == 0, error) != CHARNN_OK ||
        check_given(in, "rnn-size", s->rnn_size == shape->hidden, error) != CHARNN_OK ||
        check_given(in, "num-layers", s->num_layers == shape->layers, error) != CHARNN_OK ||
        check_given(in, "peephole", s->peephole == shape->peephole, error) != CHARNN_OK ||
        check_given(in, "encoding",
                    s->encoding == CHARNN_ENCODING_AUTO ||
                        s->encoding == (int)vocab_encoding(checkpoint_vocab(in->origin)),
                    error) != CHARNN_OK) {
        return error->status;
    }
    s->model = shape->cell->name;
    s->rnn_size = shape->hidden;
    s->num_layers = shape->layers;
    s->peephole = shape->peephole;
    const struct corpus_format format = checkpoint_corpus_format(in->origin);
    if (options_origin(&in->invocation->options, "newlines") == CHARNN_ORIGIN_DEFAULT) {
        s->newlines = format.unix_newlines;
    }
    if (options_origin(&in->invocation->options, "records") == CHARNN_ORIGIN_DEFAULT &&
        format.records != NULL) {
        s->records = format.records;
    }
    if (format.records != NULL && s->records[0] == '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "%s has learned records, which --records must separate in the text as "
                         "well; leave it out for the rule that the model was trained with",
                         s->init_from);
    }
    return CHARNN_OK;
}

static enum status open_origin(struct train_inputs *in, struct error *error) {
    if (in->settings->resume) {
        return open_resumed(in, error);
    }
    return in->settings->init_from[0] != '\0' ? open_initial(in, error) : CHARNN_OK;
}

/* ---- the text ---------------------------------------------------------------------------------
 */

static enum status allocate_files(struct train_inputs *in, size_t count, struct error *error) {
    void *memory;
    enum status status =
        memory_allocate(count, sizeof *in->files, "the list of files", &memory, error);
    in->files = memory;
    return status;
}

/* input.txt in --data-dir. */
static enum status name_data_file(struct train_inputs *in, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    char *copy;
    int length = snprintf(path, sizeof path, "%s/input.txt", in->settings->data_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(error, CHARNN_ERROR_USAGE, "--data-dir: the path is too long");
    }
    if (options_keep_text(&in->invocation->options, path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    in->files[in->file_count++] = copy;
    return CHARNN_OK;
}

/* The files that a resumed run was trained on. */
static enum status name_recorded_files(struct train_inputs *in, struct error *error) {
    const cJSON *files;
    const cJSON *file;
    const char *path = checkpoint_path(in->origin);
    if (json_get_array(checkpoint_config(in->origin), path, "files", &files, error) != CHARNN_OK ||
        allocate_files(in, (size_t)cJSON_GetArraySize(files), error) != CHARNN_OK) {
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
        in->files[in->file_count++] = file->valuestring;
    }
    in->assumes_files = true;
    in->assumes_stdin = train_inputs_have_stdin(in);
    if (in->assumes_stdin && isatty(STDIN_FILENO)) {
        return error_set(error, CHARNN_ERROR_DATA, "standard input is a terminal");
    }
    return CHARNN_OK;
}

static enum status name_files(struct train_inputs *in, struct error *error) {
    const struct options *options = &in->invocation->options;
    if (options->argument_count == 0 && in->settings->data_dir[0] == '\0') {
        return name_recorded_files(in, error);
    }
    if (allocate_files(in, options->argument_count + 1, error) != CHARNN_OK) {
        return error->status;
    }
    if (options->argument_count == 0) {
        return name_data_file(in, error);
    }
    for (; in->file_count < options->argument_count; in->file_count++) {
        in->files[in->file_count] = options->arguments[in->file_count];
    }
    return CHARNN_OK;
}

static bool lacks_file(const struct train_inputs *in) {
    for (size_t i = 0; i < in->file_count; i++) {
        if (strcmp(in->files[i], "-") != 0 && access(in->files[i], R_OK) != 0) {
            return true;
        }
    }
    return false;
}

static enum status open_text(struct train_inputs *in, struct error *error) {
    const struct vocab *known = in->origin != NULL ? checkpoint_vocab(in->origin) : NULL;
    const struct train_settings *s = in->settings;
    struct corpus_format format = {
        .encoding = known != NULL ? vocab_encoding(known) : (enum encoding)s->encoding,
        .glob = s->glob[0] != '\0' ? s->glob : NULL,
        .unix_newlines = s->newlines != 0,
        .records = s->records[0] != '\0' ? s->records : NULL,
    };
    if (name_files(in, error) != CHARNN_OK) {
        return error->status;
    }
    if (corpus_open(in->files, in->file_count, &format, &in->corpus, error) != CHARNN_OK) {
        struct error cause = *error;
        if (!in->assumes_files || !lacks_file(in)) {
            return cause.status;
        }
        return error_set(error, cause.status,
                         "the training text of the run could not be read again: %s; if it is "
                         "elsewhere now, name it after --resume",
                         cause.message);
    }
    if (!s->resume) {
        return corpus_select_vocab(in->corpus, known, s->min_count, &in->vocab, &in->rare, error);
    }
    if (corpus_check_vocab(in->corpus, known, error) != CHARNN_OK) {
        return trainer_refuse_text(error);
    }
    return vocab_create(format.encoding, vocab_codes(known), vocab_size(known), &in->vocab, error);
}

/* ---- the model, and the settings as they are saved --------------------------------------------
 */

/* The model to start from, grown where the text has characters that it has not seen. */
static enum status make_model_from_origin(struct train_inputs *in, struct error *error) {
    const struct train_settings *s = in->settings;
    size_t vocab = vocab_size(in->vocab);
    bool grows = vocab > checkpoint_shape(in->origin)->vocab;
    struct model *model;
    if (checkpoint_load_model(in->origin, !grows, thread_pool_size_for(s->threads), &model,
                              error) != CHARNN_OK) {
        return error->status;
    }
    if (!grows) {
        in->model = model;
    } else {
        enum status status = model_grow(model, vocab, s->init_scale, s->seed, &in->model, error);
        model_destroy(model);
        if (status != CHARNN_OK) {
            return status;
        }
    }
    /* The text of the model may not have been made of records. */
    model_shape_set_end(&in->model->shape, vocab_end(in->vocab));
    return CHARNN_OK;
}

static enum status make_model(struct train_inputs *in, struct error *error) {
    const struct train_settings *s = in->settings;
    if (in->origin != NULL && !s->resume) {
        return make_model_from_origin(in, error);
    }
    struct model_shape shape = {
        .cell = cell_find(s->model),
        .vocab = vocab_size(in->vocab),
        .hidden = s->rnn_size,
        .layers = s->num_layers,
        .peephole = s->peephole,
    };
    model_shape_set_end(&shape, vocab_end(in->vocab));
    if (model_create(&shape, true, &in->model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(in->model, s->init_scale, s->seed);
    return CHARNN_OK;
}

/* Where the weights come from, if not from this run. */
static enum status note_origin(struct train_inputs *in, struct error *error) {
    if (in->origin == NULL) {
        return CHARNN_OK;
    }
    return in->settings->resume
               ? train_origin_keep(in->config, in->origin, error)
               : train_origin_note(in->config, in->settings->init_from, in->origin, error);
}

/* The settings, and where the text is, as it was named, so that its parts can be scored later. */
static enum status make_config(struct train_inputs *in, struct error *error) {
    cJSON *files;
    if (options_to_json(in->invocation->options.table, in->settings, &in->config, error) !=
            CHARNN_OK ||
        json_add_array(in->config, "files", &files, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < corpus_file_count(in->corpus); i++) {
        /* JSON cannot hold a name that is not UTF-8; whoever needs that file must name it. */
        const char *name = corpus_file(in->corpus, i);
        name = utf8_is_valid(name) ? name : "";
        if (json_add_string(files, NULL, name, error) != CHARNN_OK) {
            return error->status;
        }
    }
    const char *glob = in->settings->glob;
    if (glob[0] != '\0' && utf8_is_valid(glob) &&
        json_add_string(in->config, "glob", glob, error) != CHARNN_OK) {
        return error->status;
    }
    return note_origin(in, error);
}

/* ---- all of it --------------------------------------------------------------------------------
 */

enum status train_inputs_open(struct train_inputs *in, struct error *error) {
    if (open_origin(in, error) != CHARNN_OK || open_text(in, error) != CHARNN_OK ||
        make_model(in, error) != CHARNN_OK) {
        return error->status;
    }
    return make_config(in, error);
}

bool train_inputs_have_stdin(const struct train_inputs *in) {
    for (size_t i = 0; i < in->file_count; i++) {
        if (strcmp(in->files[i], "-") == 0) {
            return true;
        }
    }
    return false;
}

enum status train_inputs_explain(const struct train_inputs *in, struct error *error) {
    if (in->assumes_stdin && error->status == CHARNN_ERROR_DATA) {
        struct error cause = *error;
        char command[CHARNN_ERROR_LENGTH];
        (void)resume_command(in->settings, true, command, sizeof command);
        return error_set(error, cause.status,
                         "the text of this run came from standard input and must be piped in "
                         "again, as in %s (now %s)",
                         command, cause.message);
    }
    return error->status;
}

void train_inputs_deinit(struct train_inputs *in) {
    cJSON_Delete(in->config);
    model_destroy(in->model);
    vocab_destroy(in->vocab);
    corpus_close(in->corpus);
    memory_free(in->files);
    checkpoint_close(in->origin);
    lock_release(in->lock);
}
