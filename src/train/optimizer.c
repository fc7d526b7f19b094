#include "train/optimizer.h"

#include "base/math.h"
#include "base/memory.h"
#include "kernels/dispatch.h"
#include "train/muon.h"

#include <math.h>
#include <string.h>

/* Floats per partial sum of the norm; a constant, so the sum does not depend on the threads. */
enum { CHUNK = 16 * 1024 };

static const float epsilon = 1e-8F;

struct optimizer {
    struct train_settings settings;
    const struct rule *rule;
    struct parameters *parameters;
    struct thread_pool *pool;
    const struct kernels *kernels;
    struct muon muon; /* zero with other optimizers */
    float *average;
    float *state;       /* [arrays][parameters->size] */
    double *chunk_sums; /* [chunks] */
    size_t chunks;
    size_t steps;
    double norm;
    /* of the current update */
    double rate;
    float scale;
};

struct rule {
    size_t arrays;
    const char *names[CHARNN_OPTIMIZER_ARRAYS]; /* as torch.optim calls them */
    void (*update)(const struct optimizer *optimizer, size_t begin, size_t count);
};

static void update_adam(const struct optimizer *o, size_t begin, size_t count) {
    const struct train_settings *s = &o->settings;
    o->kernels->adam(&(struct adam_update){
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .mean = o->state + begin,
        .square = o->state + o->parameters->size + begin,
        .count = count,
        .beta1 = (float)s->beta1,
        .beta2 = (float)s->beta2,
        .rate = (float)o->rate,
        .mean_correction = (float)(1 / (1 - math_power(s->beta1, o->steps))),
        .square_correction = (float)(1 / (1 - math_power(s->beta2, o->steps))),
        .epsilon = epsilon,
        .weight_decay = (float)s->weight_decay,
    });
}

static void update_rmsprop(const struct optimizer *o, size_t begin, size_t count) {
    o->kernels->rmsprop(&(struct rmsprop_update){
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .square = o->state + begin,
        .count = count,
        .decay = (float)o->settings.decay_rate,
        .rate = (float)o->rate,
        .epsilon = epsilon,
        .weight_decay = (float)o->settings.weight_decay,
    });
}

static void update_sgd(const struct optimizer *o, size_t begin, size_t count) {
    o->kernels->sgd(&(struct sgd_update){
        .value = o->parameters->values + begin,
        .gradient = o->parameters->gradients + begin,
        .velocity = o->state + begin,
        .count = count,
        .momentum = (float)o->settings.momentum,
        .rate = (float)o->rate,
        .weight_decay = (float)o->settings.weight_decay,
    });
}

static const struct rule rules[] = {
    [CHARNN_OPTIMIZER_ADAM] = {2, {"optim.exp_avg", "optim.exp_avg_sq"}, update_adam},
    [CHARNN_OPTIMIZER_RMSPROP] = {1, {"optim.square_avg"}, update_rmsprop},
    [CHARNN_OPTIMIZER_SGD] = {1, {"optim.momentum_buffer"}, update_sgd},
    [CHARNN_OPTIMIZER_MUON] = {2, {"optim.square_avg", "optim.momentum_buffer"}, update_rmsprop},
};

/* Chunks of what is not frozen. */
static size_t count_chunks(const struct parameters *parameters) {
    return (parameters->size - parameters->frozen + CHUNK - 1) / CHUNK;
}

static bool is_rounded(const struct train_settings *settings) {
    return settings->precision == CHARNN_PRECISION_BF16;
}

/* Of the two arrays of Muon a parameter uses one. What is never written takes no memory, but what a
 * resumed run restores is written. */
size_t optimizer_memory(const struct train_settings *settings, const struct parameters *parameters,
                        size_t threads) {
    bool muon = settings->optimizer == CHARNN_OPTIMIZER_MUON;
    size_t arrays = muon && !settings->resume ? 1 : rules[settings->optimizer].arrays;
    return sizeof(struct optimizer) + arrays * parameters->size * sizeof(float) +
           count_chunks(parameters) * sizeof(double) +
           (muon ? muon_memory(parameters, is_rounded(settings), threads) : 0);
}

enum status optimizer_create(const struct train_settings *settings, struct parameters *parameters,
                             float *average, struct thread_pool *pool, struct optimizer **optimizer,
                             struct error *error) {
    struct optimizer *o;
    *optimizer = NULL;
    if (MEMORY_NEW(&o, 1, "the optimizer", error) != CHARNN_OK) {
        return error->status;
    }
    o->settings = *settings;
    o->rule = &rules[settings->optimizer];
    o->parameters = parameters;
    o->pool = pool;
    o->kernels = kernels_current();
    o->average = average;
    o->chunks = count_chunks(parameters);
    if (MEMORY_NEW(&o->state, o->rule->arrays * parameters->size, "the optimizer", error) !=
            CHARNN_OK ||
        MEMORY_NEW(&o->chunk_sums, o->chunks, "the optimizer", error) != CHARNN_OK ||
        (settings->optimizer == CHARNN_OPTIMIZER_MUON &&
         muon_init(&o->muon, parameters, is_rounded(settings), pool, error) != CHARNN_OK)) {
        optimizer_destroy(o);
        return error->status;
    }
    *optimizer = o;
    return CHARNN_OK;
}

void optimizer_destroy(struct optimizer *o) {
    if (o != NULL) {
        muon_deinit(&o->muon);
        memory_free(o->chunk_sums);
        memory_free(o->state);
        memory_free(o);
    }
}

static size_t chunk_begin(const struct optimizer *o, size_t index) {
    return o->parameters->frozen + index * CHUNK;
}

/* Always whole vectors, because parameters are padded. */
static size_t chunk_size(const struct optimizer *o, size_t index) {
    size_t rest = o->parameters->size - chunk_begin(o, index);
    return rest < CHUNK ? rest : CHUNK;
}

static void measure_task(void *context, size_t index, size_t count) {
    struct optimizer *o = context;
    size_t begin;
    size_t end;
    thread_pool_share(o->chunks, 1, index, count, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        float *gradients = o->parameters->gradients + chunk_begin(o, i);
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
        size_t first = chunk_begin(o, i);
        size_t size = chunk_size(o, i);
        float *gradients = o->parameters->gradients + first;
        if (o->scale < 1.0F) {
            o->kernels->scale(gradients, size, o->scale);
        }
        o->rule->update(o, first, size);
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
    if (o->settings.optimizer == CHARNN_OPTIMIZER_MUON) {
        muon_step(&o->muon, o->parameters, o->state + o->parameters->size, o->settings.momentum,
                  rate, o->scale);
    }
    thread_pool_run(o->pool, step_task, o);
}

size_t optimizer_steps(const struct optimizer *o) {
    return o->steps;
}

void optimizer_set_steps(struct optimizer *o, size_t steps) {
    o->steps = steps;
}

size_t optimizer_array_count(const struct optimizer *o) {
    return o->rule->arrays;
}

struct optimizer_array optimizer_array(const struct optimizer *o, size_t index) {
    return (struct optimizer_array){o->rule->names[index], o->state + index * o->parameters->size};
}
