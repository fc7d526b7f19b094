#include "checkpoint/load.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/names.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- finding tensors --------------------------------------------------------------------------
 */

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

/* A required tensor. */
struct request {
    const char *name;
    size_t rank;
    size_t shape[2];
    const char *purpose;
};

static enum status find_tensor(const struct safetensors *file, const struct request *request,
                               const struct safetensors_tensor **tensor, struct error *error) {
    const struct tensor_shape_text expected = tensor_shape_text(request->shape, request->rank);
    const struct safetensors_tensor *found = safetensors_find(file, request->name);
    *tensor = found;
    if (found == NULL) {
        return safetensors_refuse(file, error, "tensor \"%s\" is missing; expected shape %s for %s",
                                  request->name, expected.text, request->purpose);
    }
    if (found->rank != request->rank ||
        memcmp(found->shape, request->shape, request->rank * sizeof request->shape[0]) != 0) {
        return safetensors_refuse(file, error, "tensor \"%s\" has shape %s; expected %s for %s",
                                  request->name, tensor_shape_text(found->shape, found->rank).text,
                                  expected.text, request->purpose);
    }
    return safetensors_check_floats(file, found, error);
}

static enum status find_parameter(const struct safetensors *file, const char *prefix,
                                  const struct parameter *parameter, const char *purpose,
                                  const struct safetensors_tensor **tensor, struct error *error) {
    const struct flat_name name = flat_name(prefix, parameter);
    const struct request request = {
        .name = name.text,
        .rank = parameter->rank,
        .shape = {parameter_outputs(parameter), parameter->inputs},
        .purpose = purpose,
    };
    return find_tensor(file, &request, tensor, error);
}

static enum status check_parameters(const struct safetensors *file,
                                    const struct parameters *parameters, const char *purpose,
                                    struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        const struct safetensors_tensor *tensor;
        if (find_parameter(file, "", &parameters->table[i], purpose, &tensor, error) != CHARNN_OK) {
            return error->status;
        }
    }
    /* A tensor that would be ignored changes the model: the other direction of a bidirectional
     * network, for example. */
    for (size_t i = 0; i < safetensors_count(file); i++) {
        const char *name = safetensors_at(file, i)->name;
        bool of_model = strncmp(name, "rnn.", 4) == 0 || strncmp(name, "decoder.", 8) == 0;
        if (of_model && parameters_find(parameters, name) == NULL) {
            return safetensors_refuse(file, error, "tensor \"%s\" does not belong to %s",
                                      json_label(name).text, purpose);
        }
    }
    return CHARNN_OK;
}

enum status checkpoint_check_tensors(const struct checkpoint *checkpoint, struct error *error) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const struct purpose purpose = purpose_of(shape);
    /* A lower bound of the weights, each of which takes two bytes or more. Files that are slightly
     * too small get the more precise message about a tensor. */
    const uint64_t leeway = 1 << 20;
    uint64_t weights = ((uint64_t)shape->layers * shape->hidden + shape->vocab) * shape->hidden;
    if (weights > checkpoint_size(checkpoint) + leeway) {
        return safetensors_refuse(file, error, "the file is far too small for %s", purpose.text);
    }
    struct model *model;
    if (model_create_table(shape, &model, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = check_parameters(file, &model->parameters, purpose.text, error);
    model_destroy(model);
    return status;
}

/* ---- reading values ---------------------------------------------------------------------------
 */

/* `values` are the elements of a tensor from `first` on. */
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

/* Rows of a parameter that one thread reads at a time. */
struct piece {
    const struct parameter *parameter;
    const struct safetensors_tensor *tensor;
    size_t first, count;
};

/* A flat array that several threads read. */
struct loading {
    const struct checkpoint *checkpoint;
    float *values;
    bool check_checksum; /* the first thread does so before it reads */
    struct piece *pieces;
    size_t count;
    atomic_size_t next; /* piece to read, for whichever thread is free */
    atomic_bool failed;
};

/* So few rows that they stay in the cache from reading to importing, and a multiple of a cache
 * line's floats so that threads seldom write the same line. */
static size_t rows_per_piece(const struct parameter *parameter) {
    enum { FLOATS = 64 * 1024 };
    size_t rows = FLOATS / parameter->inputs / CHARNN_LANES * CHARNN_LANES;
    return rows > CHARNN_LANES ? rows : CHARNN_LANES;
}

static enum status list_pieces(struct loading *loading, const char *prefix, const char *purpose,
                               const struct parameters *parameters, struct error *error) {
    size_t most = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        most += parameter_outputs(parameter) / rows_per_piece(parameter) + 1;
    }
    if (MEMORY_NEW(&loading->pieces, most, "the pieces of the weights", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        const struct safetensors_tensor *tensor;
        if (find_parameter(checkpoint_file(loading->checkpoint), prefix, parameter, purpose,
                           &tensor, error) != CHARNN_OK) {
            return error->status;
        }
        size_t rows = rows_per_piece(parameter);
        size_t all = parameter_outputs(parameter);
        for (size_t first = 0; first < all; first += rows) {
            size_t count = all - first < rows ? all - first : rows;
            loading->pieces[loading->count++] = (struct piece){parameter, tensor, first, count};
        }
    }
    return CHARNN_OK;
}

/* Converted rows, for pieces that cannot be used in place. */
struct scratch {
    float *floats;
    size_t capacity;
};

static enum status read_piece(const struct loading *loading, const struct piece *piece,
                              struct scratch *scratch, struct error *error) {
    size_t first = piece->first * piece->parameter->inputs;
    size_t count = piece->count * piece->parameter->inputs;
    const float *rows = safetensors_floats(piece->tensor);
    if (rows != NULL) {
        rows += first;
    } else {
        if (MEMORY_GROW(&scratch->floats, &scratch->capacity, 0, count, "a copy of a tensor",
                        error) != CHARNN_OK) {
            return error->status;
        }
        safetensors_read_floats(piece->tensor, first, count, scratch->floats);
        rows = scratch->floats;
    }
    if (check_finite(checkpoint_file(loading->checkpoint), piece->tensor, first, count, rows,
                     error) != CHARNN_OK) {
        return error->status;
    }
    parameter_import(piece->parameter, piece->first, piece->count, rows, loading->values);
    return CHARNN_OK;
}

/* One thread's share: pieces until none is left or one fails. */
static enum status read_pieces(struct loading *loading, bool first, struct error *error) {
    if (first && loading->check_checksum &&
        checkpoint_check_checksum(loading->checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    struct scratch scratch = {0};
    enum status status = CHARNN_OK;
    while (status == CHARNN_OK) {
        size_t next = atomic_fetch_add_explicit(&loading->next, 1, memory_order_relaxed);
        if (next >= loading->count) {
            break;
        }
        status = read_piece(loading, &loading->pieces[next], &scratch, error);
    }
    memory_free(scratch.floats);
    return status;
}

static void read_task(void *context, size_t index, size_t threads) {
    (void)threads;
    struct loading *loading = context;
    struct error error = {0};
    if (read_pieces(loading, index == 0, &error) != CHARNN_OK) {
        atomic_store(&loading->failed, true);
    }
}

/* Reads the tensors with that prefix, one per parameter, into loading->values. */
static enum status read_flat(struct loading *loading, const char *prefix, const char *purpose,
                             const struct parameters *parameters, struct thread_pool *pool,
                             struct error *error) {
    enum status status = list_pieces(loading, prefix, purpose, parameters, error);
    if (status == CHARNN_OK) {
        thread_pool_run(pool, read_task, loading);
        if (atomic_load(&loading->failed)) {
            /* Read again by one thread, which reports the first error in order. */
            atomic_store(&loading->next, 0);
            status = read_pieces(loading, true, error);
        }
    }
    memory_free(loading->pieces);
    return status;
}

/* ---- the model --------------------------------------------------------------------------------
 */

/* A pool of that many threads, or of the caller alone if no other can be started. */
static enum status create_pool(size_t threads, struct thread_pool **pool, struct error *error) {
    struct error ignored = {0};
    if (threads > 1 && thread_pool_create(threads, pool, &ignored) == CHARNN_OK) {
        return CHARNN_OK;
    }
    return thread_pool_create(1, pool, error);
}

static enum status load_model(const struct checkpoint *checkpoint, bool trainable,
                              bool check_checksum, size_t threads, struct model **model,
                              struct error *error) {
    const struct purpose purpose = purpose_of(checkpoint_shape(checkpoint));
    size_t useful = 1 + checkpoint_size(checkpoint) / CHARNN_BYTES_PER_THREAD;
    struct thread_pool *pool;
    *model = NULL;
    if (create_pool(threads < useful ? threads : useful, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = model_create(checkpoint_shape(checkpoint), trainable, model, error);
    if (status == CHARNN_OK) {
        const struct parameters *parameters = &(*model)->parameters;
        struct loading loading = {.checkpoint = checkpoint,
                                  .values = parameters->values,
                                  .check_checksum = check_checksum};
        status = read_flat(&loading, "", purpose.text, parameters, pool, error);
    }
    if (status != CHARNN_OK) {
        model_destroy(*model);
        *model = NULL;
    }
    thread_pool_destroy(pool);
    return status;
}

enum status checkpoint_load_model(const struct checkpoint *checkpoint, bool trainable,
                                  size_t threads, struct model **model, struct error *error) {
    return load_model(checkpoint, trainable, false, threads, model, error);
}

enum status checkpoint_load_checked(const struct checkpoint *checkpoint, size_t threads,
                                    struct model **model, struct error *error) {
    return load_model(checkpoint, false, true, threads, model, error);
}

/* ---- training state ---------------------------------------------------------------------------
 */

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
    struct loading loading = {.checkpoint = checkpoint, .values = values};
    memset(values, 0, parameters->size * sizeof *values);
    return read_flat(&loading, prefix, resuming, parameters, pool, error);
}

enum status checkpoint_load_tensor(const struct checkpoint *checkpoint, const char *name,
                                   size_t rows, size_t columns, float *values,
                                   struct error *error) {
    const struct safetensors *file = checkpoint_file(checkpoint);
    const struct request request = {
        .name = name, .rank = 2, .shape = {rows, columns}, .purpose = resuming};
    const struct safetensors_tensor *tensor;
    if (find_tensor(file, &request, &tensor, error) != CHARNN_OK) {
        return error->status;
    }
    safetensors_read_floats(tensor, 0, tensor->elements, values);
    return check_finite(file, tensor, 0, tensor->elements, values, error);
}
