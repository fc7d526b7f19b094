/* Whole training steps, as cases: network, optimizer and packing, but no file input. */
#include "base/memory.h"
#include "hooks.h"
#include "training.h"

#include <stdio.h>

/* A case and its reference. */
struct train_state {
    struct training *training;
    struct thread_pool *pool;
};

static void train_destroy(void *state) {
    struct train_state *s = state;
    if (s != NULL) {
        training_destroy(s->training);
        memory_free(s);
    }
}

static enum status train_create(const struct bench_case *bench_case, struct thread_pool *pool,
                                void **state, struct bench_work *work, struct error *error) {
    const struct bench_shape *shape = &bench_case->shape;
    if (memory_allocate(1, sizeof(struct train_state), "the case", state, error) != CHARNN_OK) {
        return error->status;
    }
    struct train_state *s = *state;
    s->pool = pool;
    if (training_create(shape, pool, &s->training, error) != CHARNN_OK) {
        train_destroy(s);
        *state = NULL;
        return error->status;
    }
    double characters = (double)shape->steps * (double)shape->batch;
    *work = (struct bench_work){
        .items = characters,
        .flops = 6 * bench_product_weights(shape) * characters,
    };
    return CHARNN_OK;
}

/* As many steps as the reference kernels do in about a second, but enough to carry the state on. */
static size_t steps_to_check(const struct bench_shape *shape) {
    const double most = 6e8;
    double of_a_step = 3 * bench_product_weights(shape) * (double)shape->batch;
    size_t steps = 2;
    while (steps < shape->steps && (double)(steps + 1) * of_a_step <= most) {
        steps++;
    }
    return steps < shape->steps ? steps : shape->steps;
}

/* The loss and the gradients of a window and, after the update, the loss of one more step. */
static enum status compare_training(struct training *got, struct training *expected, size_t steps,
                                    struct error *error) {
    double got_loss = training_add_gradients(got, steps);
    double expected_loss = training_add_gradients(expected, steps);
    if (bench_compare_losses(got_loss, expected_loss, "the loss", error) != CHARNN_OK ||
        bench_compare(got->model->parameters.gradients, expected->model->parameters.gradients,
                      got->model->parameters.size, "the gradients", error) != CHARNN_OK) {
        return error->status;
    }
    training_update(got);
    training_update(expected);
    got_loss = training_add_gradients(got, 1);
    expected_loss = training_add_gradients(expected, 1);
    return bench_compare_losses(got_loss, expected_loss, "the loss after an update", error);
}

static enum status train_check(void *state, struct error *error) {
    struct train_state *s = state;
    struct training *reference;
    hooks_set_kernels(hooks_reference_kernels());
    enum status status = training_create(&s->training->shape, s->pool, &reference, error);
    if (status == CHARNN_OK) {
        status =
            compare_training(s->training, reference, steps_to_check(&s->training->shape), error);
    }
    hooks_set_kernels(NULL);
    training_destroy(reference);
    return status;
}

static enum status train_run(void *state, struct error *error) {
    struct train_state *s = state;
    double loss = training_step(s->training);
    if (!(loss < 1e9)) {
        return error_set(error, CHARNN_ERROR_DATA, "training diverged: the loss is %g", loss);
    }
    return CHARNN_OK;
}

static const struct bench_kind train_kind = {
    .name = "train",
    .unit = "characters",
    .has_phases = true,
    .create = train_create,
    .check = train_check,
    .run = train_run,
    .destroy = train_destroy,
};

/* One thread and all threads. */
static enum status add_shape(struct bench_list *list, size_t threads, enum bench_level level,
                             struct bench_shape shape, struct error *error) {
    char what[CHARNN_BENCH_NAME];
    char text[CHARNN_BENCH_SHAPE];
    bench_shape_text(&shape, text, sizeof text);
    snprintf(what, sizeof what, "%s-b%zu-t%zu", text, shape.batch, shape.steps);
    struct bench_case bench_case = {
        .kind = &train_kind,
        .threads = 1,
        .level = level,
        .shape = shape,
    };
    if (bench_list_add(list, bench_case, what, error) != CHARNN_OK) {
        return error->status;
    }
    bench_case.threads = threads;
    return threads > 1 ? bench_list_add(list, bench_case, what, error) : CHARNN_OK;
}

enum status train_add_cases(struct bench_list *list, size_t threads, struct error *error) {
    enum { SIZES = 4, VOCABS = 3, WINDOWS = 4 };
    static const struct {
        size_t layers, hidden;
    } sizes[SIZES] = {{2, 128}, {2, 256}, {2, 512}, {3, 512}};
    static const size_t vocabs[VOCABS] = {65, 256, 5000};
    static const struct {
        size_t batch, steps;
    } windows[WINDOWS] = {{50, 50}, {50, 100}, {100, 50}, {100, 100}};
    for (size_t i = 0; i < cell_count * SIZES * VOCABS * WINDOWS; i++) {
        size_t w = i % WINDOWS;
        size_t v = i / WINDOWS % VOCABS;
        size_t s = i / (WINDOWS * VOCABS) % SIZES;
        size_t c = i / (WINDOWS * VOCABS * SIZES);
        struct bench_shape shape = {
            .cell = cell_at(c)->name,
            .layers = sizes[s].layers,
            .hidden = sizes[s].hidden,
            .vocab = vocabs[v],
            .batch = windows[w].batch,
            .steps = windows[w].steps,
        };
        /* By default all sizes, but only one other vocabulary or window at a time. */
        bool first = c == 0 && s == 0;
        enum bench_level level = CHARNN_BENCH_ALL;
        if (v == 0 && w == 0) {
            level = s == 0 ? CHARNN_BENCH_QUICK : CHARNN_BENCH_USUAL;
        } else if (first && (v == 0 || w == 0)) {
            level = CHARNN_BENCH_USUAL;
        }
        if (add_shape(list, threads, level, shape, error) != CHARNN_OK) {
            return error->status;
        }
        shape.weights = CHARNN_WEIGHTS_BF16; /* --precision bf16 */
        if (c == 0 && v == 0 && w == 0 &&
            add_shape(list, threads, CHARNN_BENCH_USUAL, shape, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
