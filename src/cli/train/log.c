#include "cli/train/log.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "base/version.h"
#include "cli/train/log_file.h"
#include "kernels/dispatch.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { SCHEMA = 1 };

static void begin_span(struct train_log_span *span) {
    *span = (struct train_log_span){.began = clock_seconds()};
}

enum status train_log_open(struct train_log *log, const char *path,
                           const struct train_progress *resumed, size_t every, FILE *err,
                           struct error *error) {
    *log = (struct train_log){.err = err, .path = path, .fd = -1, .every = every};
    begin_span(&log->since_step);
    begin_span(&log->since_validation);
    if (path[0] == '\0') {
        return CHARNN_OK;
    }
    if (file_begins_otherwise(path, CHARNN_LOG_BEGINNING)) {
        return error_set(
            error, CHARNN_ERROR_IO,
            "the log %s is there already and is none of a run; name another, or remove it", path);
    }
    if (resumed != NULL &&
        log_file_rewind(path, resumed->step, resumed->rollbacks, error) != CHARNN_OK) {
        return error->status;
    }
    log->fd = log_file_open(path, resumed == NULL);
    if (log->fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot write the log %s", path);
    }
    return CHARNN_OK;
}

enum status train_log_check(const struct train_log *log, struct error *error) {
    if (log->missing == 0) {
        return CHARNN_OK;
    }
    return error_set(error, log->failure.status,
                     "the log %s lacks its last %zu line%s, which could not be written (%s); the "
                     "checkpoints are whole",
                     log->path, log->missing, plural_ending(log->missing), log->failure.message);
}

void train_log_close(struct train_log *log) {
    if (log->fd >= 0 && close(log->fd) != 0 && errno != EINTR) {
        (void)fprintf(log->err, "charnn train: the log %s may not be complete: %s\n", log->path,
                      strerror(errno));
    }
    log->fd = -1;
}

/* A line is missing, for that reason; it is said of the first. */
static void miss_line(struct train_log *log, const struct error *reason) {
    log->failure = *reason;
    if (log->missing == 0) {
        (void)fprintf(log->err,
                      "charnn train: cannot write the log %s (%s); training goes on, and the log "
                      "with the next line that can be written\n",
                      log->path, reason->message);
    }
    log->missing++;
}

/* Sees to it that the file of that name is open. */
static bool reopen(struct train_log *log) {
    bool lost = log->fd >= 0 && log_file_is_lost(log->fd, log->path);
    if (lost) {
        (void)close(log->fd);
    }
    if (lost || log->fd < 0) {
        log->fd = log_file_open(log->path, false);
    }
    if (lost && log->fd >= 0) {
        (void)fprintf(log->err,
                      "charnn train: the log %s was moved or removed; it goes on in a new file\n",
                      log->path);
    }
    return log->fd >= 0;
}

static void write_line(struct train_log *log, const char *line, size_t size) {
    if (!reopen(log) || !log_file_append(log->fd, line, size)) {
        struct error reason;
        (void)error_set(&reason, CHARNN_ERROR_IO, "%s", strerror(errno));
        miss_line(log, &reason);
        return;
    }
    if (log->missing > 0) {
        (void)fprintf(log->err, "charnn train: the log %s goes on; %zu line%s missing\n", log->path,
                      log->missing, log->missing == 1 ? " is" : "s are");
        log->missing = 0;
    }
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
    if (status == CHARNN_OK) {
        size_t size = strlen(text);
        text[size] = '\n'; /* in place of the NUL, so that one call writes all */
        write_line(log, text, size + 1);
    } else {
        miss_line(log, error);
    }
    memory_free(text);
    cJSON_Delete(line);
}

static bool is_off(const struct train_log *log) {
    return log->path[0] == '\0';
}

/* Adds a copy of something that has no numbers but raw ones; null for NULL. */
static enum status add_copy(cJSON *line, const char *key, const cJSON *item, struct error *error) {
    cJSON *copy = item != NULL ? cJSON_Duplicate(item, true) : cJSON_CreateNull();
    if (copy == NULL || !cJSON_AddItemToObject(line, key, copy)) {
        cJSON_Delete(copy);
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory");
    }
    return CHARNN_OK;
}

/* The machine, as it calls itself. */
static enum status describe_machine(cJSON *line, struct error *error) {
    struct utsname names;
    cJSON *machine;
    if (json_add_object(line, "machine", &machine, error) != CHARNN_OK) {
        return error->status;
    }
    if (uname(&names) < 0) {
        return CHARNN_OK; /* an empty object: a run needs no names */
    }
    if (json_add_string(machine, "name", names.nodename, error) != CHARNN_OK ||
        json_add_string(machine, "system", names.sysname, error) != CHARNN_OK ||
        json_add_string(machine, "release", names.release, error) != CHARNN_OK ||
        json_add_string(machine, "architecture", names.machine, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(machine, "processors", thread_pool_default_size(), error);
}

/* The settings; and beside them, where the weights began, if in another checkpoint. */
static enum status describe_settings(cJSON *line, const cJSON *config, struct error *error) {
    static const char origin_key[] = "origin";
    static const char settings_key[] = "settings";
    if (add_copy(line, settings_key, config, error) != CHARNN_OK) {
        return error->status;
    }
    const cJSON *origin = cJSON_GetObjectItemCaseSensitive(config, origin_key);
    if (origin == NULL) {
        return CHARNN_OK;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(line, settings_key),
                                            origin_key);
    return add_copy(line, origin_key, origin, error);
}

static enum status describe_start(cJSON *line, const struct trainer_parts *parts,
                                  const cJSON *changes, const struct train_progress *from,
                                  struct error *error) {
    if (json_add_size(line, "schema", SCHEMA, error) != CHARNN_OK ||
        json_add_string(line, "version", CHARNN_VERSION, error) != CHARNN_OK ||
        json_add_size(line, "step", from->step, error) != CHARNN_OK ||
        json_add_size(line, "rollbacks", from->rollbacks, error) != CHARNN_OK ||
        describe_machine(line, error) != CHARNN_OK ||
        json_add_size(line, "threads", thread_pool_size(parts->pool), error) != CHARNN_OK ||
        json_add_string(line, "kernels", kernels_current()->name, error) != CHARNN_OK ||
        json_add_size(line, "symbols", vocab_size(parts->vocab), error) != CHARNN_OK ||
        json_add_size(line, "parameters", parts->model->parameters.elements, error) != CHARNN_OK ||
        describe_settings(line, parts->config, error) != CHARNN_OK) {
        return error->status;
    }
    return changes != NULL ? add_copy(line, "changes", changes, error) : CHARNN_OK;
}

void train_log_start(struct train_log *log, const struct trainer_parts *parts, const cJSON *changes,
                     const struct train_progress *from) {
    struct error error = {0};
    cJSON *line;
    if (is_off(log)) {
        return;
    }
    enum status status = begin_line("start", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_start(line, parts, changes, from, &error);
    }
    end_line(log, line, status, &error);
}

/* What a step and a validation have in common; `loss` is the mean since the last such line. */
static enum status describe_report(const struct train_log_span *span,
                                   const struct train_report *report, double loss, cJSON *line,
                                   struct error *error) {
    double seconds = clock_seconds() - span->began;
    double speed = seconds > 0 ? (double)span->characters / seconds : 0;
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

static enum status describe_skip(cJSON *line, const struct train_report *report,
                                 struct error *error) {
    if (json_add_size(line, "step", report->progress->step, error) != CHARNN_OK ||
        json_add_double(line, "epoch", report->epoch, error) != CHARNN_OK ||
        json_add_string(line, "what", report->skipped, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(line, "skipped", report->progress->skipped, error);
}

static void log_skip(struct train_log *log, const struct train_report *report) {
    struct error error = {0};
    cJSON *line;
    enum status status = begin_line("skip", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_skip(line, report, &error);
    }
    end_line(log, line, status, &error);
}

void train_log_step(struct train_log *log, const struct train_report *report) {
    struct error error = {0};
    if (is_off(log)) {
        return;
    }
    log->since_step.characters += report->characters;
    log->since_validation.characters += report->characters;
    if (report->skipped != NULL) {
        log_skip(log, report);
    }
    if (report->progress->step % log->every == 0) {
        cJSON *line;
        enum status status = begin_line("step", &line, &error);
        if (status == CHARNN_OK) {
            status = describe_report(&log->since_step, report, report->mean_loss, line, &error);
        }
        end_line(log, line, status, &error);
        begin_span(&log->since_step);
    }
}

void train_log_validation(struct train_log *log, const struct train_report *report, bool improved) {
    struct error error = {0};
    cJSON *line;
    if (is_off(log) || !report->scheduled) {
        return;
    }
    enum status status = begin_line("validation", &line, &error);
    if (status == CHARNN_OK) {
        status =
            describe_report(&log->since_validation, report, report->progress->train, line, &error);
    }
    if (status == CHARNN_OK) {
        status = json_add_bool(line, "best", improved, &error);
    }
    end_line(log, line, status, &error);
    begin_span(&log->since_validation);
}

static enum status describe_rollback(cJSON *line, const struct train_progress *progress,
                                     size_t from, const char *what, struct error *error) {
    if (json_add_size(line, "step", progress->step, error) != CHARNN_OK ||
        json_add_size(line, "from", from, error) != CHARNN_OK ||
        json_add_string(line, "what", what, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(line, "rollbacks", progress->rollbacks, error);
}

void train_log_rollback(struct train_log *log, const struct train_progress *progress, size_t from,
                        const char *what) {
    struct error error = {0};
    cJSON *line;
    if (is_off(log)) {
        return;
    }
    enum status status = begin_line("rollback", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_rollback(line, progress, from, what, &error);
    }
    end_line(log, line, status, &error);
}

static enum status describe_end(cJSON *line, const struct train_progress *progress, double epoch,
                                const char *reason, struct error *error) {
    if (json_add_string(line, "reason", reason, error) != CHARNN_OK ||
        json_add_size(line, "step", progress->step, error) != CHARNN_OK ||
        json_add_double(line, "epoch", epoch, error) != CHARNN_OK ||
        json_add_double(line, "train_loss", progress->train, error) != CHARNN_OK ||
        json_add_double(line, "val_loss", progress->val, error) != CHARNN_OK ||
        json_add_double(line, "best_val_loss", progress->best_val, error) != CHARNN_OK ||
        json_add_size(line, "best_step", progress->best_step, error) != CHARNN_OK ||
        json_add_size(line, "skipped", progress->skipped, error) != CHARNN_OK ||
        json_add_size(line, "rollbacks", progress->rollbacks, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(line, "seconds", progress->seconds, error);
}

void train_log_end(struct train_log *log, const struct train_progress *progress, double epoch,
                   const char *reason) {
    struct error error = {0};
    cJSON *line;
    if (is_off(log)) {
        return;
    }
    enum status status = begin_line("end", &line, &error);
    if (status == CHARNN_OK) {
        status = describe_end(line, progress, epoch, reason, &error);
    }
    end_line(log, line, status, &error);
}
