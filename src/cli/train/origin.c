#include "cli/options/resume.h"
#include "cli/train/run.h"

#include "base/files/file.h"
#include "base/json.h"
#include "base/shell.h"
#include "checkpoint/safetensors.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Adds to the error that `last` cannot be opened: how to resume from the checkpoint that was saved
 * aside (train/saves.h), if this can be read. Returns the status of the error. */
static enum status offer_aside(const struct train_run *run, const char *last, struct error *error) {
    const struct error cause = *error;
    char aside[CHARNN_PATH_LENGTH];
    char command[CHARNN_ERROR_LENGTH];
    struct text text = text_start(command, sizeof command);
    struct checkpoint *checkpoint;
    struct error ignored = {0};
    size_t step;
    if (cause.status == CHARNN_ERROR_MEMORY ||
        trainer_checkpoint_path(run->settings, ".scheduled-last", aside, sizeof aside, &ignored) !=
            CHARNN_OK ||
        checkpoint_open(aside, &checkpoint, &ignored) != CHARNN_OK) {
        return cause.status;
    }
    const cJSON *training = checkpoint_training(checkpoint);
    if (json_to_size(cJSON_GetObjectItemCaseSensitive(training, "step"), &step)) {
        text_add(&text, "mv ");
        shell_add_word(&text, aside);
        text_add(&text, " ");
        shell_add_word(&text, last);
        (void)error_set(error, cause.status,
                        "%s. An earlier checkpoint of the run, of step %zu, can be read; to resume "
                        "from it, first: %s",
                        cause.message, step, command);
    }
    checkpoint_close(checkpoint);
    return error->status;
}

/* A run goes on from exactly the values that it had. */
static enum status check_floats(const struct checkpoint *checkpoint, struct error *error) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        if (tensor->dtype != CHARNN_DTYPE_F32) {
            return safetensors_refuse(
                file, error,
                "a run can be resumed only from float32, but tensor \"%s\" is %s; resume from a "
                "checkpoint that the run itself saved, or start a new run with --init-from",
                json_label(tensor->name).text, safetensors_dtype_name(tensor->dtype));
        }
    }
    return CHARNN_OK;
}

static enum status open_resumed(struct train_run *run, struct error *error) {
    struct train_settings *s = run->settings;
    struct options *options = &run->invocation->options;
    char path[CHARNN_PATH_LENGTH];
    if (trainer_checkpoint_path(s, "last", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (!s->dry_run && access(s->checkpoint_dir, F_OK) == 0 &&
        train_claim_folder(run, error) != CHARNN_OK) {
        return error->status;
    }
    if (access(path, F_OK) != 0) {
        (void)error_set(error, CHARNN_ERROR_IO,
                        "no run to resume: cannot open %s: %s; give the run's --checkpoint-dir, "
                        "and its --savefile if it had one",
                        path, strerror(errno));
        return offer_aside(run, path, error);
    }
    if (checkpoint_open(path, &run->origin, error) != CHARNN_OK) {
        return offer_aside(run, path, error);
    }
    if (check_floats(run->origin, error) != CHARNN_OK ||
        options_resume(options, checkpoint_config(run->origin), path, error) != CHARNN_OK) {
        return error->status;
    }
    const char *glob = checkpoint_corpus_format(run->origin).glob;
    if (glob != NULL && options_origin(options, "glob") == CHARNN_ORIGIN_DEFAULT) {
        s->glob = glob;
    }
    return run->invocation->command->check(options, s, error);
}

/* Presets and settings files may describe another model; only flags must agree. */
static enum status check_flags(const struct train_run *run, struct error *error) {
    const struct options *options = &run->invocation->options;
    const struct train_settings *s = run->settings;
    const struct model_shape *shape = checkpoint_shape(run->origin);
    bool same_encoding = s->encoding == (int)vocab_encoding(checkpoint_vocab(run->origin));
    const struct {
        const char *option;
        bool agrees;
    } checks[] = {
        {"model", strcmp(s->model, cell_model(shape->cell)) == 0},
        {"lstm-variant", strcmp(s->lstm_variant, cell_variant(shape->cell, shape->peephole)) == 0},
        {"rnn-size", s->rnn_size == shape->hidden},
        {"num-layers", s->num_layers == shape->layers},
        {"peephole", s->peephole == shape->peephole},
        {"skip", s->skip == shape->skip},
        {"attention", s->attention == shape->attention},
        {"encoding", s->encoding == CHARNN_ENCODING_AUTO || same_encoding},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i].agrees && options_origin(options, checks[i].option) == CHARNN_ORIGIN_FLAG) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "--%s does not agree with the model of --init-from, %s; leave it out",
                             checks[i].option, s->init_from);
        }
    }
    return CHARNN_OK;
}

static enum status open_initial(struct train_run *run, struct error *error) {
    struct train_settings *s = run->settings;
    const struct options *options = &run->invocation->options;
    if (checkpoint_open(s->init_from, &run->origin, error) != CHARNN_OK ||
        check_flags(run, error) != CHARNN_OK) {
        return error->status;
    }
    const struct model_shape *shape = checkpoint_shape(run->origin);
    const struct corpus_format format = checkpoint_corpus_format(run->origin);
    s->model = cell_model(shape->cell);
    s->lstm_variant = cell_variant(shape->cell, shape->peephole);
    s->rnn_size = shape->hidden;
    s->num_layers = shape->layers;
    s->peephole = shape->peephole;
    s->skip = shape->skip;
    s->attention = shape->attention;
    if (options_origin(options, "newlines") == CHARNN_ORIGIN_DEFAULT) {
        s->newlines = format.unix_newlines;
    }
    if (format.records != NULL && options_origin(options, "records") == CHARNN_ORIGIN_DEFAULT) {
        s->records = format.records;
    }
    if (format.learn_after != NULL &&
        options_origin(options, "learn-after") == CHARNN_ORIGIN_DEFAULT) {
        s->learn_after = format.learn_after;
    }
    /* The same split, so that the validation text of the weights is not trained on. */
    const cJSON *saved =
        cJSON_GetObjectItemCaseSensitive(checkpoint_config(run->origin), "split_seed");
    size_t seed;
    if (options_origin(options, "split-seed") == CHARNN_ORIGIN_DEFAULT &&
        json_to_size(saved, &seed)) {
        s->split_seed = seed;
    }
    if (format.records != NULL && s->records[0] == '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--records is empty, but %s was trained on records; leave it out to "
                         "separate them by the model's rule",
                         s->init_from);
    }
    return CHARNN_OK;
}

/* The model may be that of a checkpoint. */
static enum status check_model(const struct train_settings *s, struct error *error) {
    if (s->recurrent_dropout > 0 && !cell_find(s->model)->has_candidate) {
        return error_set(
            error, CHARNN_ERROR_USAGE,
            "--recurrent-dropout needs a cell with gates, but the model is %s; leave it "
            "out, or use --model lstm or gru",
            s->model);
    }
    if (s->gradient_flow_penalty > 0 && strcmp(s->model, "rnn") != 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--gradient-flow-penalty needs --model rnn, but the model is %s",
                         s->model);
    }
    return CHARNN_OK;
}

enum status train_open_origin(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    enum status status = s->resume                 ? open_resumed(run, error)
                         : s->init_from[0] != '\0' ? open_initial(run, error)
                                                   : CHARNN_OK;
    return status == CHARNN_OK ? check_model(s, error) : status;
}
