/* Generating text as `charnn sample` does, as cases: one text, and 64 at once. */
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "infer/generator.h"
#include "text/vocab.h"

#include <stdio.h>

/* Streams and steps per round of `charnn sample`; and the checked characters of each stream, few
 * because the reference is slow. */
enum { STREAMS = 64, STEPS = 16, CHECKED = 16 };

static const struct sampler_settings settings = {.temperatures = {1, {1}}, .seed = 123};

struct sample_state {
    struct bench_shape shape; /* batch: streams */
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
    struct generator *generator;
    size_t steps;                 /* per run */
    int32_t ids[STEPS * STREAMS]; /* drawn last */
};

static void sample_destroy(void *state) {
    struct sample_state *s = state;
    if (s == NULL) {
        return;
    }
    generator_destroy(s->generator);
    vocab_destroy(s->vocab);
    model_destroy(s->model);
    memory_free(s);
}

static enum status sample_init(struct sample_state *s, struct error *error) {
    if (bench_create_model(&s->shape, false, &s->model, error) != CHARNN_OK ||
        bench_create_vocab(s->shape.vocab, &s->vocab, error) != CHARNN_OK) {
        return error->status;
    }
    return generator_create(s->model, s->vocab, s->pool, &settings, s->shape.batch, &s->generator,
                            error);
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
    s->steps = shape->batch > 1 ? STEPS : 1;
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
    double characters = (double)(shape->batch * s->steps);
    *work = (struct bench_work){
        .items = characters,
        .flops = 2 * weights * characters,
        .bytes = shape->batch == 1 ? weights * bench_weight_bytes(shape->weights) : 0,
    };
    *state = s;
    return CHARNN_OK;
}

/* Generates the next characters of each stream into ids. */
static enum status sample_run(void *state, struct error *error) {
    struct sample_state *s = state;
    return generator_write(s->generator, s->steps, s->ids, error);
}

/* The reference kernels must generate the same text. */
static enum status compare_texts(struct sample_state *got, struct sample_state *expected,
                                 struct error *error) {
    for (size_t run = 0; run < CHECKED / got->steps; run++) {
        if (sample_run(got, error) != CHARNN_OK || sample_run(expected, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t i = 0; i < got->steps * got->shape.batch; i++) {
            if (got->ids[i] != expected->ids[i]) {
                return error_set(error, CHARNN_ERROR_DATA,
                                 "character %zu of stream %zu is %d, but the reference kernels "
                                 "give %d",
                                 run * got->steps + i / got->shape.batch, i % got->shape.batch,
                                 (int)got->ids[i], (int)expected->ids[i]);
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

/* On one thread; if the model is beyond the cache of a core, also on all. */
static enum status add_shapes(struct bench_list *list, size_t threads, enum bench_level level,
                              struct bench_shape shape, struct error *error) {
    enum status status = add_shape(list, 1, level, shape, error);
    return status == CHARNN_OK && threads > 1 && shape.hidden > 128
               ? add_shape(list, threads, level, shape, error)
               : status;
}

/* Each type of weights, for one text, and for 64 on one thread. */
static enum status add_types(struct bench_list *list, size_t threads, struct error *error) {
    static const size_t sizes[] = {128, 512, 1024};
    enum { SIZES = sizeof sizes / sizeof sizes[0], TYPES = CHARNN_WEIGHTS_INT8 + 1 };
    for (size_t i = 0; i < 2 * SIZES * TYPES; i++) {
        struct bench_shape shape = {.cell = "lstm",
                                    .layers = 2,
                                    .hidden = sizes[i / TYPES % SIZES],
                                    .vocab = 65,
                                    .batch = i < SIZES * TYPES ? 1 : STREAMS,
                                    .weights = (enum weight_type)(i % TYPES)};
        bool listed =
            shape.weights == CHARNN_WEIGHTS_F32 && (shape.hidden < 1024 || shape.batch == 1);
        size_t most = shape.batch == 1 ? threads : 1;
        if (!listed && add_shapes(list, most, CHARNN_BENCH_ALL, shape, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
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
        if (add_shapes(list, threads, level, shape, error) != CHARNN_OK) {
            return error->status;
        }
        shape.batch = STREAMS;
        if (add_shape(list, 1, level, shape, error) != CHARNN_OK ||
            (threads > 1 && add_shape(list, threads, level, shape, error) != CHARNN_OK)) {
            return error->status;
        }
    }
    const struct bench_shape largest = {
        .cell = "lstm", .layers = 2, .hidden = 1024, .vocab = 65, .batch = 1};
    if (add_shapes(list, threads, CHARNN_BENCH_USUAL, largest, error) != CHARNN_OK) {
        return error->status;
    }
    /* For comparison with the draws of draw.c. */
    struct bench_shape large = {.cell = "lstm", .layers = 2, .hidden = 128, .vocab = 20000};
    for (size_t i = 0; i < 2; i++) {
        large.batch = i == 0 ? 1 : STREAMS;
        if (add_shape(list, 1, CHARNN_BENCH_ALL, large, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return add_types(list, threads, error);
}
