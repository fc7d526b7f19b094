#include "cli/plot/curves.h"

#include "base/files/file.h"
#include "base/memory.h"
#include "cli/terminal/format.h"

#include <string.h>

/* What is read of a log. */
struct reader {
    bool bits;
    bool is_log; /* a line was an event */
    struct plot_log *log;
};

/* Whether the member is a number from 0 to a limit far beyond any epoch or loss. */
static bool get_number(const cJSON *line, const char *key, double *value) {
    const double limit = 1e12;
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= limit)) {
        return false;
    }
    *value = item->valuedouble;
    return true;
}

/* Adds the loss under `key`, unless the line lacks one, as before the first validation. */
static enum status add_point(const struct reader *reader, struct plot_curve *curve,
                             const cJSON *line, const char *key, struct error *error) {
    struct plot_point point;
    if (!json_to_size(cJSON_GetObjectItemCaseSensitive(line, "step"), &point.step) ||
        !get_number(line, "epoch", &point.epoch) || !get_number(line, key, &point.loss)) {
        return CHARNN_OK;
    }
    point.loss = reader->bits ? format_bits(point.loss) : point.loss;
    if (MEMORY_GROW(&curve->points, &curve->capacity, curve->count, curve->count + 1,
                    "a learning curve", error) != CHARNN_OK) {
        return error->status;
    }
    curve->points[curve->count++] = point;
    return CHARNN_OK;
}

static void drop_after(struct plot_curve *curve, size_t step) {
    while (curve->count > 0 && curve->points[curve->count - 1].step > step) {
        curve->count--;
    }
}

/* Drops the points after the step at which a run starts, or to which it goes back. */
static void go_back(struct reader *reader, const cJSON *line) {
    size_t step;
    if (json_to_size(cJSON_GetObjectItemCaseSensitive(line, "step"), &step)) {
        drop_after(&reader->log->coarse, step);
        for (size_t kind = 0; kind < CHARNN_PLOT_KINDS; kind++) {
            drop_after(&reader->log->curves[kind], step);
        }
    }
}

/* The end repeats the last validation, unless there was a final one. */
static enum status add_end(const struct reader *reader, struct plot_curve *curve, const cJSON *line,
                           const char *key, struct error *error) {
    size_t before = curve->count;
    enum status status = add_point(reader, curve, line, key, error);
    if (status == CHARNN_OK && before > 0 && curve->count > before &&
        curve->points[before].loss == curve->points[before - 1].loss) {
        curve->count = before;
    }
    return status;
}

static enum status read_event(struct reader *reader, const cJSON *line, struct error *error) {
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "event"));
    struct plot_curve *curves = reader->log->curves;
    if (event == NULL) {
        return CHARNN_OK;
    }
    reader->is_log = true;
    if (strcmp(event, "step") == 0) {
        return add_point(reader, &curves[CHARNN_PLOT_TRAINING], line, "train_loss", error);
    }
    if (strcmp(event, "validation") == 0) {
        enum status status = add_point(reader, &reader->log->coarse, line, "train_loss", error);
        return status == CHARNN_OK
                   ? add_point(reader, &curves[CHARNN_PLOT_VALIDATION], line, "val_loss", error)
                   : status;
    }
    if (strcmp(event, "end") == 0) {
        enum status status = add_end(reader, &reader->log->coarse, line, "train_loss", error);
        return status == CHARNN_OK
                   ? add_end(reader, &curves[CHARNN_PLOT_VALIDATION], line, "val_loss", error)
                   : status;
    }
    if (strcmp(event, "start") == 0 || strcmp(event, "rollback") == 0) {
        go_back(reader, line);
    }
    return CHARNN_OK;
}

/* Skips a line that is not JSON: it is not of the log, or its end is not written yet. */
static enum status read_line(struct reader *reader, const char *line, size_t size,
                             struct error *error) {
    cJSON *json;
    struct error ignored = {0};
    if (size == 0 || line[0] != '{') {
        return CHARNN_OK;
    }
    enum status status = json_parse(line, size, "a line of the log", &json, &ignored);
    if (status == CHARNN_OK) {
        status = read_event(reader, json, error);
    } else if (status == CHARNN_ERROR_MEMORY) {
        *error = ignored;
    } else {
        status = CHARNN_OK;
    }
    cJSON_Delete(json);
    return status;
}

static enum status read_lines(struct reader *reader, const struct file_bytes *bytes,
                              struct error *error) {
    const char *text = (const char *)bytes->data;
    enum status status = CHARNN_OK;
    for (size_t at = 0, size; at < bytes->size && status == CHARNN_OK; at += size + 1) {
        const char *end = memchr(text + at, '\n', bytes->size - at);
        size = end != NULL ? (size_t)(end - text) - at : bytes->size - at;
        status = read_line(reader, text + at, size, error);
    }
    return status;
}

enum status plot_log_init(struct plot_log *log, const char *path, bool bits, struct error *error) {
    struct reader reader = {.bits = bits, .log = log};
    struct file_bytes bytes;
    *log = (struct plot_log){.name = json_label(strcmp(path, "-") == 0 ? "standard input" : path)};
    if (file_bytes_init(&bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = read_lines(&reader, &bytes, error);
    file_bytes_deinit(&bytes);
    if (status == CHARNN_OK && !reader.is_log) {
        status = error_set(error, CHARNN_ERROR_FORMAT,
                           "%s is not a charnn log; name a file that train --log has written",
                           log->name.text);
    }
    return status;
}

void plot_log_deinit(struct plot_log *log) {
    for (size_t kind = 0; kind < CHARNN_PLOT_KINDS; kind++) {
        memory_free(log->curves[kind].points);
    }
    memory_free(log->coarse.points);
}
