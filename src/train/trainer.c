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

void trainer_set_updates(struct trainer *trainer, size_t updates) {
    trainer->plan.updates = updates;
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

/* The gradient of a window is divided by the part of it that is learned (train/step.c), but the
 * penalties are means over all of it. */
static void set_penalties(const struct trainer *t) {
    const struct train_settings *s = t->parts.settings;
    double learned = t->plan.learned;
    const struct penalties penalties = {.activation = learned * s->activation_penalty,
                                        .slowness = learned * s->slowness_penalty,
                                        .flow = learned * s->gradient_flow_penalty};
    network_set_penalties(t->network, &penalties);
}

static enum status allocate(struct trainer *t, struct error *error) {
    const struct train_settings *s = t->parts.settings;
    const struct trainer_plan *plan = &t->plan;
    struct thread_pool *pool = t->parts.pool;
    float *average = t->average != NULL ? t->average->parameters.values : NULL;
    struct network_plan network = plan_network(plan, s);
    size_t ids = plan->own * plan->steps;
    if (network_create(t->parts.model, pool, &network, &t->network, error) != CHARNN_OK ||
        optimizer_create(s, &t->parts.model->parameters, average, pool, &t->optimizer, error) !=
            CHARNN_OK ||
        evaluator_create(t->model, pool, plan_validated(plan), false, &t->evaluator, error) !=
            CHARNN_OK ||
        MEMORY_NEW(&t->x, 2 * ids, "a window", error) != CHARNN_OK ||
        MEMORY_NEW(&t->carried, plan_carried(t->parts.model, plan->own), "the carried state",
                   error) != CHARNN_OK) {
        return error->status;
    }
    t->y = t->x + ids;
    set_penalties(t);
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
        trainer_plan_init(plan, &t->parts, error) != CHARNN_OK ||
        choose_model(t, error) != CHARNN_OK ||
        batches_create(t->parts.corpus, t->parts.vocab, plan->splits[CHARNN_SPLIT_TRAIN],
                       plan->batch, plan->steps, s->seed, &t->batches, error) != CHARNN_OK) {
        return error->status;
    }
    batches_select(t->batches, plan->first, plan->own);
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
    memory_free(t->carried);
    memory_free(t->x);
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
