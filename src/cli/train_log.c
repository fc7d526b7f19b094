#include "cli/train_log.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/version.h"
#include "checkpoint/json.h"
#include "kernels/kernels.h"

#include <errno.h>
#include <string.h>

enum { SCHEMA = 1 };

static void begin_span(struct train_log_span *span) {
    *span = (struct train_log_span){.began = clock_seconds()};
}

static void extend_span(struct train_log_span *span, const struct train_report *report) {
    span->loss_sum += report->loss;
    span->loss_count++;
    span->characters += report->characters;
}

enum status train_log_open(struct train_log *log, const char *path, bool append, size_t every,
                           FILE *err, struct error *error) {
    *log = (struct train_log){.err = err, .path = path, .every = every};
    begin_span(&log->since_step);
    begin_span(&log->since_validation);
    if (path[0] == '\0') {
        return CHARNN_OK;
    }
    log->file = fopen(path, append ? "a" : "w");
    if (log->file == NULL) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot write the log %s", path);
    }
    return CHARNN_OK;
}

static void give_up(struct train_log *log, const char *reason) {
    (void)fprintf(log->err,
                  "charnn train: cannot write the log %s (%s); training goes on without\n",
                  log->path, reason);
    (void)fclose(log->file);
    log->file = NULL;
}

void train_log_close(struct train_log *log) {
    if (log->file != NULL && fclose(log->file) != 0) {
        (void)fprintf(log->err, "charnn train: the log %s may not be complete: %s\n", log->path,
                      strerror(errno));
    }
    log->file = NULL;
}

/* An empty line of this event. */
static enum status begin_line(const char *event, cJSON **line, struct error *error) {
    *line = NULL;
    if (json_create_object(line, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_string(*line, "event", event, error);
}

/* Writes the line where `status`, of building it, is good; releases it. */
static void end_line(struct train_log *log, cJSON *line, enum status status, struct error *error) {
    char *text = NULL;
    if (status == CHARNN_OK) {
        status = json_print(line, false, &text, error);
    }
    if (status != CHARNN_OK) {
        give_up(log, error->message);
    } else if (fprintf(log->file, "%s\n", text) < 0 || fflush(log->file) != 0) {
        give_up(log, strerror(errno));
    }
    memory_free(text);
    cJSON_Delete(line);
}

static enum status add_settings(cJSON *line, const cJSON *config, struct error *error) {
    cJSON *settings = cJSON_Duplicate(config, true);
    if (settings == NULL || !cJSON_AddItemToObject(line, "settings", settings)) {
        cJSON_Delete(settings);
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory");
    }
    return CHARNN_OK;
}

static enum status describe_start(cJSON *line, const cJSON *config, size_t threads,
                                  struct error *error) {
    if (json_add_size(line, "schema", SCHEMA, error) != CHARNN_OK ||
        json_add_string(line, "version", CHARNN_VERSION, error) != CHARNN_OK ||
        json_add_size(line, "threads", threads, error) != CHARNN_OK ||
        json_add_string(line, "kernels", kernels_current()->name, error) != CHARNN_OK) {
        return error->status;
    }
    return add_settings(line, config, error);
}

void train_log_start(struct train_log *log, const cJSON *config, size_t threads) {
    struct error error = {0};
    cJSON *line;
    if (log->file == NULL) {
        return;
    }
    enum status status = begin_line("start", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_start(line, config, threads, &error);
    }
    end_line(log, line, status, &error);
}

/* What a step and a validation have in common. */
static enum status describe_report(const struct train_log_span *span,
                                   const struct train_report *report, cJSON *line,
                                   struct error *error) {
    double seconds = clock_seconds() - span->began;
    double speed = seconds > 0 ? (double)span->characters / seconds : 0;
    double loss = span->loss_count > 0 ? span->loss_sum / (double)span->loss_count : report->loss;
    const struct train_progress *progress = report->progress;
    if (json_add_size(line, "step", progress->step, error) != CHARNN_OK ||
        json_add_double(line, "epoch", report->epoch, error) != CHARNN_OK ||
        json_add_double(line, "train_loss", loss, error) != CHARNN_OK ||
        json_add_double(line, "val_loss", progress->val, error) != CHARNN_OK ||
        json_add_double(line, "learning_rate", report->rate, error) != CHARNN_OK ||
        json_add_double(line, "gradient_norm", report->gradient_norm, error) != CHARNN_OK ||
        json_add_double(line, "chars_per_second", speed, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(line, "seconds", progress->seconds, error);
}

void train_log_step(struct train_log *log, const struct train_report *report) {
    struct error error = {0};
    if (log->file == NULL) {
        return;
    }
    extend_span(&log->since_step, report);
    extend_span(&log->since_validation, report);
    if (report->progress->step % log->every == 0) {
        cJSON *line;
        enum status status = begin_line("step", &line, &error);
        if (status == CHARNN_OK) {
            status = describe_report(&log->since_step, report, line, &error);
        }
        end_line(log, line, status, &error);
        begin_span(&log->since_step);
    }
}

void train_log_validation(struct train_log *log, const struct train_report *report, bool improved) {
    struct error error = {0};
    cJSON *line;
    if (log->file == NULL) {
        return;
    }
    enum status status = begin_line("validation", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_report(&log->since_validation, report, line, &error);
    }
    if (status == CHARNN_OK) {
        status = json_add_bool(line, "best", improved, &error);
    }
    end_line(log, line, status, &error);
    begin_span(&log->since_validation);
}

static enum status describe_end(cJSON *line, const struct train_progress *progress,
                                const char *reason, struct error *error) {
    if (json_add_string(line, "reason", reason, error) != CHARNN_OK ||
        json_add_size(line, "step", progress->step, error) != CHARNN_OK ||
        json_add_double(line, "best_val_loss", progress->best_val, error) != CHARNN_OK ||
        json_add_size(line, "best_step", progress->best_step, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(line, "seconds", progress->seconds, error);
}

void train_log_end(struct train_log *log, const struct train_progress *progress,
                   const char *reason) {
    struct error error = {0};
    cJSON *line;
    if (log->file == NULL) {
        return;
    }
    enum status status = begin_line("end", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_end(line, progress, reason, &error);
    }
    end_line(log, line, status, &error);
}
