/* Scoring a text as `charnn eval` does: reading the file, many streams, a loss for each character.
 */
#include "base/memory.h"
#include "bench.h"
#include "hooks.h"
#include "infer/evaluator.h"
#include "text/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct eval_state {
    struct bench_shape shape;
    struct thread_pool *pool;
    struct model *model;
    struct vocab *vocab;
    struct corpus *corpus;
    struct evaluator *evaluator;
};

static void eval_destroy(void *state) {
    struct eval_state *s = state;
    if (s != NULL) {
        evaluator_destroy(s->evaluator);
        corpus_close(s->corpus);
        vocab_destroy(s->vocab);
        model_destroy(s->model);
        memory_free(s);
    }
}

/* Writes a random text of one-byte symbols to an open file. */
static enum status write_text(FILE *file, size_t length, size_t vocab, struct error *error) {
    for (size_t i = 0; i < length; i++) {
        if (putc(' ' + bench_random_id(vocab, 0, i), file) == EOF) {
            break;
        }
    }
    if (fflush(file) != 0 || ferror(file)) {
        return error_set(error, CHARNN_ERROR_IO, "cannot write to the temporary folder");
    }
    return CHARNN_OK;
}

/* The file is unlinked as soon as it is mapped. */
static enum status create_corpus(size_t length, size_t vocab, struct corpus **corpus,
                                 struct error *error) {
    const char *folder = getenv("TMPDIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/charnn-bench-XXXXXX", folder != NULL ? folder : "/tmp");
    int descriptor = mkstemp(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL) {
        if (descriptor >= 0) {
            (void)close(descriptor);
            (void)unlink(path);
        }
        return error_set(error, CHARNN_ERROR_IO, "cannot create the file %s", path);
    }
    const char *const paths[] = {path};
    enum status status = write_text(file, length, vocab, error);
    if (status == CHARNN_OK) {
        status = corpus_open(paths, 1, &(struct corpus_format){.encoding = CHARNN_ENCODING_UTF8},
                             corpus, error);
    }
    (void)fclose(file); /* already flushed */
    (void)unlink(path);
    return status;
}

static enum status eval_init(struct eval_state *s, size_t symbols, struct error *error) {
    if (bench_create_model(&s->shape, false, &s->model, error) != CHARNN_OK ||
        bench_create_vocab(s->shape.vocab, &s->vocab, error) != CHARNN_OK ||
        create_corpus(symbols, s->shape.vocab, &s->corpus, error) != CHARNN_OK) {
        return error->status;
    }
    return evaluator_create(s->model, s->pool, symbols, false, &s->evaluator, error);
}

/* An evaluator of the first `symbols` symbols of the text. */
static enum status create(const struct bench_shape *shape, size_t symbols, struct thread_pool *pool,
                          struct eval_state **state, struct error *error) {
    void *memory;
    *state = NULL;
    if (memory_allocate(1, sizeof **state, "the case", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    struct eval_state *s = memory;
    s->shape = *shape;
    s->pool = pool;
    if (eval_init(s, symbols, error) != CHARNN_OK) {
        eval_destroy(s);
        return error->status;
    }
    *state = s;
    return CHARNN_OK;
}

static enum status eval_create(const struct bench_case *bench_case, struct thread_pool *pool,
                               void **state, struct bench_work *work, struct error *error) {
    const struct bench_shape *shape = &bench_case->shape;
    struct eval_state *s;
    if (create(shape, shape->steps, pool, &s, error) != CHARNN_OK) {
        return error->status;
    }
    double scored = (double)(shape->steps - 1);
    *work = (struct bench_work){
        .items = scored,
        .flops = 2 * bench_product_weights(shape) * scored,
    };
    *state = s;
    return CHARNN_OK;
}

static double score(struct eval_state *s, size_t symbols) {
    struct split part = {0, symbols};
    struct evaluation result = evaluator_run(s->evaluator, s->corpus, s->vocab, part, NULL);
    return evaluation_nats_per_symbol(&result);
}

/* Checks the beginning of the text: several streams, which take the reference about a second. */
static enum status eval_check(void *state, struct error *error) {
    enum { STREAMS_TEXT = 2000, SHORT_TEXT = 65 };
    struct eval_state *s = state;
    struct eval_state *reference;
    bool small = bench_product_weights(&s->shape) * STREAMS_TEXT <= 6e8;
    size_t symbols = small ? STREAMS_TEXT : SHORT_TEXT;
    hooks_set_kernels(hooks_reference_kernels());
    enum status status = create(&s->shape, symbols, s->pool, &reference, error);
    if (status == CHARNN_OK) {
        double expected = score(reference, symbols);
        double got = score(s, symbols);
        status = bench_compare_losses(got, expected, "the loss", error);
    }
    hooks_set_kernels(NULL);
    eval_destroy(reference);
    return status;
}

static enum status eval_run(void *state, struct error *error) {
    struct eval_state *s = state;
    double loss = score(s, s->shape.steps);
    if (!(loss > 0)) {
        return error_set(error, CHARNN_ERROR_DATA, "the loss is %g", loss);
    }
    return CHARNN_OK;
}

static const struct bench_kind eval_kind = {
    .name = "eval",
    .unit = "characters",
    .has_phases = true,
    .create = eval_create,
    .check = eval_check,
    .run = eval_run,
    .destroy = eval_destroy,
};

enum status eval_add_cases(struct bench_list *list, size_t threads, struct error *error) {
    static const struct { size_t hidden, symbols; } sizes[] = {{128, 128000}, {512, 64000}};
    /* Each cell with floats; then the LSTM with integers. */
    for (size_t i = 0; i < cell_count * 4 + 4; i++) {
        bool integers = i >= cell_count * 4;
        struct bench_case bench_case = {
            .kind = &eval_kind,
            .threads = i % 2 == 0 ? 1 : threads,
            .level = CHARNN_BENCH_ALL,
            .shape =
                {
                    .cell = integers ? "lstm" : cell_at(i / 4)->name,
                    .layers = 2,
                    .hidden = sizes[i / 2 % 2].hidden,
                    .vocab = 65,
                    .steps = sizes[i / 2 % 2].symbols,
                    .weights = integers ? CHARNN_WEIGHTS_INT8 : CHARNN_WEIGHTS_F32,
                },
        };
        if (i < 4) {
            bench_case.level = i < 2 ? CHARNN_BENCH_QUICK : CHARNN_BENCH_USUAL;
        }
        char what[CHARNN_BENCH_NAME];
        char text[CHARNN_BENCH_SHAPE];
        bench_shape_text(&bench_case.shape, text, sizeof text);
        snprintf(what, sizeof what, "%s-%zu", text, bench_case.shape.steps);
        bool repeated = i % 2 == 1 && threads == 1;
        if (!repeated && bench_list_add(list, bench_case, what, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
