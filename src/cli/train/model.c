#include "cli/train/model.h"

#include "train/grow.h"

static enum status load(const struct train_settings *s, const struct checkpoint *origin,
                        const struct vocab *vocab, struct model **model, struct error *error) {
    size_t size = vocab_size(vocab);
    bool grows = size > checkpoint_shape(origin)->vocab;
    struct model *loaded;
    if (checkpoint_load_model(origin, !grows, thread_pool_size_for(s->threads), &loaded, error) !=
        CHARNN_OK) {
        return error->status;
    }
    if (!grows) {
        *model = loaded;
        return CHARNN_OK;
    }
    enum status status = model_grow(loaded, size, s->init_scale, s->seed, model, error);
    model_destroy(loaded);
    return status;
}

static enum status create(const struct train_settings *s, const struct vocab *vocab,
                          struct model **model, struct error *error) {
    const struct model_shape shape = {
        .cell = cell_find(s->model),
        .vocab = vocab_size(vocab),
        .hidden = s->rnn_size,
        .layers = s->num_layers,
        .peephole = s->peephole,
    };
    if (model_create(&shape, true, model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(*model, s->init_scale, s->seed);
    return CHARNN_OK;
}

enum status train_model_create(const struct train_settings *s, const struct checkpoint *origin,
                               const struct vocab *vocab, struct model **model,
                               struct error *error) {
    bool loads = origin != NULL && !s->resume;
    if ((loads ? load(s, origin, vocab, model, error) : create(s, vocab, model, error)) !=
        CHARNN_OK) {
        return error->status;
    }
    /* The text of `origin` need not have had records. */
    model_shape_set_end(&(*model)->shape, vocab_end(vocab));
    return CHARNN_OK;
}
