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

void network_reset_state(struct network *n) {
    n->state_slot = 0;
    for (size_t l = 0; l < n->layer_count; l++) {
        for (size_t kind = 0; kind < network_state_kinds(n); kind++) {
            memset(state_row(n, l, kind, 0), 0,
                   n->plan.batch * n->layers[l].h.stride * sizeof(float));
        }
    }
}

void network_spread_state(const struct network *from, struct network *to) {
    size_t bytes = from->model->shape.hidden * sizeof(float);
    size_t kinds = network_state_kinds(from);
    for (size_t i = 0; i < from->layer_count * kinds; i++) {
        const float *state = state_row(from, i / kinds, i % kinds, 0);
        for (size_t b = 0; b < to->plan.batch; b++) {
            memcpy(state_row(to, i / kinds, i % kinds, b), state, bytes);
        }
    }
}

void network_move_states(struct network *n, const size_t *sources, size_t count, float *scratch) {
    size_t units = n->model->shape.hidden;
    size_t kinds = network_state_kinds(n);
    for (size_t i = 0; i < n->layer_count * kinds; i++) {
        for (size_t b = 0; b < count; b++) {
            memcpy(scratch + b * units, state_row(n, i / kinds, i % kinds, sources[b]),
                   units * sizeof *scratch);
        }
        for (size_t b = 0; b < count; b++) {
            memcpy(state_row(n, i / kinds, i % kinds, b), scratch + b * units,
                   units * sizeof *scratch);
        }
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
