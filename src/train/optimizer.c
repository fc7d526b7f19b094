#include "train/optimizer.h"

#include "base/arena.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <string.h>

/* Floats per partial sum of the norm: a constant, so that the sum does not depend on the threads.
 */
enum { CHUNK = 16 * 1024 };

static const float epsilon = 1e-8F;

struct optimizer {
    struct train_settings settings;
    struct parameters *parameters;
    struct thread_pool *pool;
    const struct kernels *kernels;
    float *average;
    float *arrays[CHARNN_OPTIMIZER_ARRAYS];
    double *chunk_sums; /* [chunks] */
    size_t chunks;
    size_t steps;
    double norm;
    /* of the update under way */
    double rate;
    float scale;
};

struct rule {
    size_t arrays;
    const char *names[CHARNN_OPTIMIZER_ARRAYS]; /* torch.optim's names of the same state */
    void (*update)(const struct optimizer *optimizer, size_t begin, size_t count);
};

/* base^exponent by squaring: libm's pow may differ from version to version. */
static double integer_power(double base, size_t exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        result = exponent % 2 == 1 ? result * base : result;
        base *= base;
    }
    return result;
}

static void update_adam(const struct optimizer *o, size_t begin, size_t count) {
    const struct train_settings *s = &o->settings;
    struct adam_update update = {
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .mean = o->arrays[0] + begin,
        .square = o->arrays[1] + begin,
        .count = count,
        .beta1 = (float)s->beta1,
        .beta2 = (float)s->beta2,
        .rate = (float)o->rate,
        .mean_correction = (float)(1 / (1 - integer_power(s->beta1, o->steps))),
        .square_correction = (float)(1 / (1 - integer_power(s->beta2, o->steps))),
        .epsilon = epsilon,
        .weight_decay = (float)s->weight_decay,
    };
    o->kernels->adam(&update);
}

static void update_rmsprop(const struct optimizer *o, size_t begin, size_t count) {
    struct rmsprop_update update = {
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .square = o->arrays[0] + begin,
        .count = count,
        .decay = (float)o->settings.decay_rate,
        .rate = (float)o->rate,
        .epsilon = epsilon,
        .weight_decay = (float)o->settings.weight_decay,
    };
    o->kernels->rmsprop(&update);
}

static void update_sgd(const struct optimizer *o, size_t begin, size_t count) {
    struct sgd_update update = {
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .velocity = o->arrays[0] + begin,
        .count = count,
        .momentum = (float)o->settings.momentum,
        .rate = (float)o->rate,
        .weight_decay = (float)o->settings.weight_decay,
    };
    o->kernels->sgd(&update);
}

static const struct rule rules[] = {
    [CHARNN_OPTIMIZER_ADAM] = {2, {"optim.exp_avg", "optim.exp_avg_sq"}, update_adam},
    [CHARNN_OPTIMIZER_RMSPROP] = {1, {"optim.square_avg"}, update_rmsprop},
    [CHARNN_OPTIMIZER_SGD] = {1, {"optim.momentum_buffer"}, update_sgd},
};

static const struct rule *rule_of(const struct train_settings *settings) {
    return &rules[settings->optimizer];
}

static size_t count_chunks(size_t floats) {
    return (floats + CHUNK - 1) / CHUNK;
}

static struct optimizer *lay_out(const struct train_settings *settings, size_t floats,
                                 struct arena *arena) {
    struct optimizer counted = {0};
    struct optimizer *placed = arena_take(arena, 1, sizeof *placed);
    struct optimizer *o = placed != NULL ? placed : &counted;
    for (size_t i = 0; i < rule_of(settings)->arrays; i++) {
        o->arrays[i] = arena_take_floats(arena, 1, 1, floats);
    }
    o->chunks = count_chunks(floats);
    o->chunk_sums = arena_take(arena, o->chunks, sizeof *o->chunk_sums);
    return placed;
}

size_t optimizer_memory(const struct train_settings *settings, size_t floats) {
    struct arena arena = {0};
    (void)lay_out(settings, floats, &arena);
    return arena.used;
}

enum status optimizer_create(const struct train_settings *settings, struct parameters *parameters,
                             float *average, struct thread_pool *pool, struct optimizer **optimizer,
                             struct error *error) {
    void *block;
    *optimizer = NULL;
    if (memory_allocate(optimizer_memory(settings, parameters->size), 1, "the optimizer", &block,
                        error) != CHARNN_OK) {
        return error->status;
    }
    struct arena arena = {.block = block};
    struct optimizer *o = lay_out(settings, parameters->size, &arena);
    o->settings = *settings;
    o->parameters = parameters;
    o->pool = pool;
    o->kernels = kernels_current();
    o->average = average;
    *optimizer = o;
    return CHARNN_OK;
}

void optimizer_destroy(struct optimizer *optimizer) {
    memory_free(optimizer); /* the first thing in its own arena */
}

/* The floats of chunk `index`; all are whole vectors, as the parameters are padded. */
static size_t chunk_size(const struct optimizer *o, size_t index) {
    size_t rest = o->parameters->size - index * CHUNK;
    return rest < CHUNK ? rest : CHUNK;
}

static void measure_task(void *context, size_t index, size_t count) {
    struct optimizer *o = context;
    size_t begin;
    size_t end;
    thread_pool_share(o->chunks, 1, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        float *gradients = o->parameters->gradients + i * CHUNK;
        if (o->settings.grad_clip > 0) {
            o->kernels->clip(gradients, chunk_size(o, i), (float)o->settings.grad_clip);
        }
        o->chunk_sums[i] = o->kernels->sum_of_squares(gradients, chunk_size(o, i));
    }
}

double optimizer_measure(struct optimizer *o) {
    thread_pool_run(o->pool, measure_task, o);
    double sum = 0;
    for (size_t i = 0; i < o->chunks; i++) {
        sum += o->chunk_sums[i];
    }
    o->norm = sqrt(sum);
    return o->norm;
}

static void step_task(void *context, size_t index, size_t count) {
    struct optimizer *o = context;
    size_t begin;
    size_t end;
    thread_pool_share(o->chunks, 1, index, count, &begin, &end);
    double forget = (1.0 + (double)o->steps) / (10.0 + (double)o->steps);
    double average = o->settings.average < forget ? o->settings.average : forget;
    for (size_t i = begin; i < end; i++) {
        size_t first = i * CHUNK;
        size_t size = chunk_size(o, i);
        float *gradients = o->parameters->gradients + first;
        if (o->scale < 1.0F) {
            o->kernels->scale(gradients, size, o->scale);
        }
        rule_of(&o->settings)->update(o, first, size);
        memset(gradients, 0, size * sizeof *gradients);
        if (o->average != NULL) {
            o->kernels->average(o->parameters->values + first, size, (float)(1 - average),
                                o->average + first);
        }
    }
}

void optimizer_step(struct optimizer *o, double rate) {
    double limit = o->settings.grad_norm;
    o->scale = limit > 0 && o->norm > limit ? (float)(limit / o->norm) : 1.0F;
    o->rate = rate;
    o->steps++;
    thread_pool_run(o->pool, step_task, o);
}

size_t optimizer_steps(const struct optimizer *o) {
    return o->steps;
}

void optimizer_set_steps(struct optimizer *o, size_t steps) {
    o->steps = steps;
}

size_t optimizer_array_count(const struct optimizer *o) {
    return rule_of(&o->settings)->arrays;
}

float *optimizer_array(const struct optimizer *o, size_t index) {
    return o->arrays[index];
}

const char *optimizer_array_name(const struct optimizer *o, size_t index) {
    return rule_of(&o->settings)->names[index];
}
