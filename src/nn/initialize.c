#include "nn/initialize.h"

#include "base/memory.h"

#include <math.h>

/* Element [out][in] of gate `block`. */
static float *element(const struct model *model, const struct parameter *p, size_t block,
                      size_t out, size_t in) {
    return parameter_value(&model->parameters, p) + block * p->block_stride + out + in * p->stride;
}

static void scale_block(const struct model *model, const struct parameter *p, size_t block,
                        double factor) {
    for (size_t out = 0; out < p->block_size; out++) {
        for (size_t in = 0; in < p->inputs; in++) {
            float *value = element(model, p, block, out, in);
            *value = (float)((double)*value * factor);
        }
    }
}

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

/* Makes the rows[count][count] orthonormal. */
static void orthonormalize(double *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double *row = rows + i * count;
        double norm = sqrt(dot(row, row, count));
        for (size_t k = 0; k < count; k++) {
            row[k] /= norm;
        }
        for (size_t j = i + 1; j < count; j++) {
            double *other = rows + j * count;
            double projection = dot(row, other, count);
            for (size_t k = 0; k < count; k++) {
                other[k] -= projection * row[k];
            }
        }
    }
}

/* W_hh of one gate; `rows` has room for H * H, unless the kind is IDENTITY. */
static void set_recurrent(const struct model *model, const struct parameter *p, size_t block,
                          enum init_kind kind, double *rows) {
    size_t units = p->block_size;
    for (size_t i = 0; i < units * units && kind == CHARNN_INIT_ORTHOGONAL; i++) {
        rows[i] = (double)*element(model, p, block, i / units, i % units);
    }
    if (kind == CHARNN_INIT_ORTHOGONAL) {
        orthonormalize(rows, units);
    }
    for (size_t i = 0; i < units * units; i++) {
        double value = kind == CHARNN_INIT_ORTHOGONAL ? rows[i] : i % (units + 1) == 0;
        *element(model, p, block, i / units, i % units) = (float)value;
    }
}

enum status model_initialize_as(struct model *model, enum init_kind kind, double scale,
                                uint64_t seed, struct error *error) {
    const struct parameters *parameters = &model->parameters;
    size_t units = model->shape.hidden;
    double *rows = NULL;
    size_t room;
    if (kind == CHARNN_INIT_UNIFORM) {
        model_initialize(model, scale, seed);
        return CHARNN_OK;
    }
    if (kind == CHARNN_INIT_ORTHOGONAL &&
        (!size_multiply(units, units, &room) ||
         MEMORY_NEW(&rows, room, "an orthogonal matrix", error) != CHARNN_OK)) {
        return error->status;
    }
    model_initialize(model, 1, seed);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        double limit = p->rank == 2 ? sqrt(6.0 / (double)(p->inputs + p->block_size)) : 0;
        for (size_t block = 0; block < p->blocks; block++) {
            scale_block(model, p, block, limit);
        }
    }
    model_set_forget_biases(model);
    for (size_t l = 0; l < model->shape.layers && kind != CHARNN_INIT_XAVIER; l++) {
        const struct parameter *p = model_layer(model, l).weight_hh;
        for (size_t block = 0; block < p->blocks; block++) {
            set_recurrent(model, p, block, kind, rows);
        }
    }
    memory_free(rows);
    return CHARNN_OK;
}
