#include "checkpoint/stored.h"

#include "base/json.h"
#include "checkpoint/names.h"

#include <float.h>
#include <string.h>

enum { LARGEST_INTEGER = 128 }; /* magnitude of a weight in units of its scale */

static enum status check_shape(const struct safetensors *file,
                               const struct safetensors_tensor *tensor, const size_t *shape,
                               size_t rank, const char *purpose, struct error *error) {
    if (tensor->rank == rank && memcmp(tensor->shape, shape, rank * sizeof *shape) == 0) {
        return CHARNN_OK;
    }
    return safetensors_refuse(file, error, "tensor \"%s\" has shape %s; expected %s for %s",
                              tensor->name, tensor_shape_text(tensor->shape, tensor->rank).text,
                              tensor_shape_text(shape, rank).text, purpose);
}

/* Finds a tensor of any dtype. */
static enum status find_tensor(const struct safetensors *file, const char *name,
                               const size_t *shape, size_t rank, const char *purpose,
                               const struct safetensors_tensor **tensor, struct error *error) {
    *tensor = safetensors_find(file, name);
    if (*tensor == NULL) {
        return safetensors_refuse(file, error, "tensor \"%s\" is missing; expected shape %s for %s",
                                  name, tensor_shape_text(shape, rank).text, purpose);
    }
    return check_shape(file, *tensor, shape, rank, purpose, error);
}

enum status stored_find_floats(const struct safetensors *file, const char *name,
                               const size_t *shape, size_t rank, const char *purpose,
                               const struct safetensors_tensor **tensor, struct error *error) {
    if (find_tensor(file, name, shape, rank, purpose, tensor, error) != CHARNN_OK) {
        return error->status;
    }
    return safetensors_check_floats(file, *tensor, error);
}

static float scale_at(const struct stored *stored, size_t row) {
    float scale;
    safetensors_read_floats(stored->scale, row, 1, &scale);
    return scale;
}

static enum status check_scales(const struct safetensors *file, const struct stored *stored,
                                struct error *error) {
    const struct safetensors_tensor *scale = stored->scale;
    if (scale->dtype != CHARNN_DTYPE_F32) {
        return safetensors_refuse(file, error, "tensor \"%s\" has dtype %s; expected F32",
                                  scale->name, safetensors_dtype_name(scale->dtype));
    }
    for (size_t row = 0; row < scale->elements; row++) {
        float value = scale_at(stored, row);
        if (!(value > 0 && value <= FLT_MAX / LARGEST_INTEGER)) {
            return safetensors_refuse(
                file, error,
                "tensor \"%s\": element %zu is %g; a scale is a positive number up to %g",
                scale->name, row, (double)value, (double)(FLT_MAX / LARGEST_INTEGER));
        }
    }
    return CHARNN_OK;
}

enum status stored_find(const struct safetensors *file, const struct parameter *parameter,
                        const char *purpose, struct stored *stored, struct error *error) {
    const size_t shape[] = {parameter_outputs(parameter), parameter->inputs};
    *stored = (struct stored){0};
    if (find_tensor(file, parameter->name, shape, parameter->rank, purpose, &stored->tensor,
                    error) != CHARNN_OK) {
        return error->status;
    }
    if (parameter->rank != 2 || stored->tensor->dtype != CHARNN_DTYPE_I8) {
        return safetensors_check_floats(file, stored->tensor, error);
    }
    if (find_tensor(file, scale_name(parameter->name).text, shape, 1, purpose, &stored->scale,
                    error) != CHARNN_OK) {
        return error->status;
    }
    return check_scales(file, stored, error);
}

bool stored_is_scale(const struct safetensors *file, const char *name) {
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const struct safetensors_tensor *tensor = safetensors_at(file, i);
        if (tensor->dtype == CHARNN_DTYPE_I8 && strlen(tensor->name) < CHARNN_PARAMETER_NAME &&
            strcmp(scale_name(tensor->name).text, name) == 0) {
            return true;
        }
    }
    return false;
}

enum weight_type stored_type(const struct safetensors *file, const struct parameters *parameters) {
    size_t counts[CHARNN_DTYPE_COUNT] = {0};
    size_t matrices = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct safetensors_tensor *tensor = safetensors_find(file, parameters->table[i].name);
        if (parameters->table[i].rank == 2) {
            matrices++;
            counts[tensor->dtype]++;
        }
    }
    if (counts[CHARNN_DTYPE_I8] == matrices) {
        return CHARNN_WEIGHTS_INT8;
    }
    return counts[CHARNN_DTYPE_BF16] == matrices ? CHARNN_WEIGHTS_BF16 : CHARNN_WEIGHTS_F32;
}

const float *stored_floats(const struct stored *stored, size_t row, size_t rows, size_t columns,
                           float *scratch) {
    const struct safetensors_tensor *tensor = stored->tensor;
    const float *floats = safetensors_floats(tensor);
    if (floats != NULL) {
        return floats + row * columns;
    }
    if (stored->scale == NULL) {
        safetensors_read_floats(tensor, row * columns, rows * columns, scratch);
        return scratch;
    }
    for (size_t i = 0; i < rows; i++) {
        const float scale = scale_at(stored, row + i);
        const signed char *from = (const signed char *)tensor->data + (row + i) * columns;
        for (size_t k = 0; k < columns; k++) {
            scratch[i * columns + k] = (float)from[k] * scale;
        }
    }
    return scratch;
}
