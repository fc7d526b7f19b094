/* "ngrams" and "errors" in the JSON of inspect --ngrams. */
#include "base/json.h"
#include "cli/inspect/beside.h"

#include <string.h>

static enum status add_model(const struct comparison_model *model, size_t n, cJSON *models,
                             struct error *error) {
    cJSON *json;
    return json_add_object(models, NULL, &json, error) == CHARNN_OK &&
                   json_add_size(json, "n", n, error) == CHARNN_OK &&
                   json_add_double(json, "nats_per_char", model->nats, error) == CHARNN_OK &&
                   json_add_size(json, "only_network", model->only_network, error) == CHARNN_OK &&
                   json_add_size(json, "only_ngram", model->only_model, error) == CHARNN_OK
               ? CHARNN_OK
               : error->status;
}

static enum status add_models(const struct comparison *c, cJSON *json, struct error *error) {
    cJSON *ngrams;
    cJSON *models;
    if (json_add_object(json, "ngrams", &ngrams, error) != CHARNN_OK ||
        json_add_size(ngrams, "training_characters", c->training, error) != CHARNN_OK ||
        (c->equal > 0 && json_add_size(ngrams, "equal", c->equal, error) != CHARNN_OK) ||
        json_add_array(ngrams, "models", &models, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t n = 1; status == CHARNN_OK && n <= c->longest; n++) {
        status = add_model(&c->models[n - 1], n, models, error);
    }
    return status;
}

/* Positions count from 1. */
static enum status add_example(const struct recording *r, size_t at, cJSON *examples,
                               struct error *error) {
    char before[CHARNN_BESIDE_BEFORE * CHARNN_SYMBOL_TEXT] = "";
    char symbol[CHARNN_SYMBOL_TEXT];
    char *end = before;
    cJSON *json;
    for (size_t t = at > CHARNN_BESIDE_BEFORE ? at - CHARNN_BESIDE_BEFORE : 0; t < at; t++) {
        end = stpcpy(end, symbol_in_utf8(r->codes[t], symbol));
    }
    return json_add_object(examples, NULL, &json, error) == CHARNN_OK &&
                   json_add_size(json, "position", at + 1, error) == CHARNN_OK &&
                   json_add_string(json, "before", before, error) == CHARNN_OK &&
                   json_add_string(json, "character", symbol_in_utf8(r->codes[at], symbol),
                                   error) == CHARNN_OK &&
                   json_add_double(json, "nats", (double)r->nats[at], error) == CHARNN_OK
               ? CHARNN_OK
               : error->status;
}

static enum status add_type(const struct inspect *inspect, size_t index, cJSON *types,
                            struct error *error) {
    const struct mistake *type = &inspect->mistakes.types[index];
    cJSON *json;
    cJSON *examples;
    if (json_add_object(types, NULL, &json, error) != CHARNN_OK ||
        json_add_string(json, "type", mistake_names[index].label, error) != CHARNN_OK ||
        json_add_string(json, "meaning", mistake_names[index].meaning, error) != CHARNN_OK ||
        json_add_size(json, "count", type->count, error) != CHARNN_OK ||
        json_add_double(json, "share", mistakes_share(&inspect->mistakes, index), error) !=
            CHARNN_OK ||
        json_add_array(json, "examples", &examples, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < type->example_count; i++) {
        status = add_example(inspect->recording, type->examples[i], examples, error);
    }
    return status;
}

static enum status add_mistakes(const struct inspect *inspect, cJSON *json, struct error *error) {
    cJSON *errors;
    cJSON *types;
    if (json_add_object(json, "errors", &errors, error) != CHARNN_OK ||
        json_add_size(errors, "count", inspect->mistakes.errors, error) != CHARNN_OK ||
        json_add_array(errors, "types", &types, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < CHARNN_MISTAKE_COUNT; i++) {
        status = add_type(inspect, i, types, error);
    }
    return status;
}

enum status beside_describe(const struct inspect *inspect, cJSON *json, struct error *error) {
    if (inspect->settings->ngrams == 0) {
        return CHARNN_OK;
    }
    return add_models(&inspect->comparison, json, error) == CHARNN_OK
               ? add_mistakes(inspect, json, error)
               : error->status;
}
