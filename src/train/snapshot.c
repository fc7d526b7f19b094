/* A run's state in checkpoints: what is written to resume. */
#include "base/json.h"
#include "base/memory.h"
#include "train/trainer_internal.h"

#include <stdio.h>

void snapshot_state_name(size_t layer, size_t kind, char name[CHARNN_STATE_NAME]) {
    (void)snprintf(name, CHARNN_STATE_NAME, "state.%s_l%zu", kind == CHARNN_STATE_C ? "c" : "h",
                   layer);
}

static enum status add_history(cJSON *training, const struct trainer *t, struct error *error) {
    cJSON *history;
    if (json_add_array(training, "history", &history, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < t->history_count; i++) {
        const struct train_validation *v = &t->history[i];
        cJSON *row;
        if (json_add_array(history, NULL, &row, error) != CHARNN_OK ||
            json_add_size(row, NULL, v->step, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->epoch, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->train, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->val, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* A sum and a count under two keys that begin with `name`. */
static enum status add_mean(cJSON *json, const char *name, const struct train_mean *mean,
                            struct error *error) {
    char key[64];
    (void)snprintf(key, sizeof key, "%s_sum", name);
    if (json_add_double(json, key, mean->sum, error) != CHARNN_OK) {
        return error->status;
    }
    (void)snprintf(key, sizeof key, "%s_count", name);
    return json_add_size(json, key, mean->count, error);
}

/* What a validation changes. */
static enum status add_results(cJSON *json, const struct train_progress *p,
                               const struct train_mean *loss, struct error *error) {
    if (json_add_double(json, "train", p->train, error) != CHARNN_OK ||
        json_add_double(json, "val", p->val, error) != CHARNN_OK ||
        json_add_double(json, "best_val", p->best_val, error) != CHARNN_OK ||
        json_add_size(json, "best_step", p->best_step, error) != CHARNN_OK ||
        json_add_double(json, "best_epoch", p->best_epoch, error) != CHARNN_OK ||
        json_add_size(json, "validations_since_best", p->validations_since_best, error) !=
            CHARNN_OK) {
        return error->status;
    }
    return add_mean(json, "loss", loss, error);
}

/* What a run that goes on takes in place of what the validation at its end has changed. */
static enum status add_scheduled(cJSON *training, const struct trainer *t, struct error *error) {
    cJSON *json;
    const struct train_mark *mark = &t->scheduled;
    if (!t->provisional) {
        return CHARNN_OK;
    }
    if (json_add_object(training, "scheduled", &json, error) != CHARNN_OK ||
        add_results(json, &mark->progress, &mark->loss, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(json, "history_count", mark->history_count, error);
}

static enum status add_changes(cJSON *training, const struct trainer *t, struct error *error) {
    cJSON *changes;
    if (json_add_array(training, "changes", &changes, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < t->change_count; i++) {
        cJSON *row;
        if (json_add_array(changes, NULL, &row, error) != CHARNN_OK ||
            json_add_size(row, NULL, t->changes[i].step, error) != CHARNN_OK ||
            json_add_string(row, NULL, t->changes[i].text, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status add_corpus(cJSON *training, const struct trainer *t, struct error *error) {
    cJSON *corpus;
    char checksum[32];
    (void)snprintf(checksum, sizeof checksum, "%016llx", (unsigned long long)t->corpus_checksum);
    if (json_add_object(training, "corpus", &corpus, error) != CHARNN_OK ||
        json_add_size(corpus, "symbols", corpus_length(t->parts.corpus), error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_string(corpus, "xxh64", checksum, error);
}

static enum status describe_training(const struct trainer *t, cJSON **training,
                                     struct error *error) {
    const struct train_progress *p = &t->progress;
    if (json_create_object(training, error) != CHARNN_OK) {
        return error->status;
    }
    size_t characters = p->windows * t->plan.batch * t->plan.steps;
    if (json_add_size(*training, "step", p->step, error) != CHARNN_OK ||
        json_add_double(*training, "epoch", p->epoch, error) != CHARNN_OK ||
        json_add_size(*training, "windows", p->windows, error) != CHARNN_OK ||
        json_add_size(*training, "characters", characters, error) != CHARNN_OK ||
        add_results(*training, p, &t->loss, error) != CHARNN_OK ||
        json_add_double(*training, "smooth", p->smooth, error) != CHARNN_OK ||
        add_mean(*training, "printed", &t->printed, error) != CHARNN_OK ||
        json_add_size(*training, "skipped", p->skipped - p->skipped_undone, error) != CHARNN_OK ||
        json_add_size(*training, "skipped_undone", p->skipped_undone, error) != CHARNN_OK ||
        json_add_size(*training, "bad_steps", t->bad_steps, error) != CHARNN_OK ||
        json_add_size(*training, "rollbacks", p->rollbacks, error) != CHARNN_OK ||
        json_add_size(*training, "scheduled_step", t->scheduled_step, error) != CHARNN_OK ||
        add_corpus(*training, t, error) != CHARNN_OK ||
        add_history(*training, t, error) != CHARNN_OK ||
        add_changes(*training, t, error) != CHARNN_OK) {
        return error->status;
    }
    return add_scheduled(*training, t, error);
}

/* The carried state of all layers, copied out of the network. */
struct carried_state {
    float *values; /* one dense [B][H] after the other */
    char (*names)[CHARNN_STATE_NAME];
    struct checkpoint_tensor *tensors;
    size_t count;
};

static void carried_state_deinit(struct carried_state *state) {
    memory_free(state->values);
    memory_free(state->names);
    memory_free(state->tensors);
}

static enum status carried_state_allocate(struct carried_state *state, size_t count, size_t size,
                                          struct error *error) {
    void *values;
    void *names;
    void *tensors;
    *state = (struct carried_state){.count = count};
    if (memory_allocate(count * size, sizeof(float), "the carried state", &values, error) !=
        CHARNN_OK) {
        return error->status;
    }
    state->values = values;
    if (memory_allocate(count, CHARNN_STATE_NAME, "names", &names, error) != CHARNN_OK) {
        return error->status;
    }
    state->names = names;
    if (memory_allocate(count, sizeof *state->tensors, "tensors", &tensors, error) != CHARNN_OK) {
        return error->status;
    }
    state->tensors = tensors;
    return CHARNN_OK;
}

static enum status carried_state_init(struct carried_state *state, const struct trainer *t,
                                      struct error *error) {
    const struct model_shape *shape = &t->parts.model->shape;
    size_t size = t->plan.batch * shape->hidden;
    size_t kinds = network_state_kinds(t->network);
    if (carried_state_allocate(state, shape->layers * kinds, size, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < state->count; i++) {
        size_t layer = i / kinds;
        size_t kind = i % kinds;
        float *values = state->values + i * size;
        network_get_state(t->network, layer, (int)kind, values);
        snapshot_state_name(layer, kind, state->names[i]);
        state->tensors[i] = (struct checkpoint_tensor){
            .name = state->names[i],
            .rows = t->plan.batch,
            .columns = shape->hidden,
            .values = values,
        };
    }
    return CHARNN_OK;
}

static enum status write_with_state(const struct trainer *t, const char *path,
                                    struct checkpoint_contents contents, struct error *error) {
    struct carried_state state;
    struct checkpoint_flat flats[CHARNN_OPTIMIZER_ARRAYS + 1];
    size_t count = 0;
    for (; count < optimizer_array_count(t->optimizer); count++) {
        flats[count] = (struct checkpoint_flat){
            .prefix = optimizer_array_name(t->optimizer, count),
            .values = optimizer_array(t->optimizer, count),
        };
    }
    if (t->average != NULL) {
        flats[count++] = (struct checkpoint_flat){.prefix = CHARNN_RAW_PREFIX,
                                                  .values = t->parts.model->parameters.values};
    }
    enum status status = carried_state_init(&state, t, error);
    if (status == CHARNN_OK) {
        contents.flats = flats;
        contents.flat_count = count;
        contents.tensors = state.tensors;
        contents.tensor_count = state.count;
        status = checkpoint_write(path, &contents, error);
    }
    carried_state_deinit(&state);
    return status;
}

size_t snapshot_memory(const struct trainer *t) {
    const struct model_shape *shape = &t->parts.model->shape;
    return checkpoint_write_memory(t->parts.model) +
           shape->layers * network_state_kinds(t->network) * t->plan.batch * shape->hidden *
               sizeof(float);
}

enum status snapshot_write(const struct trainer *t, const char *path, bool resumable,
                           struct error *error) {
    cJSON *training = NULL;
    enum status status = describe_training(t, &training, error);
    if (status == CHARNN_OK) {
        struct checkpoint_contents contents = {
            .model = t->parts.model,
            .values = t->average != NULL ? t->average->parameters.values : NULL,
            .vocab = t->parts.vocab,
            .config = t->parts.config,
            .training = training,
        };
        status = resumable ? write_with_state(t, path, contents, error)
                           : checkpoint_write(path, &contents, error);
    }
    cJSON_Delete(training);
    return status;
}
