#include "infer/inside/flow.h"

#include "base/json.h"
#include "base/memory.h"
#include "cli/eval/eval.h"
#include "cli/terminal/stream.h"
#include "text/corpus_read.h"

#include <stdio.h>

enum { LENGTH_MOST = 1000000 };

/* Reads known symbols of a text; *length is their number. */
static enum status read_text(const struct eval *eval, int32_t *ids, bool *learned, size_t *length,
                             struct error *error) {
    const struct split part = eval->texts[0].part;
    const struct vocab *vocab = checkpoint_vocab(eval->checkpoint);
    struct corpus_cursor cursor;
    corpus_seek(eval->corpus, part.begin, &cursor);
    *length = 0;
    for (size_t i = part.begin; i < part.end && *length < LENGTH_MOST; i++) {
        if (corpus_read_learned(eval->corpus, &cursor, vocab, 1, &ids[*length],
                                &learned[*length]) != 1) {
            return corpus_changed(error);
        }
        *length += ids[*length] >= 0;
    }
    if (*length < CHARNN_FLOW_SHORTEST) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "--gradient-flow needs a text of at least %d characters, but the %s has "
                         "%zu in the vocabulary",
                         CHARNN_FLOW_SHORTEST, eval->part_name, *length);
    }
    return CHARNN_OK;
}

enum status eval_measure_flow(struct eval *eval, struct error *error) {
    size_t length;
    int32_t *ids = NULL;
    bool *learned = NULL;
    if (!eval->settings->gradient_flow) {
        return CHARNN_OK;
    }
    if (eval->text_count > 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--gradient-flow measures one text; name one file, or use --join");
    }
    size_t room = eval->texts[0].part.end - eval->texts[0].part.begin;
    room = room < LENGTH_MOST ? room : LENGTH_MOST;
    enum status status = MEMORY_NEW(&ids, room, "the text", error);
    if (status == CHARNN_OK) {
        status = MEMORY_NEW(&learned, room, "the text", error);
    }
    if (status == CHARNN_OK) {
        status = read_text(eval, ids, learned, &length, error);
    }
    if (status == CHARNN_OK) {
        const size_t bytes = flow_memory(eval->model, thread_pool_size(eval->pool));
        status = eval_check_memory(eval, bytes, CHARNN_EVAL_REMEDY, error);
    }
    if (status == CHARNN_OK) {
        status = flow_measure(eval->model, eval->pool, ids, learned, length, &eval->flow, error);
    }
    memory_free(learned);
    memory_free(ids);
    return status;
}

static const char *const kinds[] = {[CHARNN_STATE_H] = "h", [CHARNN_STATE_C] = "c"};

static enum status print_row(const struct eval *eval, size_t point, struct error *error) {
    const struct flow *flow = &eval->flow;
    enum status status =
        stream_printf(eval->out, error, "%10zu  %6zu", flow_distances[point], flow->samples[point]);
    for (size_t i = 0; status == CHARNN_OK && i < flow->layers * flow->kinds; i++) {
        status = stream_printf(eval->out, error, "  %9.3g",
                               flow_norm(flow, point, i / flow->kinds, i % flow->kinds));
    }
    return status == CHARNN_OK ? stream_write(eval->out, "\n", 1, error) : status;
}

enum status eval_print_flow(const struct eval *eval, struct error *error) {
    const struct flow *flow = &eval->flow;
    if (flow->norms == NULL) {
        return CHARNN_OK;
    }
    enum status status =
        stream_printf(eval->out, error,
                      "gradient    mean norm of d loss / d state, by layer and kind of state\n"
                      "steps back  losses");
    for (size_t i = 0; status == CHARNN_OK && i < flow->layers * flow->kinds; i++) {
        status =
            stream_printf(eval->out, error, "  %7zu %s", i / flow->kinds, kinds[i % flow->kinds]);
    }
    if (status == CHARNN_OK) {
        status = stream_write(eval->out, "\n", 1, error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_FLOW_POINTS; i++) {
        status = print_row(eval, i, error);
    }
    return status;
}

/* One object for each layer and kind. */
static enum status add_series(const struct flow *flow, size_t layer, size_t kind, cJSON *list,
                              struct error *error) {
    cJSON *item;
    cJSON *norms;
    if (json_add_object(list, NULL, &item, error) != CHARNN_OK ||
        json_add_size(item, "layer", layer, error) != CHARNN_OK ||
        json_add_string(item, "state", kinds[kind], error) != CHARNN_OK ||
        json_add_array(item, "norms", &norms, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_FLOW_POINTS; i++) {
        status = json_add_double(norms, NULL, flow_norm(flow, i, layer, kind), error);
    }
    return status;
}

enum status eval_add_flow(const struct eval *eval, cJSON *json, struct error *error) {
    const struct flow *flow = &eval->flow;
    cJSON *object;
    cJSON *steps;
    cJSON *losses;
    cJSON *states;
    if (flow->norms == NULL) {
        return CHARNN_OK;
    }
    if (json_add_object(json, "gradient_flow", &object, error) != CHARNN_OK ||
        json_add_array(object, "steps", &steps, error) != CHARNN_OK ||
        json_add_array(object, "losses", &losses, error) != CHARNN_OK ||
        json_add_array(object, "states", &states, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_FLOW_POINTS; i++) {
        status = json_add_size(steps, NULL, flow_distances[i], error);
        if (status == CHARNN_OK) {
            status = json_add_size(losses, NULL, flow->samples[i], error);
        }
    }
    for (size_t i = 0; status == CHARNN_OK && i < flow->layers * flow->kinds; i++) {
        status = add_series(flow, i / flow->kinds, i % flow->kinds, states, error);
    }
    return status;
}
