#include "infer/inside/recording.h"

#include "base/memory.h"
#include "nn/network.h"
#include "text/corpus_read.h"

#include <stdio.h>
#include <string.h>

/* A row of each series is a cache line then. */
enum { STEPS = 32 };

static const struct network_plan network_plan = {.batch = 1, .steps = STEPS, .observed = true};

static size_t kind_count(const struct cell *cell) {
    return cell_unit_states(cell) + strlen(cell->gate_names);
}

size_t recording_memory(const struct recording_plan *plan) {
    const struct model_shape *shape = &plan->model->shape;
    size_t length = plan->part.end - plan->part.begin;
    size_t values;
    if (!size_multiply(shape->layers * kind_count(shape->cell) * shape->hidden, sizeof(float),
                       &values) ||
        !size_multiply(values + sizeof(uint32_t) + sizeof(float) + sizeof(int32_t), length,
                       &values)) {
        return SIZE_MAX;
    }
    const size_t needs[] = {
        values, network_memory(plan->model, &network_plan, thread_pool_size(plan->pool))};
    return size_sum(needs, 2);
}

/* The known symbols of the part, whose number becomes the recording's length. */
static enum status read_ids(const struct recording_plan *plan, struct recording *r, int32_t *ids,
                            struct error *error) {
    if (corpus_read_known(plan->corpus, plan->part, plan->vocab, ids, &r->length, error) !=
        CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < r->length; i++) {
        r->codes[i] = vocab_code(plan->vocab, ids[i]);
    }
    return CHARNN_OK;
}

static const float *observed(const struct network *network, const struct cell *cell,
                             struct recording_place place, size_t t) {
    size_t states = cell_unit_states(cell);
    return place.kind < states
               ? network_observe_state(network, place.layer, (int)place.kind, t, 0)
               : network_observe_gate(network, place.layer, place.kind - states, t, 0);
}

/* Copies a window, whose first symbol is `begin`, into the series. */
static void keep_window(struct recording *r, const struct network *network, const struct cell *cell,
                        size_t begin, size_t steps) {
    for (size_t i = 0; i < r->layers * r->kinds; i++) {
        const struct recording_place place = {.layer = i / r->kinds, .kind = i % r->kinds};
        const float *rows[STEPS];
        for (size_t t = 0; t < steps; t++) {
            rows[t] = observed(network, cell, place, t);
        }
        for (size_t unit = 0; unit < r->units; unit++) {
            float *series = r->values + (i * r->units + unit) * r->length + begin;
            for (size_t t = 0; t < steps; t++) {
                series[t] = rows[t][unit];
            }
        }
    }
}

static enum status run(const struct recording_plan *plan, struct recording *r, const int32_t *ids,
                       struct error *error) {
    struct network *network;
    if (network_create(plan->model, plan->pool, &network_plan, &network, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t begin = 0; begin < r->length; begin += STEPS) {
        size_t steps = r->length - begin < STEPS ? r->length - begin : STEPS;
        int32_t y[STEPS];
        float nats[STEPS];
        for (size_t t = 0; t < steps; t++) {
            y[t] = begin + t + 1 < r->length ? ids[begin + t + 1] : -1;
        }
        network_score(network, ids + begin, y, steps, nats);
        size_t scored = steps - (begin + steps == r->length);
        memcpy(r->nats + begin + 1, nats, scored * sizeof *nats);
        keep_window(r, network, plan->model->shape.cell, begin, steps);
        if (plan->tell != NULL) {
            plan->tell(plan->context, begin + steps, r->length);
        }
    }
    network_destroy(network);
    return CHARNN_OK;
}

enum status recording_create(const struct recording_plan *plan, struct recording **recording,
                             struct error *error) {
    const struct model_shape *shape = &plan->model->shape;
    const size_t most = plan->part.end - plan->part.begin;
    struct recording *r;
    int32_t *ids = NULL;
    *recording = NULL;
    if (MEMORY_NEW(&r, 1, "the recording", error) != CHARNN_OK) {
        return error->status;
    }
    *r = (struct recording){.layers = shape->layers, .units = shape->hidden};
    r->kinds = kind_count(shape->cell);
    (void)snprintf(r->names, sizeof r->names, "%s%s", shape->cell->has_c ? "hc" : "h",
                   shape->cell->gate_names);
    bool made = MEMORY_NEW(&ids, most, "the text", error) == CHARNN_OK &&
                MEMORY_NEW(&r->codes, most, "the text", error) == CHARNN_OK &&
                MEMORY_NEW(&r->nats, most, "losses", error) == CHARNN_OK &&
                read_ids(plan, r, ids, error) == CHARNN_OK &&
                MEMORY_NEW(&r->values, recording_series_count(r) * r->length, "activations",
                           error) == CHARNN_OK &&
                run(plan, r, ids, error) == CHARNN_OK;
    memory_free(ids);
    if (!made) {
        recording_destroy(r);
        return error->status;
    }
    *recording = r;
    return CHARNN_OK;
}

void recording_destroy(struct recording *recording) {
    if (recording != NULL) {
        memory_free(recording->values);
        memory_free(recording->nats);
        memory_free(recording->codes);
        memory_free(recording);
    }
}
