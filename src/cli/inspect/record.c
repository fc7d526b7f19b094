#include "base/memory.h"
#include "base/plural.h"
#include "cli/inspect/beside.h"
#include "cli/inspect/inspect.h"
#include "infer/inside/gates.h"
#include "nn/network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The part of the text that is read. */
static struct split part_of(const struct inspect *inspect) {
    struct split part = inspect->eval.texts[0].part;
    size_t length = inspect->settings->length;
    part.end = part.end - part.begin > length ? part.begin + length : part.end;
    return part;
}

static enum status open_inputs(struct inspect *inspect, const struct options *options,
                               struct error *error) {
    struct eval *eval = &inspect->eval;
    const char *path = options->arguments[0];
    size_t threads = thread_pool_size_for(inspect->settings->threads);
    return checkpoint_open(path, &eval->checkpoint, error) == CHARNN_OK &&
                   eval_open_text(eval, options, error) == CHARNN_OK &&
                   eval_check_page(eval, "--html", inspect->settings->html, options, error) ==
                       CHARNN_OK &&
                   beside_open(inspect, options, error) == CHARNN_OK &&
                   checkpoint_load_model(eval->checkpoint, CHARNN_USE_RUN, threads, &eval->model,
                                         error) == CHARNN_OK &&
                   thread_pool_create(threads, &eval->pool, error) == CHARNN_OK
               ? CHARNN_OK
               : error->status;
}

/* One stream keeps only some of the threads busy. */
static enum status record(struct inspect *inspect, struct error *error) {
    struct eval *eval = &inspect->eval;
    struct meter meter;
    struct recording_plan plan = {.model = eval->model,
                                  .vocab = checkpoint_vocab(eval->checkpoint),
                                  .corpus = eval->corpus,
                                  .part = part_of(inspect),
                                  .tell = meter_update,
                                  .context = &meter};
    size_t threads = network_useful_threads(eval->model, 1, thread_pool_size(eval->pool));
    if (eval_check_memory(eval, recording_memory(&plan), CHARNN_INSPECT_REMEDY, error) !=
            CHARNN_OK ||
        thread_pool_create(threads, &plan.pool, error) != CHARNN_OK) {
        return error->status;
    }
    meter_begin(&meter, eval->err);
    enum status status = recording_create(&plan, &inspect->recording, error);
    meter_end(&meter);
    thread_pool_destroy(plan.pool);
    if (status == CHARNN_OK && inspect->recording->length < 2) {
        size_t known = inspect->recording->length;
        return error_set(error, CHARNN_ERROR_DATA,
                         "the %s has %zu character%s in the vocabulary; inspecting needs at least "
                         "2",
                         eval->part_name, known, plural_ending(known));
    }
    return status;
}

static enum status rank(struct inspect *inspect, struct error *error) {
    const struct recording *r = inspect->recording;
    if (memory_allocate(r->length, CHARNN_FEATURE_ROW, "features of the text", &inspect->rows,
                        error) != CHARNN_OK) {
        return error->status;
    }
    features_find(r->codes, r->length, inspect->rows);
    return probe_features(r, inspect->rows, inspect->eval.pool, inspect->matches,
                          &inspect->match_count, error);
}

enum status inspect_record(struct inspect *inspect, const struct options *options,
                           struct error *error) {
    if (open_inputs(inspect, options, error) != CHARNN_OK || record(inspect, error) != CHARNN_OK) {
        return error->status;
    }
    if (!isfinite(inspect_nats(inspect))) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s gives probabilities that are not finite; its weights are unusable",
                         checkpoint_path(inspect->eval.checkpoint));
    }
    return rank(inspect, error) == CHARNN_OK ? beside_compare(inspect, error) : error->status;
}

double inspect_nats(const struct inspect *inspect) {
    const struct recording *r = inspect->recording;
    double nats = 0;
    for (size_t t = 1; t < r->length; t++) {
        nats += (double)r->nats[t];
    }
    return nats / (double)(r->length - 1);
}

void inspect_describe_model(const struct model_shape *shape, char text[CHARNN_INSPECT_MODEL]) {
    (void)snprintf(text, CHARNN_INSPECT_MODEL, "%s%s, %zu layer%s of %zu unit%s", shape->cell->name,
                   shape->peephole ? " with peepholes" : "", shape->layers,
                   plural_ending(shape->layers), shape->hidden, plural_ending(shape->hidden));
}

size_t inspect_gates(const struct inspect *inspect, size_t kinds[CHARNN_INSPECT_GATES]) {
    const struct recording *r = inspect->recording;
    const char *sigmoids = inspect->eval.model->shape.cell->sigmoid_gates;
    size_t count = 0;
    for (size_t kind = 0; kind < r->kinds; kind++) {
        if (strchr(sigmoids, r->names[kind]) != NULL) {
            kinds[count++] = kind;
        }
    }
    return count;
}

struct gate_use inspect_gate_use(const struct inspect *inspect, struct recording_place place) {
    const struct recording *r = inspect->recording;
    return gate_use(recording_series(r, recording_index(r, place)), r->length);
}

double inspect_memory(const struct inspect *inspect, size_t layer, size_t unit) {
    const struct recording *r = inspect->recording;
    const struct cell *cell = inspect->eval.model->shape.cell;
    if (cell->keep_gate < 0) {
        return NAN;
    }
    size_t kind = cell_unit_states(cell) + (size_t)cell->keep_gate;
    const struct recording_place place = {.layer = layer, .kind = kind, .unit = unit};
    return gate_memory(recording_series(r, recording_index(r, place)), r->length);
}

void inspect_deinit(struct inspect *inspect) {
    struct eval *eval = &inspect->eval;
    beside_deinit(inspect);
    memory_free(inspect->rows);
    recording_destroy(inspect->recording);
    thread_pool_destroy(eval->pool);
    model_destroy(eval->model);
    memory_free(eval->texts);
    corpus_close(eval->corpus);
    checkpoint_close(eval->checkpoint);
}
