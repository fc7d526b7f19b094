#include "cli/commands.h"
#include "cli/convert/loss.h"
#include "cli/convert/settings.h"
#include "cli/terminal/stream.h"

#include <unistd.h>

/* What the command reads. */
struct convert {
    const struct convert_settings *settings;
    const struct options *options;
    FILE *out;
    size_t threads;
    struct checkpoint *checkpoint;
    struct corpus *corpus; /* NULL: no text */
};

static enum status open_text(struct convert *c, struct error *error) {
    const struct corpus_format format = checkpoint_corpus_format(c->checkpoint);
    size_t files = c->options->argument_count - 2;
    return files == 0 ? CHARNN_OK
                      : corpus_open(c->options->arguments + 2, files, &format, &c->corpus, error);
}

static enum status write_new(const struct convert *c, const char *path, struct error *error) {
    struct model *model;
    if (checkpoint_load_model(c->checkpoint, CHARNN_USE_VALUES, c->threads, &model, error) !=
        CHARNN_OK) {
        return error->status;
    }
    const struct checkpoint_contents contents = {
        .model = model,
        .weights = (enum weight_type)c->settings->weights,
        .vocab = checkpoint_vocab(c->checkpoint),
        .config = checkpoint_config(c->checkpoint),
        .training = checkpoint_training(c->checkpoint),
    };
    enum status status = checkpoint_write(path, &contents, error);
    model_destroy(model);
    return status;
}

static enum status print_loss(const struct convert *c, const struct checkpoint *checkpoint,
                              struct error *error) {
    return c->corpus == NULL ? CHARNN_OK
                             : convert_print_loss(c->out, checkpoint, c->corpus, c->threads,
                                                  checkpoint == c->checkpoint, error);
}

static enum status convert(struct convert *c, const char *path, struct error *error) {
    struct checkpoint *made;
    if (open_text(c, error) != CHARNN_OK || print_loss(c, c->checkpoint, error) != CHARNN_OK ||
        write_new(c, path, error) != CHARNN_OK ||
        checkpoint_open(path, &made, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = print_loss(c, made, error);
    checkpoint_close(made);
    return status;
}

enum status cmd_convert(struct invocation *invocation, struct error *error) {
    const struct convert_settings *settings = invocation->settings;
    struct convert c = {.settings = settings,
                        .options = &invocation->options,
                        .out = invocation->out,
                        .threads = thread_pool_size_for(settings->threads)};
    const char *path = c.options->arguments[1];
    if (access(path, F_OK) == 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "%s exists, and convert replaces no file; name a new one", path);
    }
    enum status status = checkpoint_open(c.options->arguments[0], &c.checkpoint, error);
    if (status == CHARNN_OK) {
        status = convert(&c, path, error);
    }
    corpus_close(c.corpus);
    checkpoint_close(c.checkpoint);
    return status;
}
