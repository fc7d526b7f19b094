#include "infer/adapter.h"

#include "base/arena.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MEASURED_WINDOWS = 10 };
static const float DECAY = 0.005F;
static const float FLOOR = 0.1F;

struct adapter {
    struct parameters *parameters;
    float rate;
    size_t windows; /* read so far */
    float *start;   /* [size] */
    float *squares; /* [size]; s */
};

static struct adapter *lay_out(size_t floats, struct arena *arena) {
    struct adapter *a = arena_take(arena, 1, sizeof *a);
    float *start = arena_take_floats(arena, floats, 1, 1);
    float *squares = arena_take_floats(arena, floats, 1, 1);
    if (a != NULL) {
        *a = (struct adapter){.start = start, .squares = squares};
    }
    return a;
}

size_t adapter_memory(size_t floats) {
    struct arena arena = {0};
    (void)lay_out(floats, &arena);
    return arena.used;
}

enum status adapter_create(struct parameters *parameters, double rate, struct adapter **adapter,
                           struct error *error) {
    struct arena arena = {0};
    *adapter = NULL;
    (void)lay_out(parameters->size, &arena);
    if (arena_allocate(&arena, "learning while reading", error) != CHARNN_OK) {
        return error->status;
    }
    struct adapter *a = lay_out(parameters->size, &arena);
    a->parameters = parameters;
    a->rate = (float)rate;
    memcpy(a->start, parameters->values, parameters->size * sizeof(float));
    *adapter = a;
    return CHARNN_OK;
}

void adapter_destroy(struct adapter *adapter) {
    memory_free(adapter);
}

void adapter_restart(struct adapter *a) {
    size_t bytes = a->parameters->size * sizeof(float);
    memcpy(a->parameters->values, a->start, bytes);
    memset(a->parameters->gradients, 0, bytes);
    memset(a->squares, 0, bytes);
    a->windows = 0;
}

/* Adds the gradients to the mean squares; returns the mean of their roots. */
static float measure(struct adapter *a) {
    const float *gradients = a->parameters->gradients;
    float share = 1 / (float)++a->windows;
    double sum = 0;
    for (size_t i = 0; i < a->parameters->size; i++) {
        a->squares[i] += (gradients[i] * gradients[i] - a->squares[i]) * share;
        sum += (double)sqrtf(a->squares[i]);
    }
    return (float)(sum / (double)a->parameters->elements);
}

void adapter_learn(struct adapter *a) {
    float *values = a->parameters->values;
    float *gradients = a->parameters->gradients;
    float mean = measure(a);
    if (a->windows >= MEASURED_WINDOWS) {
        for (size_t i = 0; i < a->parameters->size; i++) {
            float root = sqrtf(a->squares[i]);
            values[i] += fminf(1, DECAY * root / mean) * (a->start[i] - values[i]) -
                         a->rate * gradients[i] / (root + FLOOR * mean);
        }
    }
    memset(gradients, 0, a->parameters->size * sizeof(float));
}
