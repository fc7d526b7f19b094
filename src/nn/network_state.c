/* The state that a network carries from one window to the next; contracts in network.h. */
#include "nn/network.h"
#include "nn/network_internal.h"

#include <assert.h>
#include <string.h>

/* The carried state of stream b. */
static float *state_row(const struct network *n, size_t layer, size_t kind, size_t b) {
    return rows_at(layer_state(&n->layers[layer], kind), n->state_slot, b);
}

size_t network_state_kinds(const struct network *n) {
    return cell_state_kinds(n->model->shape.cell);
}

/* The rows [H] that stream b carries: the states of all layers, then the memory of the attention.
 */
static size_t row_count(const struct network *n) {
    return n->layer_count * network_state_kinds(n) + n->attention.reach;
}

static float *row_at(const struct network *n, size_t row, size_t b) {
    size_t kinds = network_state_kinds(n);
    size_t layer = row / kinds;
    return layer < n->layer_count ? state_row(n, layer, row % kinds, b)
                                  : attention_output(&n->attention, n->state_slot,
                                                     row - n->layer_count * kinds + 1, b);
}

/* How many outputs the attention holds for stream b. */
static size_t *held(const struct network *n, size_t b) {
    return attention_held(&n->attention, n->state_slot, b);
}

void network_reset_state(struct network *n) {
    n->state_slot = 0;
    for (size_t l = 0; l < n->layer_count; l++) {
        for (size_t kind = 0; kind < network_state_kinds(n); kind++) {
            memset(state_row(n, l, kind, 0), 0,
                   n->plan.batch * n->layers[l].h.stride * sizeof(float));
        }
    }
    if (n->attention.reach > 0) {
        memset(held(n, 0), 0, n->plan.batch * sizeof(size_t));
    }
}

void network_spread_state(const struct network *from, struct network *to) {
    size_t bytes = from->model->shape.hidden * sizeof(float);
    for (size_t row = 0; row < row_count(from); row++) {
        for (size_t b = 0; b < to->plan.batch; b++) {
            memcpy(row_at(to, row, b), row_at(from, row, 0), bytes);
        }
    }
    for (size_t b = 0; from->attention.reach > 0 && b < to->plan.batch; b++) {
        *held(to, b) = *held(from, 0);
        attention_pack_outputs(&to->attention, to->state_slot, b);
    }
}

void network_move_states(struct network *n, const size_t *sources, size_t count, float *scratch) {
    size_t units = n->model->shape.hidden;
    for (size_t row = 0; row < row_count(n); row++) {
        for (size_t b = 0; b < count; b++) {
            memcpy(scratch + b * units, row_at(n, row, sources[b]), units * sizeof *scratch);
        }
        for (size_t b = 0; b < count; b++) {
            memcpy(row_at(n, row, b), scratch + b * units, units * sizeof *scratch);
        }
    }
    for (size_t b = 0; n->attention.reach > 0 && b < count; b++) {
        scratch[b] = (float)*held(n, sources[b]);
    }
    for (size_t b = 0; n->attention.reach > 0 && b < count; b++) {
        *held(n, b) = (size_t)scratch[b];
        attention_pack_outputs(&n->attention, n->state_slot, b);
    }
}

void network_get_state(const struct network *n, size_t layer, int kind, float *state) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        memcpy(state + b * units, state_row(n, layer, (size_t)kind, b), units * sizeof *state);
    }
}

void network_get_state_gradient(const struct network *n, size_t layer, int kind, float *gradient) {
    const struct layer *l = &n->layers[layer];
    const float *rows = layer_state_gradient(l, (size_t)kind);
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        memcpy(gradient + b * units, rows + b * l->hidden, units * sizeof *gradient);
    }
}

void network_set_state(struct network *n, size_t layer, int kind, const float *state) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++) {
        memcpy(state_row(n, layer, (size_t)kind, b), state + b * units, units * sizeof *state);
    }
}

static void get_memory(const struct network *n, float *memory) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++, memory += model_memory_width(&n->model->shape)) {
        memory[0] = (float)*held(n, b);
        for (size_t i = 0; i < n->attention.reach; i++) {
            float *to = memory + 1 + i * units;
            if (i < *held(n, b)) {
                memcpy(to, attention_output(&n->attention, n->state_slot, i + 1, b),
                       units * sizeof *to);
            } else {
                memset(to, 0, units * sizeof *to);
            }
        }
    }
}

static void set_memory(struct network *n, const float *memory) {
    size_t units = n->model->shape.hidden;
    for (size_t b = 0; b < n->plan.batch; b++, memory += model_memory_width(&n->model->shape)) {
        *held(n, b) = (size_t)memory[0];
        for (size_t i = 0; i < n->attention.reach; i++) {
            memcpy(attention_output(&n->attention, n->state_slot, i + 1, b), memory + 1 + i * units,
                   units * sizeof *memory);
        }
        attention_pack_outputs(&n->attention, n->state_slot, b);
    }
}

size_t network_part_count(const struct network *n) {
    return n->layer_count * network_state_kinds(n) + (n->attention.reach > 0);
}

static bool is_memory(const struct network *n, size_t part) {
    return part == n->layer_count * network_state_kinds(n);
}

size_t network_part_width(const struct network *n, size_t part) {
    const struct model_shape *shape = &n->model->shape;
    return is_memory(n, part) ? model_memory_width(shape) : shape->hidden;
}

void network_get_part(const struct network *n, size_t part, float *values) {
    size_t kinds = network_state_kinds(n);
    if (is_memory(n, part)) {
        get_memory(n, values);
    } else {
        network_get_state(n, part / kinds, (int)(part % kinds), values);
    }
}

void network_set_part(struct network *n, size_t part, const float *values) {
    size_t kinds = network_state_kinds(n);
    if (is_memory(n, part)) {
        set_memory(n, values);
    } else {
        network_set_state(n, part / kinds, (int)(part % kinds), values);
    }
}

const float *network_observe_state(const struct network *n, size_t layer, int kind, size_t t,
                                   size_t b) {
    assert(n->plan.observed && t < n->state_slot);
    return rows_at(layer_state(&n->layers[layer], (size_t)kind), t + 1, b);
}

const float *network_observe_gate(const struct network *n, size_t layer, size_t gate, size_t t,
                                  size_t b) {
    assert(n->plan.observed && t < n->state_slot);
    return rows_at(&n->layers[layer].gates, t, b) + gate * n->layers[layer].hidden;
}
