#include "cli/train/origin.h"

#include "base/file.h"
#include "cli/train/folder.h"
#include "train/trainer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static enum status open_resumed(struct invocation *invocation, struct lock **lock,
                                struct checkpoint **origin, struct error *error) {
    struct train_settings *s = invocation->settings;
    struct options *options = &invocation->options;
    char path[CHARNN_PATH_LENGTH];
    if (trainer_checkpoint_path(s, "last", path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    /* Claiming would create a missing folder. */
    if (access(path, F_OK) != 0) {
        return error_set(error, CHARNN_ERROR_IO,
                         "there is no run to resume, as %s cannot be opened (%s); name its folder "
                         "with --checkpoint-dir, and its --savefile where it had one",
                         path, strerror(errno));
    }
    if (train_folder_claim(s, invocation->err, lock, error) != CHARNN_OK ||
        checkpoint_open(path, origin, error) != CHARNN_OK ||
        options_resume(options, checkpoint_config(*origin), path, error) != CHARNN_OK) {
        return error->status;
    }
    const char *glob = checkpoint_corpus_format(*origin).glob;
    if (glob != NULL && options_origin(options, "glob") == CHARNN_ORIGIN_DEFAULT) {
        s->glob = glob;
    }
    return invocation->command->check(options, s, error);
}

/* Flags that describe the model must agree with the checkpoint; presets and files need not. */
static enum status check_flags(const struct options *options, const struct train_settings *s,
                               const struct checkpoint *origin, struct error *error) {
    const struct model_shape *shape = checkpoint_shape(origin);
    bool same_encoding = s->encoding == (int)vocab_encoding(checkpoint_vocab(origin));
    const struct {
        const char *option;
        bool agrees;
    } checks[] = {
        {"model", strcmp(s->model, shape->cell->name) == 0},
        {"rnn-size", s->rnn_size == shape->hidden},
        {"num-layers", s->num_layers == shape->layers},
        {"peephole", s->peephole == shape->peephole},
        {"encoding", s->encoding == CHARNN_ENCODING_AUTO || same_encoding},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i].agrees && options_origin(options, checks[i].option) == CHARNN_ORIGIN_FLAG) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "--%s does not agree with %s, whose weights --init-from asks for; "
                             "leave it out",
                             checks[i].option, s->init_from);
        }
    }
    return CHARNN_OK;
}

static enum status open_initial(struct invocation *invocation, struct checkpoint **origin,
                                struct error *error) {
    struct train_settings *s = invocation->settings;
    const struct options *options = &invocation->options;
    if (checkpoint_open(s->init_from, origin, error) != CHARNN_OK ||
        check_flags(options, s, *origin, error) != CHARNN_OK) {
        return error->status;
    }
    const struct model_shape *shape = checkpoint_shape(*origin);
    const struct corpus_format format = checkpoint_corpus_format(*origin);
    s->model = shape->cell->name;
    s->rnn_size = shape->hidden;
    s->num_layers = shape->layers;
    s->peephole = shape->peephole;
    if (options_origin(options, "newlines") == CHARNN_ORIGIN_DEFAULT) {
        s->newlines = format.unix_newlines;
    }
    if (format.records != NULL && options_origin(options, "records") == CHARNN_ORIGIN_DEFAULT) {
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

enum status train_origin_open(struct invocation *invocation, struct lock **lock,
                              struct checkpoint **origin, struct error *error) {
    const struct train_settings *s = invocation->settings;
    *origin = NULL;
    if (s->resume) {
        return open_resumed(invocation, lock, origin, error);
    }
    return s->init_from[0] != '\0' ? open_initial(invocation, origin, error) : CHARNN_OK;
}
