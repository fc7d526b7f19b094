#include "checkpoint/load.h"

#include "base/json.h"
#include "base/machine/memory_limit.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/stored.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a tensor is needed for, in messages: "2 lstm layers of 128 units over 65 symbols". */
struct purpose {
    char text[128];
};

static const char resuming[] = "resuming the run";

static struct purpose purpose_of(const struct model_shape *shape) {
    struct purpose purpose;
    (void)snprintf(purpose.text, sizeof purpose.text,
                   "%zu %s layer%s of %zu units%s over %zu symbols", shape->layers,
                   shape->cell->name, plural_ending(shape->layers), shape->hidden,
                   shape->peephole ? " with peepholes" : "", shape->vocab);
    return purpose;
}

/* The prefix "" names the weights; other flat arrays are always floats. */
static enum status find_parameter(const struct safetensors *file, const char *prefix,
                                  const struct parameter *parameter, const char *purpose,
                                  struct stored *stored, struct error *error) {
    if (prefix[0] == '\0') {
        return stored_find(file, parameter, purpose, stored, error);
    }
    const size_t shape[] = {parameter_outputs(parameter), parameter->inputs};
    stored->scale = NULL;
    return stored_find_floats(file, flat_name(prefix, parameter).text, shape, parameter->rank,
                              purpose, &stored->tensor, error);
}

static enum status check_parameters(const struct safetensors *file,
                                    const struct parameters *parameters, const char *purpose,
                                    struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        struct stored stored;
        if (find_parameter(file, "", &parameters->table[i], purpose, &stored, error) != CHARNN_OK) {
            return error->status;
        }
    }
    /* Ignoring such a tensor would change the model. An example is the second direction of a
     * bidirectional network. */
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const char *name = safetensors_at(file, i)->name;
        bool of_model = checkpoint_names_weights(name);
        if (of_model && parameters_find(parameters, name) == NULL && !stored_is_scale(file, name)) {
            return safetensors_refuse(file, error, "tensor \"%s\" does not belong to %s",
                                      json_label(name).text, purpose);
        }
    }
    return CHARNN_OK;
}

enum status checkpoint_check_tensors(const struct checkpoint *checkpoint, enum weight_type *weights,
                                     struct error *error) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const struct purpose purpose = purpose_of(shape);
    /* A lower bound of the weights, which take at least one byte each. For files that are only
     * slightly too small, the message about a tensor is more precise. */
    const uint64_t leeway = 1 << 20;
    uint64_t smallest = ((uint64_t)shape->layers * shape->hidden + shape->vocab) * shape->hidden;
    if (smallest > checkpoint_size(checkpoint) + leeway) {
        return safetensors_refuse(file, error, "the file is far too small for %s", purpose.text);
    }
    struct model *model;
    if (model_create_table(shape, &model, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = check_parameters(file, &model->parameters, purpose.text, error);
    if (status == CHARNN_OK) {
        *weights = stored_type(file, &model->parameters);
    }
    model_destroy(model);
    return status;
}

/* `values` are elements of a tensor, from `first` on. */
static enum status check_finite(const struct safetensors *file,
                                const struct safetensors_tensor *tensor, size_t first, size_t count,
                                const float *values, struct error *error) {
    if (kernels_all_finite(values, count)) {
        return CHARNN_OK;
    }
    size_t i = 0;
    while (i + 1 < count && isfinite(values[i])) {
        i++;
    }
    return safetensors_refuse(file, error, "tensor \"%s\": element %zu is not a finite float",
                              tensor->name, first + i);
}

/* A flat array that several threads read piece by piece. A piece is a range of rows of a tensor. */
struct loading {
    const struct checkpoint *checkpoint;
    const char *prefix, *purpose;
    const struct parameters *parameters;
    float *values;
    float *scratch; /* [threads][piece_floats] */
    size_t piece_floats;
    bool check_checksum; /* the first thread does it before it reads */
    atomic_size_t next;  /* the next piece that no thread has claimed */
    atomic_bool failed;
};

/* Few enough to stay in the cache between reading and importing; a multiple of the floats of a
 * cache line, so that threads rarely write to the same line. */
static size_t rows_per_piece(const struct parameter *parameter) {
    enum { FLOATS = 64 * 1024 };
    size_t rows = FLOATS / parameter->inputs / CHARNN_LANES * CHARNN_LANES;
    return rows > CHARNN_LANES ? rows : CHARNN_LANES;
}

/* The floats of the largest piece. */
static size_t piece_floats(const struct parameters *parameters) {
    size_t most = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *p = &parameters->table[i];
        size_t rows = rows_per_piece(p);
        size_t all = parameter_outputs(p);
        size_t floats = (rows < all ? rows : all) * p->inputs;
        most = floats > most ? floats : most;
    }
    return most;
}

/* Integers with their scales. */
static void read_int8(const struct loading *loading, const struct parameter *parameter,
                      const struct stored *stored, size_t row, size_t rows, float *scratch) {
    const int8_t *integers = (const int8_t *)stored->tensor->data + row * parameter->inputs;
    safetensors_read_floats(stored->scale, row, rows, scratch);
    parameter_import_int8(parameter, row, rows, integers, scratch, loading->values);
}

static enum status read_rows(const struct loading *loading, const struct parameter *parameter,
                             const struct stored *stored, size_t row, size_t rows, float *scratch,
                             struct error *error) {
    size_t first = row * parameter->inputs;
    if (parameter->type == CHARNN_WEIGHTS_INT8) {
        read_int8(loading, parameter, stored, row, rows, scratch);
        return CHARNN_OK;
    }
    const float *values = stored_floats(stored, row, rows, parameter->inputs, scratch);
    if (check_finite(checkpoint_file(loading->checkpoint), stored->tensor, first,
                     rows * parameter->inputs, values, error) != CHARNN_OK) {
        return error->status;
    }
    if (parameter->type == CHARNN_WEIGHTS_BF16) {
        parameter_import_bf16(parameter, row, rows, stored->tensor->data + first * 2,
                              loading->values);
    } else {
        parameter_import(parameter, row, rows, values, loading->values);
    }
    return CHARNN_OK;
}

/* Reads pieces that no other thread has claimed until none is left or one fails. */
static enum status read_pieces(struct loading *loading, size_t thread, struct error *error) {
    float *scratch = loading->scratch + thread * loading->piece_floats;
    if (thread == 0 && loading->check_checksum &&
        checkpoint_check_checksum(loading->checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    size_t claimed = atomic_fetch_add(&loading->next, 1);
    size_t piece = 0;
    for (size_t i = 0; i < loading->parameters->count && status == CHARNN_OK; i++) {
        const struct parameter *parameter = &loading->parameters->table[i];
        struct stored stored;
        size_t all = parameter_outputs(parameter);
        size_t rows = rows_per_piece(parameter);
        status = find_parameter(checkpoint_file(loading->checkpoint), loading->prefix, parameter,
                                loading->purpose, &stored, error);
        for (size_t row = 0; row < all && status == CHARNN_OK; row += rows, piece++) {
            if (piece == claimed) {
                size_t count = all - row < rows ? all - row : rows;
                status = read_rows(loading, parameter, &stored, row, count, scratch, error);
                claimed = atomic_fetch_add(&loading->next, 1);
            }
        }
    }
    return status;
}

static void read_task(void *context, size_t index, size_t threads) {
    (void)threads;
    struct loading *loading = context;
    struct error error = {0};
    if (read_pieces(loading, index, &error) != CHARNN_OK) {
        atomic_store(&loading->failed, true);
    }
}

static enum status read_flat(struct loading *loading, struct thread_pool *pool,
                             struct error *error) {
    loading->piece_floats = size_round_up(piece_floats(loading->parameters), CHARNN_LANES);
    enum status status =
        MEMORY_NEW(&loading->scratch, thread_pool_size(pool) * loading->piece_floats,
                   "copies of tensors", error);
    if (status == CHARNN_OK) {
        thread_pool_run(pool, read_task, loading);
    }
    if (status == CHARNN_OK && atomic_load(&loading->failed)) {
        /* One thread reads it again and reports the first error in order. */
        atomic_store(&loading->next, 0);
        status = read_pieces(loading, 0, error);
    }
    memory_free(loading->scratch);
    return status;
}

/* A pool of that many threads, or of the caller alone if no other can be started. */
static enum status create_pool(size_t threads, struct thread_pool **pool, struct error *error) {
    struct error ignored = {0};
    if (threads > 1 && thread_pool_create(threads, pool, &ignored) == CHARNN_OK) {
        return CHARNN_OK;
    }
    return thread_pool_create(1, pool, error);
}

/* The model without its weights, unless they take more memory than there is. */
static enum status create_model(const struct checkpoint *checkpoint, enum model_use use,
                                struct model **model, struct error *error) {
    char warning[CHARNN_MEMORY_WARNING]; /* the caller knows the whole need */
    struct model_shape shape = *checkpoint_shape(checkpoint);
    shape.weights = use == CHARNN_USE_RUN ? shape.weights : CHARNN_WEIGHTS_F32;
    if (model_create_table(&shape, model, error) != CHARNN_OK) {
        return error->status;
    }
    size_t bytes = (*model)->parameters.size * sizeof(float);
    return memory_check(bytes, checkpoint_path(checkpoint), "use a machine with more memory",
                        warning, error) == CHARNN_OK
               ? model_allocate(*model, use == CHARNN_USE_TRAIN, error)
               : error->status;
}

static enum status load_model(const struct checkpoint *checkpoint, enum model_use use,
                              bool check_checksum, size_t threads, struct model **model,
                              struct error *error) {
    const struct purpose purpose = purpose_of(checkpoint_shape(checkpoint));
    size_t useful = 1 + checkpoint_size(checkpoint) / CHARNN_BYTES_PER_THREAD;
    struct thread_pool *pool;
    *model = NULL;
    if (create_pool(threads < useful ? threads : useful, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = create_model(checkpoint, use, model, error);
    if (status == CHARNN_OK) {
        struct loading loading = {
            .checkpoint = checkpoint,
            .prefix = "",
            .purpose = purpose.text,
            .parameters = &(*model)->parameters,
            .values = (*model)->parameters.values,
            .check_checksum = check_checksum,
        };
        status = read_flat(&loading, pool, error);
    }
    if (status != CHARNN_OK) {
        model_destroy(*model);
        *model = NULL;
    }
    thread_pool_destroy(pool);
    return status;
}

enum status checkpoint_load_model(const struct checkpoint *checkpoint, enum model_use use,
                                  size_t threads, struct model **model, struct error *error) {
    return load_model(checkpoint, use, false, threads, model, error);
}

enum status checkpoint_load_checked(const struct checkpoint *checkpoint, size_t threads,
                                    struct model **model, struct error *error) {
    return load_model(checkpoint, CHARNN_USE_RUN, true, threads, model, error);
}

bool checkpoint_has_flat(const struct checkpoint *checkpoint, const char *prefix) {
    size_t length = strlen(prefix);
    for (size_t i = 0; i < safetensors_count(checkpoint_file(checkpoint)); i++) {
        const char *name = safetensors_at(checkpoint_file(checkpoint), i)->name;
        if (strncmp(name, prefix, length) == 0 && name[length] == '.') {
            return true;
        }
    }
    return false;
}

enum status checkpoint_load_flat(const struct checkpoint *checkpoint, const char *prefix,
                                 const struct parameters *parameters, struct thread_pool *pool,
                                 float *values, struct error *error) {
    struct loading loading = {
        .checkpoint = checkpoint,
        .prefix = prefix,
        .purpose = resuming,
        .parameters = parameters,
        .values = values,
    };
    memset(values, 0, parameters->size * sizeof *values);
    return read_flat(&loading, pool, error);
}

enum status checkpoint_load_tensor(const struct checkpoint *checkpoint, const char *name,
                                   size_t rows, size_t columns, float *values,
                                   struct error *error) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    const size_t shape[] = {rows, columns};
    const struct safetensors_tensor *tensor;
    if (stored_find_floats(file, name, shape, 2, resuming, &tensor, error) != CHARNN_OK) {
        return error->status;
    }
    safetensors_read_floats(tensor, 0, tensor->elements, values);
    return check_finite(file, tensor, 0, tensor->elements, values, error);
}
