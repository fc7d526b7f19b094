/* Checkpoints: the tensors of an open one, none of which is trusted, as weights and states. */
#include "checkpoint/checkpoint_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "checkpoint/names.h"
#include "checkpoint/safetensors.h"
#include "kernels/dispatch.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An error about the content of the file: its path, ": ", and the formatted sentence. */
static enum status refuse(const struct checkpoint *checkpoint, struct error *error,
                          const char *format, ...) CHARNN_PRINTF(3, 4);

static enum status refuse(const struct checkpoint *checkpoint, struct error *error,
                          const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)error_vset_about(error, CHARNN_ERROR_FORMAT, checkpoint_path(checkpoint), format,
                           arguments);
    va_end(arguments);
    return CHARNN_ERROR_FORMAT;
}

/* ---- tensors ----------------------------------------------------------------------------------
 */

/* What a tensor is needed for: "2 lstm layers of 128 units over 65 symbols". */
struct purpose {
    char text[128];
};

static struct purpose purpose_of(const struct model_shape *shape) {
    struct purpose purpose;
    (void)snprintf(purpose.text, sizeof purpose.text,
                   "%zu %s layer%s of %zu units%s over %zu symbols", shape->layers,
                   shape->cell->name, plural_ending(shape->layers), shape->hidden,
                   shape->peephole ? " with peepholes" : "", shape->vocab);
    return purpose;
}

/* A tensor that must be there. */
struct request {
    const char *name;
    size_t rank;
    size_t shape[2];
    const char *purpose;
};

static enum status find_tensor(const struct checkpoint *checkpoint, const struct request *request,
                               const struct safetensors_tensor **tensor, struct error *error) {
    *tensor = safetensors_find(checkpoint_file(checkpoint), request->name);
    const struct tensor_shape_text wanted = tensor_shape_text(request->shape, request->rank);
    if (*tensor == NULL) {
        return refuse(checkpoint, error,
                      "tensor \"%s\" is missing; one of shape %s is needed for %s", request->name,
                      wanted.text, request->purpose);
    }
    if ((*tensor)->rank != request->rank ||
        memcmp((*tensor)->shape, request->shape, request->rank * sizeof request->shape[0]) != 0) {
        return refuse(checkpoint, error,
                      "tensor \"%s\" has shape %s; one of shape %s is needed for %s", request->name,
                      tensor_shape_text((*tensor)->shape, (*tensor)->rank).text, wanted.text,
                      request->purpose);
    }
    return safetensors_check_floats(checkpoint_file(checkpoint), *tensor, error);
}

static enum status find_parameter(const struct checkpoint *checkpoint,
                                  const struct parameter *parameter, const char *name,
                                  const char *purpose, const struct safetensors_tensor **tensor,
                                  struct error *error) {
    const struct request request = {
        .name = name,
        .rank = parameter->rank,
        .shape = {parameter_outputs(parameter), parameter->inputs},
        .purpose = purpose,
    };
    return find_tensor(checkpoint, &request, tensor, error);
}

/* Refuses what would be left out silently, like the other direction of a bidirectional network. */
static enum status check_no_other(const struct checkpoint *checkpoint,
                                  const struct parameters *parameters, const char *purpose,
                                  struct error *error) {
    for (size_t i = 0; i < safetensors_count(checkpoint_file(checkpoint)); i++) {
        const char *name = safetensors_at(checkpoint_file(checkpoint), i)->name;
        bool of_model = strncmp(name, "rnn.", 4) == 0 || strncmp(name, "decoder.", 8) == 0;
        if (of_model && parameters_find(parameters, name) == NULL) {
            return refuse(checkpoint, error, "tensor \"%s\" has no place; it does not belong to %s",
                          json_label(name).text, purpose);
        }
    }
    return CHARNN_OK;
}

static enum status check_parameters(const struct checkpoint *checkpoint,
                                    const struct parameters *parameters, const char *purpose,
                                    struct error *error) {
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        const struct safetensors_tensor *tensor;
        if (find_parameter(checkpoint, parameter, parameter->name, purpose, &tensor, error) !=
            CHARNN_OK) {
            return error->status;
        }
    }
    return check_no_other(checkpoint, parameters, purpose, error);
}

enum status checkpoint_check_tensors(const struct checkpoint *checkpoint, struct error *error) {
    const struct model_shape *shape = checkpoint_shape(checkpoint);
    const struct purpose purpose = purpose_of(shape);
    const uint64_t leeway = 1 << 20;
    uint64_t weights = ((uint64_t)shape->layers * shape->hidden + shape->vocab) * shape->hidden;
    if (weights > checkpoint_size(checkpoint) + leeway) {
        return refuse(checkpoint, error, "the file is far too small for %s", purpose.text);
    }
    struct model *model;
    if (model_create_table(shape, &model, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = check_parameters(checkpoint, &model->parameters, purpose.text, error);
    model_destroy(model);
    return status;
}

/* ---- values -----------------------------------------------------------------------------------
 */

/* `values` are the elements of a tensor from `first` on. */
static enum status check_finite(const struct checkpoint *checkpoint,
                                const struct safetensors_tensor *tensor, size_t first, size_t count,
                                const float *values, struct error *error) {
    if (kernels_all_finite(values, count)) {
        return CHARNN_OK;
    }
    size_t i = 0;
    while (i + 1 < count && isfinite(values[i])) {
        i++;
    }
    return refuse(checkpoint, error,
                  "tensor \"%s\" holds a value that is not a finite float, at element %zu",
                  tensor->name, first + i);
}

/* Rows of a parameter, which are read at a time. */
struct piece {
    const struct parameter *parameter;
    const struct safetensors_tensor *tensor;
    size_t first, count;
};

/* A thread that reads pieces until one fails. */
struct loader {
    size_t failed; /* the piece, or the number of all of them */
    struct error error;
    float *scratch; /* for a piece whose floats cannot be used as they lie in the file */
    size_t scratch_capacity;
};

/* Parameters on their way into a flat array. */
struct loading {
    const struct checkpoint *checkpoint;
    float *values;
    bool check_checksum; /* meanwhile */
    struct piece *pieces;
    size_t count;
    atomic_size_t next;     /* piece, for whoever is free: a thread may begin late */
    struct loader *loaders; /* one for each thread */
};

/* So few that they are still in the cache when they are imported; whole lines of the cache, so that
 * threads seldom write the same one. */
static size_t rows_at_a_time(const struct parameter *parameter) {
    enum { FLOATS = 64 * 1024 };
    size_t rows = FLOATS / parameter->inputs / CHARNN_LANES * CHARNN_LANES;
    return rows > CHARNN_LANES ? rows : CHARNN_LANES;
}

static void list_pieces(const struct parameter *parameter, const struct safetensors_tensor *tensor,
                        struct loading *loading) {
    size_t rows = rows_at_a_time(parameter);
    size_t all = parameter_outputs(parameter);
    for (size_t first = 0; first < all; first += rows) {
        loading->pieces[loading->count++] = (struct piece){
            .parameter = parameter,
            .tensor = tensor,
            .first = first,
            .count = all - first < rows ? all - first : rows,
        };
    }
}

static enum status find_pieces(const char *prefix, const char *purpose,
                               const struct parameters *parameters, struct loading *loading,
                               struct error *error) {
    size_t count = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        count += parameter_outputs(parameter) / rows_at_a_time(parameter) + 1;
    }
    void *memory;
    if (memory_allocate(count, sizeof *loading->pieces, "the pieces of the weights", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    loading->pieces = memory;
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->table[i];
        const struct safetensors_tensor *tensor;
        if (find_parameter(loading->checkpoint, parameter, flat_name(prefix, parameter).text,
                           purpose, &tensor, error) != CHARNN_OK) {
            return error->status;
        }
        list_pieces(parameter, tensor, loading);
    }
    return CHARNN_OK;
}

static enum status read_piece(const struct loading *loading, const struct piece *piece,
                              struct loader *loader) {
    struct error *error = &loader->error;
    size_t at = piece->first * piece->parameter->inputs;
    size_t elements = piece->count * piece->parameter->inputs;
    const float *rows = safetensors_floats(piece->tensor);
    if (rows != NULL) {
        rows += at;
    } else {
        if (MEMORY_GROW(&loader->scratch, &loader->scratch_capacity, 0, elements,
                        "a copy of a tensor", error) != CHARNN_OK) {
            return error->status;
        }
        safetensors_read_floats(piece->tensor, at, elements, loader->scratch);
        rows = loader->scratch;
    }
    if (check_finite(loading->checkpoint, piece->tensor, at, elements, rows, error) != CHARNN_OK) {
        return error->status;
    }
    parameter_import(piece->parameter, piece->first, piece->count, rows, loading->values);
    return CHARNN_OK;
}

static void load_task(void *context, size_t index, size_t threads) {
    (void)threads;
    struct loading *loading = context;
    struct loader *loader = &loading->loaders[index];
    loader->failed = loading->count;
    if (index == 0 && loading->check_checksum &&
        checkpoint_check_checksum(loading->checkpoint, &loader->error) != CHARNN_OK) {
        loader->failed = 0;
        return;
    }
    for (;;) {
        size_t next = atomic_fetch_add_explicit(&loading->next, 1, memory_order_relaxed);
        if (next >= loading->count) {
            return;
        }
        if (read_piece(loading, &loading->pieces[next], loader) != CHARNN_OK) {
            loader->failed = next;
            return;
        }
    }
}

/* What one thread alone would have met first. */
static enum status get_failure(const struct loading *loading, size_t threads, struct error *error) {
    const struct loader *first = &loading->loaders[0];
    for (size_t i = 1; i < threads; i++) {
        if (loading->loaders[i].failed < first->failed) {
            first = &loading->loaders[i];
        }
    }
    if (first->failed == loading->count) {
        return CHARNN_OK;
    }
    *error = first->error;
    return error->status;
}

/* Reads the parameters' tensors of that prefix. */
static enum status load_flat(struct loading *loading, const char *prefix, const char *purpose,
                             const struct parameters *parameters, struct thread_pool *pool,
                             struct error *error) {
    size_t threads = thread_pool_size(pool);
    void *loaders;
    if (memory_allocate(threads, sizeof *loading->loaders, "the threads that load", &loaders,
                        error) != CHARNN_OK) {
        return error->status;
    }
    loading->loaders = loaders;
    enum status status = find_pieces(prefix, purpose, parameters, loading, error);
    if (status == CHARNN_OK) {
        thread_pool_run(pool, load_task, loading);
        status = get_failure(loading, threads, error);
    }
    for (size_t i = 0; i < threads; i++) {
        memory_free(loading->loaders[i].scratch);
    }
    memory_free(loading->pieces);
    memory_free(loaders);
    return status;
}

static enum status load_model(const struct checkpoint *checkpoint, bool trainable,
                              bool check_checksum, struct thread_pool *pool, struct model **model,
                              struct error *error) {
    const struct purpose purpose = purpose_of(checkpoint_shape(checkpoint));
    struct model *made;
    if (model_create(checkpoint_shape(checkpoint), trainable, &made, error) != CHARNN_OK) {
        return error->status;
    }
    struct loading loading = {.checkpoint = checkpoint,
                              .values = made->parameters.values,
                              .check_checksum = check_checksum};
    if (load_flat(&loading, "", purpose.text, &made->parameters, pool, error) != CHARNN_OK) {
        model_destroy(made);
        return error->status;
    }
    *model = made;
    return CHARNN_OK;
}

/* So many threads, or where the system gives no more the caller alone: they only save time. */
static enum status create_pool(size_t threads, struct thread_pool **pool, struct error *error) {
    struct error refusal = {0};
    if (threads > 1 && thread_pool_create(threads, pool, &refusal) == CHARNN_OK) {
        return CHARNN_OK;
    }
    return thread_pool_create(1, pool, error);
}

static enum status load(const struct checkpoint *checkpoint, bool trainable, bool check_checksum,
                        size_t threads, struct model **model, struct error *error) {
    size_t useful = 1 + checkpoint_size(checkpoint) / CHARNN_BYTES_PER_THREAD;
    struct thread_pool *pool;
    *model = NULL;
    if (create_pool(threads < useful ? threads : useful, &pool, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = load_model(checkpoint, trainable, check_checksum, pool, model, error);
    thread_pool_destroy(pool);
    return status;
}

enum status checkpoint_load_model(const struct checkpoint *checkpoint, bool trainable,
                                  size_t threads, struct model **model, struct error *error) {
    return load(checkpoint, trainable, false, threads, model, error);
}

enum status checkpoint_load_checked(const struct checkpoint *checkpoint, size_t threads,
                                    struct model **model, struct error *error) {
    return load(checkpoint, false, true, threads, model, error);
}

static const char resuming[] = "resuming the run";

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
    return load_flat(&loading, prefix, resuming, parameters, pool, error);
}

enum status checkpoint_load_tensor(const struct checkpoint *checkpoint, const char *name,
                                   size_t rows, size_t columns, float *values,
                                   struct error *error) {
    const struct request request = {
        .name = name, .rank = 2, .shape = {rows, columns}, .purpose = resuming};
    const struct safetensors_tensor *tensor;
    if (find_tensor(checkpoint, &request, &tensor, error) != CHARNN_OK) {
        return error->status;
    }
    safetensors_read_floats(tensor, 0, tensor->elements, values);
    return check_finite(checkpoint, tensor, 0, tensor->elements, values, error);
}
