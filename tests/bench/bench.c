#include "bench.h"

#include "base/memory.h"
#include "base/random.h"
#include "checkpoint/quantize.h"
#include "hooks.h"
#include "phases.h"
#include "text/vocab.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 123 };

enum status bench_list_add(struct bench_list *list, struct bench_case bench_case, const char *what,
                           struct error *error) {
    enum status status = MEMORY_GROW(&list->cases, &list->capacity, list->count, list->count + 1,
                                     "the list of cases", error);
    if (status != CHARNN_OK) {
        return status;
    }
    snprintf(bench_case.name, sizeof bench_case.name, "%s/%s/j%zu", bench_case.kind->name, what,
             bench_case.threads);
    list->cases[list->count++] = bench_case;
    return CHARNN_OK;
}

void bench_list_deinit(struct bench_list *list) {
    memory_free(list->cases);
    *list = (struct bench_list){0};
}

void bench_shape_text(const struct bench_shape *shape, char *text, size_t size) {
    bool floats = shape->weights == CHARNN_WEIGHTS_F32;
    snprintf(text, size, "%s-%zux%zu-v%zu%s%s", shape->cell, shape->layers, shape->hidden,
             shape->vocab, floats ? "" : "-", floats ? "" : weight_type_name(shape->weights));
}

double bench_weight_bytes(enum weight_type type) {
    static const double bytes[] = {
        [CHARNN_WEIGHTS_F32] = 4, [CHARNN_WEIGHTS_BF16] = 2, [CHARNN_WEIGHTS_INT8] = 1};
    return bytes[type];
}

double bench_product_weights(const struct bench_shape *s) {
    double gates = (double)cell_find(s->cell)->gates;
    double hidden = (double)s->hidden;
    return gates * hidden * hidden * (2 * (double)s->layers - 1) + (double)s->vocab * hidden;
}

/* Copies a matrix of floats, in PyTorch's order, to a parameter of another type. `rounded` has room
 * for it, `scales` for its rows. */
static void import_rounded(const struct parameter *to, const float *matrix, void *rounded,
                           float *scales, float *flat) {
    size_t rows = parameter_outputs(to);
    if (to->type == CHARNN_WEIGHTS_BF16) {
        quantize_bf16(matrix, parameter_elements(to), rounded);
        parameter_import_bf16(to, 0, rows, rounded, flat);
        return;
    }
    int8_t *integers = rounded;
    for (size_t row = 0; row < rows; row++) {
        const float *from = matrix + row * to->inputs;
        scales[row] = quantize_scale(from, to->inputs);
        quantize_int8(from, to->inputs, scales[row], integers + row * to->inputs);
    }
    parameter_import_int8(to, 0, rows, integers, scales, flat);
}

/* A model of the values of another, with the weights of its shape. */
static enum status copy_rounded(const struct model *from, const struct model_shape *shape,
                                struct model **model, struct error *error) {
    float *matrix = NULL;
    enum status status = model_create(shape, false, model, error);
    size_t count = from->parameters.elements;
    if (status == CHARNN_OK) {
        status = MEMORY_NEW(&matrix, 3 * count, "copies of weights", error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < from->parameters.count; i++) {
        const struct parameter *to = &(*model)->parameters.table[i];
        parameter_export(&from->parameters.table[i], from->parameters.values, matrix);
        if (to->type == CHARNN_WEIGHTS_F32) {
            parameter_import(to, 0, parameter_outputs(to), matrix, (*model)->parameters.values);
        } else {
            import_rounded(to, matrix, matrix + count, matrix + 2 * count,
                           (*model)->parameters.values);
        }
    }
    memory_free(matrix);
    return status;
}

enum status bench_create_model(const struct bench_shape *shape, bool trainable,
                               struct model **model, struct error *error) {
    struct model_shape model_shape = {
        .cell = phases_cell(cell_find(shape->cell)),
        .vocab = shape->vocab,
        .hidden = shape->hidden,
        .layers = shape->layers,
    };
    if (model_create(&model_shape, trainable, model, error) != CHARNN_OK) {
        return error->status;
    }
    model_initialize(*model, 0.08, SEED);
    if (shape->weights == CHARNN_WEIGHTS_F32) {
        return CHARNN_OK;
    }
    struct model *floats = *model;
    model_shape.weights = shape->weights;
    enum status status = copy_rounded(floats, &model_shape, model, error);
    model_destroy(floats);
    return status;
}

enum status bench_create_vocab(size_t size, struct vocab **vocab, struct error *error) {
    enum { PRINTABLE = 95, FIRST_OTHER = 0x100 };
    void *memory;
    *vocab = NULL;
    if (memory_allocate(size, sizeof(uint32_t), "the codes", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    uint32_t *codes = memory;
    for (size_t i = 0; i < size; i++) {
        codes[i] = (uint32_t)(i < PRINTABLE ? ' ' + i : FIRST_OTHER + i - PRINTABLE);
    }
    enum status status = vocab_create(CHARNN_ENCODING_UTF8, codes, size, vocab, error);
    memory_free(codes);
    return status;
}

int32_t bench_random_id(size_t vocab, size_t stream, size_t position) {
    uint32_t words[4];
    random_words(SEED, CHARNN_RANDOM_SAMPLE, (uint32_t)position, (uint32_t)stream, 0, words);
    return (int32_t)(words[0] % vocab);
}

void bench_fill(float *values, size_t count, uint64_t seed) {
    uint32_t words[4];
    for (size_t i = 0; i < count; i++) {
        if (i % 4 == 0) {
            random_words(seed, CHARNN_RANDOM_WEIGHTS, (uint32_t)(i / 4), 0, 0, words);
        }
        values[i] = 2 * random_to_unit_float(words[i % 4]) - 1;
    }
}

enum status bench_compare(const float *got, const float *expected, size_t count, const char *what,
                          struct error *error) {
    if (hooks_same_bits() && memcmp(got, expected, count * sizeof *got) == 0) {
        return CHARNN_OK;
    }
    double largest = 0;
    double worst = -1;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        double magnitude = fabs((double)expected[i]);
        double difference = fabs((double)got[i] - (double)expected[i]);
        largest = magnitude > largest ? magnitude : largest;
        if (difference > worst || isnan(difference)) {
            worst = isnan(difference) ? (double)INFINITY : difference;
            at = i;
        }
    }
    if (hooks_same_bits() || worst > 1e-4 * largest) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s: element %zu is %.9g, but the reference kernels give %.9g", what, at,
                         (double)got[at], (double)expected[at]);
    }
    return CHARNN_OK;
}

enum status bench_compare_losses(double got, double expected, const char *what,
                                 struct error *error) {
    bool equal = hooks_same_bits() ? got == expected : fabs(got - expected) <= 1e-4 * expected;
    if (!equal) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s is %.17g, but the reference kernels give %.17g", what, got, expected);
    }
    return CHARNN_OK;
}
