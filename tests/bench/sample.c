/* Writing text, as cases: one stream as `charnn sample` does it, and 64 streams side by side. */
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "infer/generator.h"
#include "nn/network.h"
#include "text/vocab.h"

#include <stdio.h>

enum { STREAMS = 64, CHARACTERS_TO_CHECK = 16 };

static const struct sampler_settings settings = {.temperature = 1, .seed = 123};

struct sample_state {
    struct bench_shape shape; /* batch: streams */
    struct thread_pool *pool;
    struct model *model;
    /* one stream */
    struct vocab *vocab;
    struct generator *generator;
    /* many streams */
    struct network *network;
    struct sampler *samplers[STREAMS];
    int32_t ids[STREAMS]; /* drawn last */
};

static void sample_destroy(void *state) {
    struct sample_state *s = state;
    if (s == NULL) {
        return;
    }
    for (size_t i = 0; i < STREAMS; i++) {
        sampler_destroy(s->samplers[i]);
    }
    network_destroy(s->network);
    generator_destroy(s->generator);
    vocab_destroy(s->vocab);
    model_destroy(s->model);
    memory_free(s);
}

static enum status create_streams(struct sample_state *s, struct error *error) {
    struct network_plan plan = {.batch = s->shape.batch, .steps = 1};
    if (network_create(s->model, s->pool, &plan, &s->network, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < s->shape.batch; i++) {
        struct sampler_settings own = settings;
        own.seed += i;
        if (sampler_create(&own, s->shape.vocab, &s->samplers[i], error) != CHARNN_OK) {
            return error->status;
        }
        s->ids[i] = 0;
    }
    return CHARNN_OK;
}

static enum status sample_init(struct sample_state *s, struct error *error) {
    if (bench_create_model(&s->shape, false, &s->model, error) != CHARNN_OK ||
        bench_create_vocab(s->shape.vocab, &s->vocab, error) != CHARNN_OK) {
        return error->status;
    }
    if (s->shape.batch > 1) {
        return create_streams(s, error);
    }
    return generator_create(s->model, s->vocab, s->pool, &settings, &s->generator, error);
}

static enum status create(const struct bench_shape *shape, struct thread_pool *pool,
                          struct sample_state **state, struct error *error) {
    void *memory;
    *state = NULL;
    if (memory_allocate(1, sizeof **state, "the case", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct sample_state *s = memory;
    s->shape = *shape;
    s->pool = pool;
    if (sample_init(s, error) != CHARNN_OK) {
        sample_destroy(s);
        return error->status;
    }
    *state = s;
    return CHARNN_OK;
}

static enum status sample_create(const struct bench_case *bench_case, struct thread_pool *pool,
                                 void **state, struct bench_work *work, struct error *error) {
    const struct bench_shape *shape = &bench_case->shape;
    struct sample_state *s;
    if (create(shape, pool, &s, error) != CHARNN_OK) {
        return error->status;
    }
    double weights = bench_product_weights(shape);
    *work = (struct bench_work){
        .items = (double)shape->batch,
        .flops = 2 * weights * (double)shape->batch,
        .bytes = shape->batch == 1 ? weights * (double)sizeof(float) : 0,
    };
    *state = s;
    return CHARNN_OK;
}

/* The next character of each stream, in ids. */
static enum status sample_run(void *state, struct error *error) {
    struct sample_state *s = state;
    if (s->generator != NULL) {
        return generator_next(s->generator, s->ids, error);
    }
    network_forward(s->network, s->ids, 1);
    for (size_t i = 0; i < s->shape.batch; i++) {
        if (sampler_draw(s->samplers[i], network_logits(s->network, i), &s->ids[i], error) !=
            CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

/* The same text as with the reference kernels. */
static enum status compare_texts(struct sample_state *got, struct sample_state *expected,
                                 struct error *error) {
    for (size_t t = 0; t < CHARACTERS_TO_CHECK; t++) {
        if (sample_run(got, error) != CHARNN_OK || sample_run(expected, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t i = 0; i < got->shape.batch; i++) {
            if (got->ids[i] != expected->ids[i]) {
                return error_set(error, CHARNN_ERROR_DATA,
                                 "character %zu of stream %zu is %d, but the reference kernels "
                                 "give %d",
                                 t, i, (int)got->ids[i], (int)expected->ids[i]);
            }
        }
    }
    return CHARNN_OK;
}

static enum status sample_check(void *state, struct error *error) {
    struct sample_state *s = state;
    struct sample_state *reference;
    hooks_set_kernels(hooks_reference_kernels());
    enum status status = create(&s->shape, s->pool, &reference, error);
    if (status == CHARNN_OK) {
        status = compare_texts(s, reference, error);
    }
    hooks_set_kernels(NULL);
    sample_destroy(reference);
    return status;
}

static const struct bench_kind sample_kind = {
    .name = "sample",
    .unit = "characters",
    .has_phases = true,
    .create = sample_create,
    .check = sample_check,
    .run = sample_run,
    .destroy = sample_destroy,
};

static enum status add_shape(struct bench_list *list, size_t threads, enum bench_level level,
                             struct bench_shape shape, struct error *error) {
    char what[CHARNN_BENCH_NAME];
    char text[CHARNN_BENCH_SHAPE];
    bench_shape_text(&shape, text, sizeof text);
    snprintf(what, sizeof what, "%s-n%zu", text, shape.batch);
    return bench_list_add(list,
                          (struct bench_case){
                              .kind = &sample_kind,
                              .threads = threads,
                              .level = level,
                              .shape = shape,
                          },
                          what, error);
}

enum status sample_add_cases(struct bench_list *list, size_t threads, struct error *error) {
    static const size_t sizes[] = {128, 256, 512};
    for (size_t i = 0; i < cell_count * 3; i++) {
        struct bench_shape shape = {
            .cell = cell_at(i / 3)->name,
            .layers = 2,
            .hidden = sizes[i % 3],
            .vocab = 65,
            .batch = 1,
        };
        bool lstm = i / 3 == 0;
        enum bench_level level = i == 0               ? CHARNN_BENCH_QUICK
                                 : lstm || i % 3 == 0 ? CHARNN_BENCH_USUAL
                                                      : CHARNN_BENCH_ALL;
        if (add_shape(list, 1, level, shape, error) != CHARNN_OK) {
            return error->status;
        }
        shape.batch = STREAMS;
        if (add_shape(list, 1, level, shape, error) != CHARNN_OK ||
            (threads > 1 && add_shape(list, threads, level, shape, error) != CHARNN_OK)) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
