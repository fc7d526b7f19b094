#include "cli/train/run.h"

#include "train/grow.h"

static enum status load(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    size_t threads = thread_pool_size_for(s->threads);
    size_t vocab = vocab_size(run->vocab);
    if (vocab == checkpoint_shape(run->origin)->vocab) {
        return checkpoint_load_model(run->origin, CHARNN_USE_TRAIN, threads, &run->model, error);
    }
    struct model *known;
    if (checkpoint_load_model(run->origin, CHARNN_USE_VALUES, threads, &known, error) !=
        CHARNN_OK) {
        return error->status;
    }
    enum status status = model_grow(known, vocab, s->init_scale, s->seed, &run->model, error);
    model_destroy(known);
    return status;
}

static enum status initialize(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    const struct model_shape shape = {
        .cell = cell_find(s->model),
        .vocab = vocab_size(run->vocab),
        .hidden = s->rnn_size,
        .layers = s->num_layers,
        .peephole = s->peephole,
    };
    if (model_create(&shape, true, &run->model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(run->model, s->init_scale, s->seed);
    return CHARNN_OK;
}

enum status train_create_model(struct train_run *run, struct error *error) {
    bool loads = run->origin != NULL && !run->settings->resume;
    enum status status = loads ? load(run, error) : initialize(run, error);
    if (status == CHARNN_OK) {
        /* The text of the origin may not have had records. */
        model_shape_set_end(&run->model->shape, vocab_end(run->vocab));
    }
    return status;
}
