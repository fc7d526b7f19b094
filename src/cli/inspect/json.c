#include "base/json.h"
#include "cli/inspect/beside.h"
#include "cli/inspect/inspect.h"
#include "cli/inspect/reach_report.h"
#include "cli/terminal/stream.h"
#include "cli/terminal/symbol_text.h"
#include "infer/inside/gates.h"

static enum status add_letter(cJSON *json, const char *key, char letter, struct error *error) {
    const char text[] = {letter, '\0'};
    return json_add_string(json, key, text, error);
}

static enum status add_values(cJSON *json, const float *series, size_t length,
                              struct error *error) {
    cJSON *values;
    enum status status = json_add_array(json, "values", &values, error);
    for (size_t t = 0; status == CHARNN_OK && t < length; t++) {
        status = json_add_double(values, NULL, (double)series[t], error);
    }
    return status;
}

static enum status add_match(const struct inspect *inspect, const struct probe_match *match,
                             cJSON *ranking, struct error *error) {
    const struct recording *r = inspect->recording;
    const struct feature *feature = &features[match->feature];
    const struct recording_place place = recording_place(r, match->series);
    cJSON *json;
    if (json_add_object(ranking, NULL, &json, error) != CHARNN_OK ||
        json_add_string(json, "feature", feature->label, error) != CHARNN_OK ||
        json_add_string(json, "measure", feature->graded ? "r" : "AUC", error) != CHARNN_OK ||
        json_add_size(json, "layer", place.layer, error) != CHARNN_OK ||
        json_add_size(json, "unit", place.unit, error) != CHARNN_OK ||
        add_letter(json, "value", r->names[place.kind], error) != CHARNN_OK ||
        json_add_double(json, "first_half", match->first, error) != CHARNN_OK ||
        json_add_double(json, "second_half", match->second, error) != CHARNN_OK) {
        return error->status;
    }
    return inspect->settings->values
               ? add_values(json, recording_series(r, match->series), r->length, error)
               : CHARNN_OK;
}

/* One gate of a layer: for each unit, how often it is open and shut. */
static enum status add_gate(const struct inspect *inspect, struct recording_place place,
                            cJSON *gates, struct error *error) {
    const struct recording *r = inspect->recording;
    cJSON *json;
    cJSON *open;
    cJSON *shut;
    enum status status = json_add_object(gates, NULL, &json, error);
    if (status != CHARNN_OK || json_add_size(json, "layer", place.layer, error) != CHARNN_OK ||
        add_letter(json, "gate", r->names[place.kind], error) != CHARNN_OK ||
        json_add_array(json, "open", &open, error) != CHARNN_OK ||
        json_add_array(json, "shut", &shut, error) != CHARNN_OK) {
        return error->status;
    }
    for (; status == CHARNN_OK && place.unit < r->units; place.unit++) {
        const struct gate_use use = inspect_gate_use(inspect, place);
        status = json_add_double(open, NULL, use.open, error);
        status = status == CHARNN_OK ? json_add_double(shut, NULL, use.shut, error) : status;
    }
    return status;
}

static enum status add_gates(const struct inspect *inspect, cJSON *json, struct error *error) {
    size_t kinds[CHARNN_INSPECT_GATES];
    size_t count = inspect_gates(inspect, kinds);
    cJSON *gates;
    enum status status = json_add_array(json, "gates", &gates, error);
    for (size_t i = 0; status == CHARNN_OK && i < inspect->recording->layers * count; i++) {
        const struct recording_place place = {.layer = i / count, .kind = kinds[i % count]};
        status = add_gate(inspect, place, gates, error);
    }
    return status;
}

/* [layer][unit]; null for a cell that never forgets. Empty for a cell without a gate that keeps. */
static enum status add_memory(const struct inspect *inspect, cJSON *json, struct error *error) {
    const struct recording *r = inspect->recording;
    bool keeps = inspect->eval.model->shape.cell->keep_gate >= 0;
    cJSON *memory;
    enum status status = json_add_array(json, "memory", &memory, error);
    for (size_t layer = 0; status == CHARNN_OK && keeps && layer < r->layers; layer++) {
        cJSON *units;
        status = json_add_array(memory, NULL, &units, error);
        for (size_t unit = 0; status == CHARNN_OK && unit < r->units; unit++) {
            status = json_add_double(units, NULL, inspect_memory(inspect, layer, unit), error);
        }
    }
    return status;
}

static enum status add_text(const struct inspect *inspect, cJSON *json, struct error *error) {
    const struct recording *r = inspect->recording;
    cJSON *text;
    cJSON *nats;
    enum status status = json_add_array(json, "text", &text, error);
    for (size_t t = 0; status == CHARNN_OK && t < r->length; t++) {
        char symbol[CHARNN_SYMBOL_TEXT];
        status = json_add_string(text, NULL, symbol_in_utf8(r->codes[t], symbol), error);
    }
    status = status == CHARNN_OK ? json_add_array(json, "nats", &nats, error) : status;
    for (size_t t = 0; status == CHARNN_OK && t < r->length; t++) {
        status = json_add_double(nats, NULL, (double)r->nats[t], error);
    }
    return status;
}

static enum status describe(const struct inspect *inspect, cJSON *json, struct error *error) {
    const struct recording *r = inspect->recording;
    const struct model_shape *shape = &inspect->eval.model->shape;
    cJSON *ranking;
    if (json_add_string(json, "model", cell_model(shape->cell), error) != CHARNN_OK ||
        json_add_size(json, "layers", shape->layers, error) != CHARNN_OK ||
        json_add_size(json, "units", shape->hidden, error) != CHARNN_OK ||
        json_add_size(json, "characters", r->length, error) != CHARNN_OK ||
        json_add_double(json, "nats_per_char", inspect_nats(inspect), error) != CHARNN_OK ||
        add_gates(inspect, json, error) != CHARNN_OK ||
        add_memory(inspect, json, error) != CHARNN_OK ||
        inspect_add_reach(inspect, json, error) != CHARNN_OK ||
        json_add_array(json, "ranking", &ranking, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < inspect->match_count; i++) {
        if (add_match(inspect, &inspect->matches[i], ranking, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (beside_describe(inspect, json, error) != CHARNN_OK) {
        return error->status;
    }
    return inspect->settings->values ? add_text(inspect, json, error) : CHARNN_OK;
}

enum status inspect_print_json(const struct inspect *inspect, struct error *error) {
    cJSON *json;
    enum status status = json_create_object(&json, error);
    if (status == CHARNN_OK) {
        status = describe(inspect, json, error);
    }
    if (status == CHARNN_OK) {
        status = stream_write_json(inspect->eval.out, json, error);
    }
    cJSON_Delete(json);
    return status;
}
