#include "train/snapshot.h"

#include "base/memory.h"
#include "ranks/ranks.h"
#include "train/training_json.h"

#include <stdio.h>

enum { STATE_NAME = 32, ARRAYS = CHARNN_OPTIMIZER_ARRAYS + 1 };

static void state_name(const struct cell *cell, size_t layer, size_t kind, char name[STATE_NAME]) {
    (void)snprintf(name, STATE_NAME, "state.%c_l%zu", cell_state_letter(cell, kind), layer);
}

/* What resuming needs besides the model's weights. Returns the number of arrays. */
static size_t list_arrays(const struct trainer *t, struct optimizer_array arrays[ARRAYS]) {
    size_t count = 0;
    for (; count < optimizer_array_count(t->optimizer); count++) {
        arrays[count] = optimizer_array(t->optimizer, count);
    }
    if (t->average != NULL) {
        arrays[count++] = (struct optimizer_array){"optim.raw", t->parts.model->parameters.values};
    }
    return count;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A copy of the carried state of all layers. Rank 0 has that of all streams. */
struct carried_state {
    float *values; /* [count][B][H] */
    char (*names)[STATE_NAME];
    struct checkpoint_tensor *tensors;
    size_t count;
};

static void carried_state_deinit(struct carried_state *state) {
    memory_free(state->values);
    memory_free(state->names);
    memory_free(state->tensors);
}

static enum status allocate(struct carried_state *state, size_t size, struct error *error) {
    if (MEMORY_NEW(&state->values, state->count * size, "the carried state", error) != CHARNN_OK ||
        MEMORY_NEW(&state->names, state->count, "names of tensors", error) != CHARNN_OK ||
        MEMORY_NEW(&state->tensors, state->count, "tensors", error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

static enum status carried_state_init(struct carried_state *state, const struct trainer *t,
                                      struct error *error) {
    const struct model_shape *shape = &t->model->shape;
    const struct trainer_plan *plan = &t->plan;
    size_t size = plan->batch * shape->hidden;
    size_t kinds = network_state_kinds(t->network);
    *state = (struct carried_state){.count = shape->layers * kinds};
    if (ranks_agree(allocate(state, size, error), error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < state->count; i++) {
        float *values = state->values + i * size;
        network_get_state(t->network, i / kinds, (int)(i % kinds),
                          values + plan->first * shape->hidden);
        ranks_collect(values, plan->batch, shape->hidden);
        state_name(shape->cell, i / kinds, i % kinds, state->names[i]);
        state->tensors[i] = (struct checkpoint_tensor){
            .name = state->names[i],
            .rows = plan->batch,
            .columns = shape->hidden,
            .values = values,
        };
    }
    return CHARNN_OK;
}

enum status snapshot_write(const struct trainer *t, const char *path, bool resumable,
                           struct error *error) {
    struct carried_state state = {0};
    struct optimizer_array arrays[ARRAYS];
    struct checkpoint_flat flats[ARRAYS];
    struct checkpoint_contents contents = {
        .model = t->model, .vocab = t->parts.vocab, .config = t->parts.config, .flats = flats};
    cJSON *training;
    enum status status = ranks_agree(training_json_create(t, &training, error), error);
    contents.training = training;
    if (status == CHARNN_OK && resumable) {
        contents.flat_count = list_arrays(t, arrays);
        for (size_t i = 0; i < contents.flat_count; i++) {
            flats[i] = (struct checkpoint_flat){arrays[i].name, arrays[i].values};
        }
        status = carried_state_init(&state, t, error);
        contents.tensors = state.tensors;
        contents.tensor_count = state.count;
    }
    if (status == CHARNN_OK && ranks_rank() == 0) {
        status = checkpoint_write(path, &contents, error);
    }
    status = ranks_agree(status, error);
    carried_state_deinit(&state);
    cJSON_Delete(training);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status read_arrays(struct trainer *t, const struct checkpoint *checkpoint,
                               struct error *error) {
    const struct parameters *p = &t->model->parameters;
    struct optimizer_array arrays[ARRAYS];
    size_t count = list_arrays(t, arrays);
    enum status status = checkpoint_load_flat(checkpoint, "", p, t->parts.pool, p->values, error);
    for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
        status = checkpoint_load_flat(checkpoint, arrays[i].name, p, t->parts.pool,
                                      arrays[i].values, error);
    }
    return status;
}

static enum status read_carried_state(struct trainer *t, const struct checkpoint *checkpoint,
                                      struct error *error) {
    size_t units = t->model->shape.hidden;
    size_t kinds = network_state_kinds(t->network);
    float *values;
    enum status status = MEMORY_NEW(&values, t->plan.batch * units, "the carried state", error);
    for (size_t i = 0; status == CHARNN_OK && i < t->model->shape.layers * kinds; i++) {
        char name[STATE_NAME];
        state_name(t->model->shape.cell, i / kinds, i % kinds, name);
        status = checkpoint_load_tensor(checkpoint, name, t->plan.batch, units, values, error);
        if (status == CHARNN_OK) {
            network_set_state(t->network, i / kinds, (int)(i % kinds),
                              values + t->plan.first * units);
        }
    }
    memory_free(values);
    return status;
}

enum status snapshot_read(struct trainer *t, const struct checkpoint *checkpoint,
                          struct error *error) {
    const struct train_progress *p = &t->progress;
    if (checkpoint_training(checkpoint) == NULL ||
        !checkpoint_has_flat(checkpoint, optimizer_array(t->optimizer, 0).name)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s holds weights only and cannot be resumed; start a new run from them "
                         "with --init-from",
                         checkpoint_path(checkpoint));
    }
    if (training_json_read(t, checkpoint, error) != CHARNN_OK ||
        read_arrays(t, checkpoint, error) != CHARNN_OK ||
        read_carried_state(t, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    optimizer_set_steps(t->optimizer, p->step - (p->skipped - p->skipped_undone));
    network_update_weights(t->network);
    batches_seek(t->batches, p->windows / t->plan.windows, p->windows % t->plan.windows);
    return CHARNN_OK;
}
