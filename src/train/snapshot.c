#include "train/snapshot.h"

#include "base/memory.h"
#include "ranks/ranks.h"
#include "train/training_json.h"

#include <math.h>
#include <stdio.h>

enum { STATE_NAME = 32, ARRAYS = CHARNN_OPTIMIZER_ARRAYS + 1 };

/* The name of a part of the carried state. */
static void state_name(const struct trainer *t, size_t part, char name[STATE_NAME]) {
    size_t kinds = network_state_kinds(t->network);
    if (part == t->model->shape.layers * kinds) {
        (void)snprintf(name, STATE_NAME, "state.attention");
    } else {
        (void)snprintf(name, STATE_NAME, "state.%c_l%zu",
                       cell_state_letter(t->model->shape.cell, part % kinds), part / kinds);
    }
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

/* A copy of the carried state. Rank 0 has that of all streams. */
struct carried_state {
    float *values; /* of all parts */
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
    if (MEMORY_NEW(&state->values, size, "the carried state", error) != CHARNN_OK ||
        MEMORY_NEW(&state->names, state->count, "names of tensors", error) != CHARNN_OK ||
        MEMORY_NEW(&state->tensors, state->count, "tensors", error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

static enum status carried_state_init(struct carried_state *state, const struct trainer *t,
                                      struct error *error) {
    const struct trainer_plan *plan = &t->plan;
    *state = (struct carried_state){.count = network_part_count(t->network)};
    size_t size = plan_carried(t->model, plan->batch);
    if (ranks_agree(allocate(state, size, error), error) != CHARNN_OK) {
        return error->status;
    }
    float *values = state->values;
    for (size_t i = 0; i < state->count; i++) {
        size_t width = network_part_width(t->network, i);
        network_get_part(t->network, i, values + plan->first * width);
        ranks_collect(values, plan->batch, width);
        state_name(t, i, state->names[i]);
        state->tensors[i] = (struct checkpoint_tensor){
            .name = state->names[i], .rows = plan->batch, .columns = width, .values = values};
        values += plan->batch * width;
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

/* The number of outputs that each stream holds must be one. */
static enum status check_memory(const struct trainer *t, const struct checkpoint *checkpoint,
                                const float *values, struct error *error) {
    const struct model_shape *shape = &t->model->shape;
    for (size_t b = 0; b < t->plan.batch; b++) {
        double held = (double)values[b * model_memory_width(shape)];
        if (!(held >= 0 && held <= (double)shape->attention && held == floor(held))) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: \"state.attention\" holds %g outputs; it must be a whole number "
                             "from 0 to %zu",
                             checkpoint_path(checkpoint), held, shape->attention);
        }
    }
    return CHARNN_OK;
}

static enum status read_carried_state(struct trainer *t, const struct checkpoint *checkpoint,
                                      struct error *error) {
    size_t batch = t->plan.batch;
    float *values;
    enum status status =
        MEMORY_NEW(&values, plan_carried(t->model, batch), "the carried state", error);
    for (size_t i = 0; status == CHARNN_OK && i < network_part_count(t->network); i++) {
        char name[STATE_NAME];
        size_t width = network_part_width(t->network, i);
        state_name(t, i, name);
        status = checkpoint_load_tensor(checkpoint, name, batch, width, values, error);
        if (status == CHARNN_OK && width == model_memory_width(&t->model->shape)) {
            status = check_memory(t, checkpoint, values, error);
        }
        if (status == CHARNN_OK) {
            network_set_part(t->network, i, values + t->plan.first * width);
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
