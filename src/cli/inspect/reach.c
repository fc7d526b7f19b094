/* Measures how far back the models look. */
#include "base/memory.h"
#include "checkpoint/open.h"
#include "cli/inspect/inspect.h"
#include "cli/terminal/symbol_text.h"

#include <math.h>

/* A model that reads the recording's text. */
struct reader {
    const struct inspect *inspect;
    const struct checkpoint *checkpoint;
    struct model *model;
    struct meter meter;
};

static enum status refuse(const struct reader *reader, const char *reason, struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA, "cannot compare %s with %s: %s",
                     checkpoint_path(reader->inspect->eval.checkpoint),
                     checkpoint_path(reader->checkpoint), reason);
}

static enum status find_ids(const struct reader *reader, int32_t *ids, struct error *error) {
    const struct recording *r = reader->inspect->recording;
    const struct vocab *vocab = checkpoint_vocab(reader->checkpoint);
    for (size_t t = 0; t < r->length; t++) {
        char symbol[CHARNN_SYMBOL_TEXT];
        char reason[128];
        ids[t] = vocab_find(vocab, r->codes[t]);
        if (ids[t] < 0) {
            (void)snprintf(reason, sizeof reason,
                           "the text has '%s', which the latter does not know",
                           symbol_shown(r->codes[t], symbol));
            return refuse(reader, reason, error);
        }
    }
    return CHARNN_OK;
}

/* The recording stays in memory. */
static enum status check_memory(const struct reader *reader, const struct reach_plan *plan,
                                struct error *error) {
    const struct recording *r = reader->inspect->recording;
    const size_t needs[] = {recording_series_count(r) * r->length * sizeof(float),
                            plan->model->parameters.size * sizeof(float), reach_memory(plan),
                            r->length * sizeof *plan->ids};
    return eval_check_memory(&reader->inspect->eval, size_sum(needs, 4), CHARNN_INSPECT_REMEDY,
                             error);
}

static enum status measure(struct reader *reader, struct inspect_reach *result,
                           struct error *error) {
    const struct eval *eval = &reader->inspect->eval;
    int32_t *ids = NULL;
    struct reach_plan plan = {.model = reader->model,
                              .pool = eval->pool,
                              .length = reader->inspect->recording->length,
                              .tell = meter_update,
                              .context = &reader->meter};
    if (check_memory(reader, &plan, error) != CHARNN_OK ||
        MEMORY_NEW(&ids, plan.length, "the text", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = find_ids(reader, ids, error);
    if (status == CHARNN_OK) {
        plan.ids = ids;
        meter_begin(&reader->meter, eval->err);
        status = reach_measure(&plan, &result->reach, error);
        meter_end(&reader->meter);
    }
    memory_free(ids);
    result->path = checkpoint_path(reader->checkpoint);
    inspect_describe_model(&reader->model->shape, result->model);
    return status;
}

static enum status measure_other(const struct inspect *inspect, const char *path,
                                 struct inspect_reach *result, struct error *error) {
    struct reader reader = {.inspect = inspect};
    struct checkpoint *checkpoint;
    size_t threads = thread_pool_size(inspect->eval.pool);
    if (checkpoint_open(path, &checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    reader.checkpoint = checkpoint;
    bool measured = eval_check_same_text(&inspect->eval, checkpoint, error) == CHARNN_OK &&
                    checkpoint_load_model(checkpoint, CHARNN_USE_RUN, threads, &reader.model,
                                          error) == CHARNN_OK &&
                    measure(&reader, result, error) == CHARNN_OK;
    result->path = path;
    if (measured && !isfinite(result->reach.nats)) {
        measured = false;
        (void)refuse(&reader, "the weights of the latter are unusable", error);
    }
    model_destroy(reader.model);
    checkpoint_close(checkpoint);
    return measured ? CHARNN_OK : error->status;
}

enum status inspect_measure_reach(struct inspect *inspect, struct error *error) {
    const struct text_list *against = &inspect->settings->against;
    struct reader reader = {
        .inspect = inspect, .checkpoint = inspect->eval.checkpoint, .model = inspect->eval.model};
    if (!inspect->settings->reach) {
        return CHARNN_OK;
    }
    enum status status = measure(&reader, &inspect->reaches[0], error);
    for (size_t i = 0; status == CHARNN_OK && i < against->count; i++) {
        status = measure_other(inspect, against->texts[i], &inspect->reaches[i + 1], error);
    }
    inspect->reach_count = 1 + against->count;
    return status;
}
