#include "training.h"

#include "base/memory.h"

const struct train_settings training_settings = {
    .optimizer = CHARNN_OPTIMIZER_ADAM,
    .learning_rate = 0.002,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .grad_norm = 5,
};

static size_t window_size(const struct training *t) {
    return t->shape.steps * t->shape.batch;
}

static enum status create_windows(struct training *t, struct error *error) {
    void *memory;
    size_t size = CHARNN_TRAINING_WINDOWS * window_size(t);
    if (memory_allocate(2 * size, sizeof *t->x, "the windows", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    t->x = memory;
    t->y = t->x + size;
    for (size_t i = 0; i < size; i++) {
        size_t position = i / t->shape.batch; /* the windows are consecutive */
        size_t stream = i % t->shape.batch;
        t->x[i] = bench_random_id(t->shape.vocab, stream, position);
        t->y[i] = bench_random_id(t->shape.vocab, stream, position + 1);
    }
    return CHARNN_OK;
}

static enum status training_init(struct training *t, struct thread_pool *pool,
                                 struct error *error) {
    struct network_plan plan = {
        .batch = t->shape.batch,
        .steps = t->shape.steps,
        .trainable = true,
        .rounded = t->shape.weights == CHARNN_WEIGHTS_BF16,
    };
    struct bench_shape floats = t->shape; /* weights are rounded for products only */
    floats.weights = CHARNN_WEIGHTS_F32;
    if (create_windows(t, error) != CHARNN_OK ||
        bench_create_model(&floats, true, &t->model, error) != CHARNN_OK ||
        network_create(t->model, pool, &plan, &t->network, error) != CHARNN_OK) {
        return error->status;
    }
    return optimizer_create(&training_settings, &t->model->parameters, NULL, pool, &t->optimizer,
                            error);
}

enum status training_create(const struct bench_shape *shape, struct thread_pool *pool,
                            struct training **training, struct error *error) {
    void *memory;
    *training = NULL;
    if (memory_allocate(1, sizeof **training, "the training", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct training *t = memory;
    t->shape = *shape;
    if (training_init(t, pool, error) != CHARNN_OK) {
        training_destroy(t);
        return error->status;
    }
    *training = t;
    return CHARNN_OK;
}

void training_destroy(struct training *training) {
    if (training != NULL) {
        optimizer_destroy(training->optimizer);
        network_destroy(training->network);
        model_destroy(training->model);
        memory_free(training->x);
        memory_free(training);
    }
}

double training_add_gradients(struct training *t, size_t steps) {
    size_t at = t->window * window_size(t);
    t->window = (t->window + 1) % CHARNN_TRAINING_WINDOWS;
    return network_train(t->network, t->x + at, t->y + at, steps, NULL, 1.0F);
}

void training_update(struct training *t) {
    (void)optimizer_measure(t->optimizer);
    optimizer_step(t->optimizer, training_settings.learning_rate);
    network_update_weights(t->network);
}

double training_step(struct training *training) {
    double loss = training_add_gradients(training, training->shape.steps);
    training_update(training);
    return loss;
}
