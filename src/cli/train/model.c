#include "cli/train/run.h"

#include "base/machine/memory_limit.h"
#include "base/memory.h"
#include "nn/initialize.h"
#include "nn/reservoir.h"
#include "train/start/grow.h"
#include "train/start/ridge.h"

/*
 * Bytes that no module counts for itself, measured with glibc on x86-64: relocated tables of the
 * program and its libraries, small heap blocks (settings, JSON, stream buffers) and the stacks.
 * They matter for small models only.
 */
enum { START_BYTES = 150 * 1000, PROCESS_BYTES = 390 * 1000, THREAD_BYTES = 8 * 1024 };
enum { LAPACK_BYTES = 400 * 1000 }; /* of the library of train/start/ridge.h, if it is built in */

/* The peak is in training and saving, or for a tiny model in opening the text. */
static size_t estimate_memory(const struct train_run *run) {
    struct corpus_memory corpus = corpus_memory(run->corpus);
    size_t lapack = ridge_library() != NULL ? LAPACK_BYTES : 0;
    size_t opening = START_BYTES + lapack + corpus.most;
    const size_t needs[] = {
        PROCESS_BYTES + lapack + thread_pool_size(run->pool) * THREAD_BYTES,
        corpus.held,
        run->plan.memory,
        run->settings->sample_every > 0 ? generator_memory(run->model, 1, 1) : 0,
    };
    size_t training = size_sum(needs, sizeof needs / sizeof needs[0]);
    size_t fitting = run->settings->ridge > 0
                         ? ridge_memory(run->model, &run->plan, thread_pool_size(run->pool))
                         : 0;
    /* of the plan, only values and gradients are there while the output is fitted */
    size_t weights = 2 * run->model->parameters.size * sizeof(float);
    if (fitting + weights > run->plan.memory) {
        training += fitting + weights - run->plan.memory;
    }
    return training > opening ? training : opening;
}

struct model_shape train_shape(const struct train_run *run) {
    const struct train_settings *s = run->settings;
    struct model_shape shape = {
        .cell = cell_of_settings(s->model, s->lstm_variant),
        .vocab = vocab_size(run->vocab),
        .hidden = s->rnn_size,
        .layers = s->num_layers,
        .peephole = s->peephole,
        .skip = s->skip,
        .attention = s->attention,
    };
    model_shape_set_end(&shape, vocab_end(run->vocab));
    return shape;
}

enum status train_plan(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    const struct model_shape shape = train_shape(run);
    if (model_create_table(&shape, &run->model, error) != CHARNN_OK) {
        return error->status;
    }
    run->parts = (struct trainer_parts){
        .settings = s,
        .config = run->config,
        .corpus = run->corpus,
        .vocab = run->vocab,
        .model = run->model,
        .pool = run->pool,
    };
    if (trainer_plan_init(&run->plan, &run->parts, error) != CHARNN_OK) {
        return error->status;
    }
    run->memory = estimate_memory(run);
    return CHARNN_OK;
}

enum status train_check_memory(struct train_run *run, struct error *error) {
    char warning[CHARNN_MEMORY_WARNING];
    if (memory_check(run->memory, "the run",
                     "use a smaller --rnn-size, --num-layers or --batch-size", warning,
                     error) != CHARNN_OK) {
        return error->status;
    }
    if (warning[0] != '\0') {
        progress_say(&run->progress, "warning", "%s", warning);
    }
    return CHARNN_OK;
}

/* The weights of --init-from replace the model of the plan. */
static enum status load(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    size_t threads = thread_pool_size_for(s->threads);
    size_t vocab = vocab_size(run->vocab);
    model_destroy(run->model);
    run->model = NULL;
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
    if (model_allocate(run->model, true, error) != CHARNN_OK) {
        return error->status;
    }
    if (s->reservoir) {
        const struct reservoir reservoir = {.spectral_radius = s->spectral_radius,
                                            .density = s->density,
                                            .input_scale = s->input_scale,
                                            .leak = s->leak};
        return reservoir_initialize(run->model, &reservoir, s->seed, error);
    }
    return model_initialize_as(run->model, (enum init_kind)s->init, s->init_scale, s->seed, error);
}

enum status train_create_model(struct train_run *run, struct error *error) {
    bool loads = run->origin != NULL && !run->settings->resume;
    enum status status = loads ? load(run, error) : initialize(run, error);
    if (status == CHARNN_OK) {
        /* The text of the origin may not have had records. */
        model_shape_set_end(&run->model->shape, vocab_end(run->vocab));
        run->parts.model = run->model;
        run->model->parameters.frozen =
            run->settings->reservoir ? model_decoder_weight(run->model)->offset : 0;
    }
    return status;
}

enum status train_fit_output(struct train_run *run, struct error *error) {
    const struct train_settings *s = run->settings;
    struct ridge_result result;
    if (s->ridge <= 0 || s->resume || s->dry_run) {
        return CHARNN_OK;
    }
    if (ridge_fit(&run->parts, &run->plan, &result, error) != CHARNN_OK) {
        return error->status;
    }
    progress_say(&run->progress, "ridge",
                 "the output predicts the start of the text with %.4f nats, its logits times %.2f",
                 result.loss, result.factor);
    return CHARNN_OK;
}
