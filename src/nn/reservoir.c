#include "nn/reservoir.h"

#include "base/math.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

/* Multiplications of a vector: first until it lies in the space of the largest eigenvalues, then
 * those whose growth counts. The latter is a power of two, see geometric_mean(). */
enum { WARM_UP = 1024, COUNTED = 4096 };

/* W as the elements that are not zero: k in each row. */
struct sparse {
    size_t units, per_row;
    size_t *columns; /* [units][per_row] */
    double *values;  /* [units][per_row] */
    double *vectors; /* [2][units] */
    double *growths; /* [COUNTED] */
};

const char *reservoir_cell(const struct reservoir *reservoir) {
    return reservoir->leak < 1 ? "gru" : "rnn";
}

static enum status sparse_create(struct sparse *w, size_t units, double density,
                                 struct error *error) {
    size_t per_row = (size_t)round(density * (double)units);
    *w = (struct sparse){.units = units, .per_row = per_row > 0 ? per_row : 1};
    size_t count = w->units * w->per_row; /* at most the floats of W, which are counted */
    if (MEMORY_NEW(&w->columns, count, "the reservoir", error) != CHARNN_OK ||
        MEMORY_NEW(&w->values, count, "the reservoir", error) != CHARNN_OK ||
        MEMORY_NEW(&w->vectors, 2 * units, "the reservoir", error) != CHARNN_OK ||
        MEMORY_NEW(&w->growths, COUNTED, "the reservoir", error) != CHARNN_OK) {
        return error->status;
    }
    return CHARNN_OK;
}

static void sparse_destroy(struct sparse *w) {
    memory_free(w->growths);
    memory_free(w->vectors);
    memory_free(w->values);
    memory_free(w->columns);
}

/* Selection sampling (Knuth, vol. 2, Algorithm S): every set of k columns is as likely. Values are
 * uniform in +-1. */
static void draw(struct sparse *w, uint64_t seed) {
    for (size_t i = 0, n = 0; i < w->units; i++) {
        for (size_t j = 0; n < (i + 1) * w->per_row; j++) {
            uint32_t words[4];
            random_words(seed, CHARNN_RANDOM_RESERVOIR, (uint32_t)i, (uint32_t)j, 0, words);
            double needed = (double)((i + 1) * w->per_row - n);
            if (random_to_unit_double(words[0], words[1]) * (double)(w->units - j) < needed) {
                w->columns[n] = j;
                w->values[n++] = 2 * random_to_unit_double(words[2], words[3]) - 1;
            }
        }
    }
}

/* Multiplies the vector by W, makes it a unit vector, and returns its length before that. */
static double multiply(const struct sparse *w, double **vector, double **next) {
    double squares = 0;
    for (size_t i = 0; i < w->units; i++) {
        double sum = 0;
        for (size_t n = i * w->per_row; n < (i + 1) * w->per_row; n++) {
            sum += w->values[n] * (*vector)[w->columns[n]];
        }
        (*next)[i] = sum;
        squares += sum * sum;
    }
    double length = sqrt(squares);
    double *kept = *vector;
    for (size_t i = 0; i < w->units && length > 0; i++) {
        (*next)[i] /= length;
    }
    *vector = *next;
    *next = kept;
    return length;
}

/* By halves, so that nothing overflows; `values` is overwritten. */
static double geometric_mean(double *values, size_t count) {
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++) {
            values[i] = sqrt(values[2 * i]) * sqrt(values[2 * i + 1]);
        }
    }
    return values[0];
}

/* Above 0: with a weight in each row, some units lead back to themselves. */
static double spectral_radius(const struct sparse *w) {
    double *vector = w->vectors;
    double *next = w->vectors + w->units;
    for (size_t i = 0; i < w->units; i++) {
        vector[i] = 1; /* its length cancels */
    }
    for (size_t i = 0; i < WARM_UP; i++) {
        (void)multiply(w, &vector, &next);
    }
    for (size_t i = 0; i < COUNTED; i++) {
        w->growths[i] = multiply(w, &vector, &next);
    }
    return geometric_mean(w->growths, COUNTED);
}

/* The parts of a parameter for one gate; a row of the stored matrix is an input. */
static void scale_gate(const struct model *model, const struct parameter *p, size_t gate,
                       double factor, double add) {
    float *values = parameter_value(&model->parameters, p) + gate * p->block_stride;
    for (size_t in = 0; in < p->inputs; in++) {
        for (size_t out = 0; out < p->block_size; out++) {
            float *value = values + in * p->stride + out;
            *value = (float)((double)*value * factor + add);
        }
    }
}

/* Sets the constant gates r and z of a GRU; sigmoid(30) is 1 in float. */
static void set_gates(const struct model *model, const struct layer_parameters *layer,
                      double leak) {
    for (size_t gate = 0; gate + 1 < model->shape.cell->gates; gate++) {
        scale_gate(model, layer->weight_ih, gate, 0, 0);
        double bias = gate == 0 ? 30 : math_log((1 - leak) / leak);
        scale_gate(model, layer->bias_ih, gate, 0, bias);
    }
}

static void set_recurrent(const struct model *model, const struct parameter *p,
                          const struct sparse *w, double factor) {
    float *values = parameter_value(&model->parameters, p);
    memset(values, 0, p->inputs * p->stride * sizeof *values);
    for (size_t n = 0; n < w->units * w->per_row; n++) {
        size_t last = (p->blocks - 1) * p->block_stride + n / w->per_row;
        values[w->columns[n] * p->stride + last] = (float)(w->values[n] * factor);
    }
}

enum status reservoir_initialize(struct model *model, const struct reservoir *reservoir,
                                 uint64_t seed, struct error *error) {
    const struct layer_parameters layer = model_layer(model, 0);
    size_t gates = model->shape.cell->gates;
    struct sparse w;
    enum status status = sparse_create(&w, model->shape.hidden, reservoir->density, error);
    if (status == CHARNN_OK) {
        draw(&w, seed);
        model_initialize(model, 1, seed);
        for (size_t gate = 0; gate < gates; gate++) {
            scale_gate(model, layer.bias_hh, gate, 0, 0);
        }
        set_gates(model, &layer, reservoir->leak);
        scale_gate(model, layer.weight_ih, gates - 1, reservoir->input_scale, 0);
        scale_gate(model, layer.bias_ih, gates - 1, reservoir->input_scale, 0);
        set_recurrent(model, layer.weight_hh, &w, reservoir->spectral_radius / spectral_radius(&w));
        scale_gate(model, model_decoder_weight(model), 0, 0, 0);
        scale_gate(model, model_decoder_bias(model), 0, 0, 0);
    }
    sparse_destroy(&w);
    return status;
}
