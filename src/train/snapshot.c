/*
 * A run's state in checkpoints: what is written to resume, and how it is read back.
 */
#include "base/memory.h"
#include "checkpoint/json.h"
#include "train/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const raw_prefix = "optim.raw";

/* The carried state of one layer: which, and its name in a checkpoint. */
static const struct {
    int kind;
    const char *name;
} state_kinds[] = {{CHARNN_STATE_H, "h"}, {CHARNN_STATE_C, "c"}};

enum { STATE_KINDS = sizeof state_kinds / sizeof state_kinds[0], STATE_NAME = 32 };

/* The kinds of state that the run's cell has. */
static size_t state_kind_count(const struct trainer *t) {
    return t->parts.model->shape.cell->has_c ? 2 : 1;
}

static void state_name(size_t layer, size_t kind, char name[STATE_NAME]) {
    (void)snprintf(name, STATE_NAME, "state.%s_l%zu", state_kinds[kind].name, layer);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

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
        json_add_double(*training, "epoch", trainer_epoch(t), error) != CHARNN_OK ||
        json_add_size(*training, "windows", p->windows, error) != CHARNN_OK ||
        json_add_size(*training, "characters", characters, error) != CHARNN_OK ||
        json_add_double(*training, "train", p->train, error) != CHARNN_OK ||
        json_add_double(*training, "val", p->val, error) != CHARNN_OK ||
        json_add_double(*training, "best_val", p->best_val, error) != CHARNN_OK ||
        json_add_size(*training, "best_step", p->best_step, error) != CHARNN_OK ||
        json_add_double(*training, "best_epoch", p->best_epoch, error) != CHARNN_OK ||
        json_add_size(*training, "validations_since_best", p->validations_since_best, error) !=
            CHARNN_OK ||
        json_add_double(*training, "loss_sum", t->loss_sum, error) != CHARNN_OK ||
        json_add_size(*training, "loss_count", t->loss_count, error) != CHARNN_OK ||
        add_corpus(*training, t, error) != CHARNN_OK) {
        return error->status;
    }
    return add_history(*training, t, error);
}

/* The carried state of all layers, copied out of the network. */
struct carried_state {
    float *values; /* one dense [B][H] after the other */
    char (*names)[STATE_NAME];
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
    if (memory_allocate(count, STATE_NAME, "names", &names, error) != CHARNN_OK) {
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
    if (carried_state_allocate(state, shape->layers * state_kind_count(t), size, error) !=
        CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < state->count; i++) {
        size_t layer = i / state_kind_count(t);
        size_t kind = i % state_kind_count(t);
        float *values = state->values + i * size;
        network_get_state(t->network, layer, state_kinds[kind].kind, values);
        state_name(layer, kind, state->names[i]);
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
        flats[count++] = (struct checkpoint_flat){.prefix = raw_prefix,
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

/* ---- reading ----------------------------------------------------------------------------------
 */

/* A number that may be missing: JSON has no NaN, so it was written as null. */
static double optional_number(const cJSON *item) {
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static enum status read_history(struct trainer *t, const cJSON *training, const char *where,
                                struct error *error) {
    const cJSON *rows;
    if (json_get_array(training, where, "history", &rows, error) != CHARNN_OK) {
        return error->status;
    }
    size_t count = (size_t)cJSON_GetArraySize(rows);
    void *memory;
    if (memory_allocate(count, sizeof *t->history, "the history", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    memory_free(t->history);
    t->history = memory;
    t->history_capacity = count * sizeof *t->history;
    t->history_count = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) {
        struct train_validation *v = &t->history[t->history_count++];
        if (cJSON_GetArraySize(row) != 4 || !json_to_size(cJSON_GetArrayItem(row, 0), &v->step)) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: entry %zu of \"history\" is not [step, epoch, train, val]", where,
                             t->history_count);
        }
        v->epoch = optional_number(cJSON_GetArrayItem(row, 1));
        v->train = optional_number(cJSON_GetArrayItem(row, 2));
        v->val = optional_number(cJSON_GetArrayItem(row, 3));
    }
    return CHARNN_OK;
}

static enum status check_corpus(const struct trainer *t, const cJSON *training, const char *where,
                                struct error *error) {
    const cJSON *corpus;
    const char *checksum;
    char own[32];
    (void)snprintf(own, sizeof own, "%016llx", (unsigned long long)t->corpus_checksum);
    if (json_get_object(training, where, "corpus", &corpus, error) != CHARNN_OK ||
        json_get_string(corpus, where, "xxh64", &checksum, error) != CHARNN_OK) {
        return error->status;
    }
    if (strcmp(checksum, own) != 0) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "the text is not the one this run was trained on (its checksum differs); "
                         "to train on another text use --init-from instead of --resume");
    }
    return CHARNN_OK;
}

static enum status read_progress(struct trainer *t, const cJSON *training, const char *where,
                                 struct error *error) {
    struct train_progress *p = &t->progress;
    if (json_get_size(training, where, "step", &p->step, error) != CHARNN_OK ||
        json_get_size(training, where, "windows", &p->windows, error) != CHARNN_OK ||
        json_get_size(training, where, "best_step", &p->best_step, error) != CHARNN_OK ||
        json_get_double(training, where, "best_epoch", &p->best_epoch, error) != CHARNN_OK ||
        json_get_size(training, where, "validations_since_best", &p->validations_since_best,
                      error) != CHARNN_OK ||
        json_get_double(training, where, "loss_sum", &t->loss_sum, error) != CHARNN_OK ||
        json_get_size(training, where, "loss_count", &t->loss_count, error) != CHARNN_OK) {
        return error->status;
    }
    p->train = optional_number(cJSON_GetObjectItemCaseSensitive(training, "train"));
    p->val = optional_number(cJSON_GetObjectItemCaseSensitive(training, "val"));
    p->best_val = optional_number(cJSON_GetObjectItemCaseSensitive(training, "best_val"));
    return CHARNN_OK;
}

/* Weights, their average, and the optimizer's arrays. */
static enum status read_arrays(struct trainer *t, const struct checkpoint *checkpoint,
                               struct error *error) {
    struct parameters *p = &t->parts.model->parameters;
    struct model *kept;
    if (checkpoint_load_model(checkpoint, false, &kept, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(trainer_model(t)->parameters.values, kept->parameters.values,
           p->size * sizeof *p->values);
    model_destroy(kept);
    if (t->average != NULL &&
        checkpoint_load_flat(checkpoint, raw_prefix, p, p->values, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < optimizer_array_count(t->optimizer); i++) {
        if (checkpoint_load_flat(checkpoint, optimizer_array_name(t->optimizer, i), p,
                                 optimizer_array(t->optimizer, i), error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status read_carried_state(struct trainer *t, const struct checkpoint *checkpoint,
                                      struct error *error) {
    size_t units = t->parts.model->shape.hidden;
    void *memory;
    if (memory_allocate(t->plan.batch * units, sizeof(float), "the carried state", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t l = 0; l < t->parts.model->shape.layers; l++) {
        for (size_t kind = 0; kind < state_kind_count(t); kind++) {
            char name[STATE_NAME];
            state_name(l, kind, name);
            if (checkpoint_load_tensor(checkpoint, name, t->plan.batch, units, memory, error) !=
                CHARNN_OK) {
                memory_free(memory);
                return error->status;
            }
            network_set_state(t->network, l, state_kinds[kind].kind, memory);
        }
    }
    memory_free(memory);
    return CHARNN_OK;
}

enum status snapshot_read(struct trainer *t, const struct checkpoint *checkpoint,
                          struct error *error) {
    const cJSON *training = checkpoint_training(checkpoint);
    const char *path = checkpoint_path(checkpoint);
    char where[4096];
    (void)snprintf(where, sizeof where, "the charnn.training of %s", path);
    if (training == NULL ||
        !checkpoint_has_flat(checkpoint, optimizer_array_name(t->optimizer, 0))) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s has weights only, without what resuming needs; start from them with "
                         "--init-from",
                         path);
    }
    if (check_corpus(t, training, where, error) != CHARNN_OK ||
        read_progress(t, training, where, error) != CHARNN_OK ||
        read_history(t, training, where, error) != CHARNN_OK ||
        read_arrays(t, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    optimizer_set_steps(t->optimizer, t->progress.step);
    return read_carried_state(t, checkpoint, error);
}
