#include "serve.h"

#include "base/clock.h"
#include "base/files/atomic_file.h"
#include "base/json.h"
#include "base/memory.h"
#include "checkpoint/checkpoint.h"
#include "text/vocab.h"
#include "training.h"

#include <stdio.h>
#include <stdlib.h>

static enum status write_model(const struct training *training, const char *path,
                               struct error *error) {
    struct vocab *vocab;
    if (bench_create_vocab(training->shape.vocab, &vocab, error) != CHARNN_OK) {
        return error->status;
    }
    struct checkpoint_contents contents = {.model = training->model, .vocab = vocab};
    enum status status = checkpoint_write(path, &contents, error);
    vocab_destroy(vocab);
    return status;
}

static enum status write_windows(const struct training *training, const char *path,
                                 struct error *error) {
    struct atomic_file *file;
    size_t bytes = 2 * CHARNN_TRAINING_WINDOWS * training->shape.steps * training->shape.batch *
                   sizeof *training->x;
    enum status status = atomic_file_create(path, &file, error);
    if (status == CHARNN_OK) {
        status = atomic_file_write(file, training->x, bytes, error); /* y follows x */
    }
    if (status == CHARNN_OK) {
        status = atomic_file_commit(file, error);
    }
    atomic_file_destroy(file);
    return status;
}

static enum status write_files(const struct training *training, const char *folder,
                               struct error *error) {
    char model[1024];
    char windows[1024];
    snprintf(model, sizeof model, "%s/model.safetensors", folder);
    snprintf(windows, sizeof windows, "%s/windows.i32", folder);
    if (write_model(training, model, error) != CHARNN_OK) {
        return error->status;
    }
    return write_windows(training, windows, error);
}

static void flush(void) {
    (void)fflush(stdout); /* if nobody reads, the next line of input will be the end */
}

static void print_description(const struct bench_case *c) {
    const struct bench_shape *s = &c->shape;
    const struct train_settings *t = &training_settings;
    printf("{\"name\": \"%s\", \"threads\": %zu, \"cell\": \"%s\", \"layers\": %zu, "
           "\"hidden\": %zu, \"vocab\": %zu, \"batch\": %zu, \"steps\": %zu, \"windows\": %d, "
           "\"rate\": %.17g, \"beta1\": %.17g, \"beta2\": %.17g, \"grad_norm\": %.17g, "
           "\"flops_per_character\": %.17g}\n",
           c->name, c->threads, s->cell, s->layers, s->hidden, s->vocab, s->batch, s->steps,
           CHARNN_TRAINING_WINDOWS, t->learning_rate, t->beta1, t->beta2, t->grad_norm,
           6 * bench_product_weights(s));
    flush();
}

/* Stores the losses, because the seconds are printed first. */
static void train(struct training *training, double *losses, size_t steps) {
    double begun = clock_seconds();
    for (size_t i = 0; i < steps; i++) {
        losses[i] = training_step(training);
    }
    printf("%.9f", clock_seconds() - begun);
    for (size_t i = 0; i < steps; i++) {
        printf(" %.9f", losses[i]);
    }
    printf("\n");
    flush();
}

static enum status answer_requests(struct training *training, struct error *error) {
    enum { STEPS_MOST = 1000000 };
    char line[64];
    double *losses = NULL;
    size_t capacity = 0;
    enum status status = CHARNN_OK;
    while (status == CHARNN_OK && fgets(line, sizeof line, stdin) != NULL) {
        long steps = strtol(line, NULL, 10);
        if (steps < 1 || steps > STEPS_MOST) {
            status = error_set(error, CHARNN_ERROR_USAGE, "cannot train %ld steps", steps);
            break;
        }
        status = MEMORY_GROW(&losses, &capacity, 0, (size_t)steps, "the losses", error);
        if (status == CHARNN_OK) {
            train(training, losses, (size_t)steps);
        }
    }
    memory_free(losses);
    return status;
}

enum status serve(const struct bench_case *bench_case, const char *folder, struct error *error) {
    struct thread_pool *pool;
    struct training *training = NULL;
    enum status status = thread_pool_create(bench_case->threads, &pool, error);
    if (status == CHARNN_OK) {
        status = training_create(&bench_case->shape, pool, &training, error);
    }
    if (status == CHARNN_OK) {
        status = write_files(training, folder, error);
    }
    if (status == CHARNN_OK) {
        print_description(bench_case);
        status = answer_requests(training, error);
    }
    training_destroy(training);
    thread_pool_destroy(pool);
    return status;
}
