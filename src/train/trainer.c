#include "train/trainer.h"

#include "base/memory.h"
#include "base/plural.h"
#include "text/split.h"
#include "train/snapshot.h"
#include "train/state.h"
#include "train/step.h"
#include "train/time_limit.h"
#include "train/training_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct trainer_plan *trainer_plan(const struct trainer *trainer) {
    return &trainer->plan;
}

const struct train_progress *trainer_progress(const struct trainer *trainer) {
    return &trainer->progress;
}

bool trainer_has_saved(const struct trainer *trainer) {
    return trainer->saved_step != SIZE_MAX;
}

struct model *trainer_model(struct trainer *trainer) {
    return trainer->model;
}

static enum status plan_sizes(struct trainer_plan *plan, const struct trainer_parts *parts,
                              struct error *error) {
    const struct train_settings *s = parts->settings;
    corpus_split(parts->corpus, s->train_frac, s->val_frac, plan->splits);
    struct split train = plan->splits[CHARNN_SPLIT_TRAIN];
    size_t symbols = train.end - train.begin;
    if (symbols < 2) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the training part of the text has %zu character%s and needs at least 2; "
                         "use %s or a larger --train-frac",
                         symbols, plural_ending(symbols),
                         corpus_records(parts->corpus) > 0 ? "a text with more records"
                                                           : "a longer text");
    }
    plan->batch = s->batch_size;
    plan->steps = s->seq_length;
    plan->reduced = batches_fit(symbols, &plan->batch, &plan->steps);
    return CHARNN_OK;
}

static void plan_length(struct trainer_plan *plan, const struct train_settings *s,
                        size_t windows_per_epoch) {
    size_t windows;
    plan->windows = windows_per_epoch;
    if (s->max_epochs > 0 && size_multiply(s->max_epochs, plan->windows, &windows)) {
        plan->updates = (windows - 1) / s->accumulate + 1;
    }
    if (s->max_steps > 0 && (plan->updates == 0 || s->max_steps < plan->updates)) {
        plan->updates = s->max_steps;
    }
}

static enum status choose_model(struct trainer *t, struct error *error) {
    const struct parameters *p = &t->parts.model->parameters;
    t->model = t->parts.model;
    if (t->parts.settings->average <= 0) {
        return CHARNN_OK;
    }
    if (model_create(&t->parts.model->shape, false, &t->average, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(t->average->parameters.values, p->values, p->size * sizeof *p->values);
    t->model = t->average;
    return CHARNN_OK;
}

static enum status allocate(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    struct thread_pool *pool = t->parts.pool;
    struct parameters *p = &t->parts.model->parameters;
    float *average = t->average != NULL ? t->average->parameters.values : NULL;
    struct split val = plan->splits[CHARNN_SPLIT_VAL];
    size_t val_symbols = val.end - val.begin;
    size_t ids = plan->batch * plan->steps;
    size_t state;
    struct network_plan network = {
        .batch = plan->batch, .steps = plan->steps, .trainable = true, .dropout = s->dropout > 0};
    if (network_create(t->parts.model, pool, &network, &t->network, error) != CHARNN_OK ||
        optimizer_create(s, p, average, pool, &t->optimizer, error) != CHARNN_OK ||
        evaluator_create(t->model, pool, val_symbols, false, &t->evaluator, error) != CHARNN_OK ||
        MEMORY_NEW(&t->x, 2 * ids, "a window", error) != CHARNN_OK) {
        return error->status;
    }
    state = t->model->shape.layers * network_state_kinds(t->network) * plan->batch *
            t->model->shape.hidden;
    if (MEMORY_NEW(&t->kept_state, state, "the carried state", error) != CHARNN_OK) {
        return error->status;
    }
    t->y = t->x + ids;
    size_t arrays = average != NULL ? 3 : 2; /* values, gradients, average */
    size_t threads = thread_pool_size(pool);
    plan->memory =
        network_memory(t->parts.model, &network, threads) + optimizer_memory(s, p->size) +
        evaluator_memory(t->model, val_symbols, false, threads) + arrays * p->size * sizeof(float) +
        2 * ids * sizeof *t->x + state * sizeof(float) + snapshot_memory(t);
    return CHARNN_OK;
}

static enum status trainer_init(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    struct trainer_plan *plan = &t->plan;
    t->changes = cJSON_CreateArray();
    if (t->changes == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the trainer");
    }
    if (train_paths_init(&t->paths, s, error) != CHARNN_OK ||
        plan_sizes(plan, &t->parts, error) != CHARNN_OK || choose_model(t, error) != CHARNN_OK ||
        batches_create(t->parts.corpus, t->parts.vocab, plan->splits[CHARNN_SPLIT_TRAIN],
                       plan->batch, plan->steps, s->seed, &t->batches, error) != CHARNN_OK) {
        return error->status;
    }
    plan_length(plan, s, batches_windows_per_epoch(t->batches));
    return allocate(t, error);
}

enum status trainer_create(const struct trainer_parts *parts, struct trainer **trainer,
                           struct error *error) {
    struct trainer *t;
    *trainer = NULL;
    if (MEMORY_NEW(&t, 1, "the trainer", error) != CHARNN_OK) {
        return error->status;
    }
    t->parts = *parts;
    t->progress = (struct train_progress){
        .train = NAN, .smooth = NAN, .val = NAN, .best_val = NAN, .scheduled_step = SIZE_MAX};
    t->saved_step = SIZE_MAX;
    t->report = (struct train_report){.rate = NAN, .gradient_norm = NAN};
    (void)snprintf(t->corpus_checksum, sizeof t->corpus_checksum, "%016llx",
                   (unsigned long long)corpus_checksum(parts->corpus));
    if (trainer_init(t, error) != CHARNN_OK) {
        trainer_destroy(t);
        return error->status;
    }
    *trainer = t;
    return CHARNN_OK;
}

void trainer_destroy(struct trainer *t) {
    if (t == NULL) {
        return;
    }
    cJSON_Delete(t->changes);
    memory_free(t->history);
    memory_free(t->x);
    memory_free(t->kept_state);
    evaluator_destroy(t->evaluator);
    optimizer_destroy(t->optimizer);
    network_destroy(t->network);
    batches_destroy(t->batches);
    model_destroy(t->average);
    memory_free(t);
}

enum status trainer_restore(struct trainer *t, const struct checkpoint *checkpoint,
                            struct error *error) {
    if (snapshot_read(t, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    t->saved_step = t->progress.step;
    t->validated_at = t->progress.validations > 0 ? t->progress.seconds_before : 0;
    return CHARNN_OK;
}

bool trainer_time_is_up(const struct trainer *t) {
    return time_spent(t) >= time_of_end(t);
}

double trainer_rate(const struct trainer *t) {
    return step_rate(t);
}

void trainer_restart_rate(struct trainer *t) {
    struct train_progress *p = &t->progress;
    p->rate_start = (struct train_rate_start){
        .step = p->step, .seconds = time_spent(t), .rollbacks = p->rollbacks};
    t->scheduled.rate_start = p->rate_start;
}

enum status trainer_note_change(struct trainer *t, const char *text, struct error *error) {
    return training_json_add_change(t, text, error);
}
