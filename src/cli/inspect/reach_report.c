#include "cli/inspect/reach_report.h"

#include "base/json.h"
#include "cli/terminal/stream.h"

#include <math.h>
#include <stdio.h>

const char *inspect_reach_range(const struct reach_point *point, char text[CHARNN_REACH_TEXT]) {
    if (point->from == point->to) {
        (void)snprintf(text, CHARNN_REACH_TEXT, "%zu", point->to);
    } else {
        (void)snprintf(text, CHARNN_REACH_TEXT, "%zu to %zu", point->from, point->to);
    }
    return text;
}

const char *inspect_reach_error(const struct reach_point *point, char text[CHARNN_REACH_TEXT]) {
    (void)snprintf(text, CHARNN_REACH_TEXT, "%.4f", point->error);
    return isnan(point->error) ? "-" : text;
}

static enum status print_model(const struct inspect_reach *model, FILE *out, struct error *error) {
    const struct json_label path = json_label(model->path);
    const struct reach *reach = &model->reach;
    enum status status =
        stream_printf(out, error, "\n%s (%s)\ncharacters before  nats/char     more       +-\n",
                      path.text, model->model);
    for (size_t i = 0; status == CHARNN_OK && i < reach->count; i++) {
        const struct reach_point *point = &reach->points[i];
        char range[CHARNN_REACH_TEXT];
        char error_text[CHARNN_REACH_TEXT];
        double more = fabs(point->more) < 5e-5 ? 0 : point->more; /* not -0.0000 */
        status = stream_printf(out, error, "%-17s  %9.4f  %7.4f  %7s\n",
                               inspect_reach_range(point, range), reach->nats + point->more, more,
                               inspect_reach_error(point, error_text));
    }
    return status == CHARNN_OK
               ? stream_printf(out, error, "all                %9.4f\n", reach->nats)
               : status;
}

enum status inspect_print_reach(const struct inspect *inspect, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < inspect->reach_count; i++) {
        status = print_model(&inspect->reaches[i], inspect->eval.out, error);
    }
    return status;
}

static enum status add_point(const struct reach *reach, size_t i, cJSON *points,
                             struct error *error) {
    const struct reach_point *point = &reach->points[i];
    cJSON *json;
    return json_add_object(points, NULL, &json, error) == CHARNN_OK &&
                   json_add_size(json, "from", point->from, error) == CHARNN_OK &&
                   json_add_size(json, "to", point->to, error) == CHARNN_OK &&
                   json_add_double(json, "nats_per_char", reach->nats + point->more, error) ==
                       CHARNN_OK &&
                   json_add_double(json, "more", point->more, error) == CHARNN_OK &&
                   json_add_double(json, "standard_error", point->error, error) == CHARNN_OK
               ? CHARNN_OK
               : error->status;
}

static enum status add_model(const struct inspect_reach *model, cJSON *models,
                             struct error *error) {
    cJSON *json;
    cJSON *points;
    if (json_add_object(models, NULL, &json, error) != CHARNN_OK ||
        eval_add_name(json, model->path, error) != CHARNN_OK ||
        json_add_string(json, "model", model->model, error) != CHARNN_OK ||
        json_add_double(json, "nats_per_char", model->reach.nats, error) != CHARNN_OK ||
        json_add_array(json, "points", &points, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < model->reach.count; i++) {
        status = add_point(&model->reach, i, points, error);
    }
    return status;
}

enum status inspect_add_reach(const struct inspect *inspect, cJSON *json, struct error *error) {
    cJSON *models;
    if (inspect->reach_count == 0) {
        return CHARNN_OK;
    }
    enum status status = json_add_array(json, "reach", &models, error);
    for (size_t i = 0; status == CHARNN_OK && i < inspect->reach_count; i++) {
        status = add_model(&inspect->reaches[i], models, error);
    }
    return status;
}
