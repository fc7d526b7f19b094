#include "cli/train/log/log.h"

#include "base/clock.h"
#include "base/files/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "base/version.h"
#include "cli/train/log/file.h"
#include "kernels/dispatch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static void begin_span(struct train_log_span *span) {
    *span = (struct train_log_span){.began = clock_seconds()};
}

bool train_log_is_file(const struct train_settings *settings) {
    return settings->log[0] != '\0' && strcmp(settings->log, "-") != 0;
}

static enum status refuse_used(const char *path, struct error *error) {
    return error_set(error, CHARNN_ERROR_IO,
                     "another run writes the log %s; wait for it, stop it, or choose another --log",
                     path);
}

enum status train_log_check(const struct train_settings *settings, const char *id,
                            struct error *error) {
    const char *path = settings->log;
    struct stat info;
    enum log_owner owner;
    if (!train_log_is_file(settings)) {
        return CHARNN_OK;
    }
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return error_set(error, CHARNN_ERROR_IO,
                         "the log %s is not a regular file; name another file, or - for standard "
                         "output",
                         path);
    }
    if (log_file_is_in_use(path)) {
        return refuse_used(path, error);
    }
    if (log_file_owner(path, id, NULL, &owner, error) != CHARNN_OK) {
        return error->status;
    }
    if (owner == CHARNN_LOG_NONE) {
        return error_set(error, CHARNN_ERROR_IO,
                         "%s exists and is not a charnn log; choose another --log or remove it",
                         path);
    }
    if (owner == CHARNN_LOG_OTHER && settings->resume) {
        return error_set(error, CHARNN_ERROR_IO,
                         "%s is the log of another run; choose another --log", path);
    }
    return CHARNN_OK;
}

enum status train_log_open(struct train_log *log, const struct train_settings *settings,
                           const struct train_progress *resumed, struct progress *progress,
                           struct error *error) {
    const char *path = settings->log;
    *log = (struct train_log){
        .writer = {.path = path, .fd = -1, .progress = progress},
        .savefile = settings->savefile,
        .every = settings->print_every,
    };
    begin_span(&log->since_step);
    begin_span(&log->since_validation);
    if (!train_log_is_file(settings)) {
        log->writer.fd = path[0] != '\0' ? STDOUT_FILENO : -1;
        return CHARNN_OK;
    }
    log->writer.fd = log_file_open(path);
    if (log->writer.fd < 0) {
        return errno == EWOULDBLOCK ? refuse_used(path, error)
                                    : error_set_errno(error, CHARNN_ERROR_IO, errno,
                                                      "cannot write the log %s", path);
    }
    return resumed != NULL
               ? log_file_rewind(path, resumed->step, resumed->rollbacks, resumed->due, error)
               : CHARNN_OK;
}

/* A line being built. The first error stops the building; end_line() reports it. */
struct line {
    struct log_writer *writer;
    cJSON *root;
    cJSON *object; /* receives the members: the root or an object in it */
    struct error error;
};

static void add_string(struct line *line, const char *key, const char *value) {
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_add_string(line->object, key, value, &line->error);
    }
}

static void add_size(struct line *line, const char *key, size_t value) {
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_add_size(line->object, key, value, &line->error);
    }
}

static void add_double(struct line *line, const char *key, double value) {
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_add_double(line->object, key, value, &line->error);
    }
}

static void add_copy(struct line *line, const char *key, const cJSON *item) {
    if (line->error.status == CHARNN_OK) {
        cJSON *copy = cJSON_Duplicate(item, true);
        if (copy == NULL || !cJSON_AddItemToObject(line->object, key, copy)) {
            cJSON_Delete(copy);
            (void)error_set(&line->error, CHARNN_ERROR_MEMORY, "out of memory for %s", key);
        }
    }
}

/* Returns false if nothing is logged; else end_line() must follow. */
static bool begin_line(struct line *line, struct train_log *log, const char *event) {
    *line = (struct line){.writer = &log->writer};
    if (log->writer.path[0] == '\0' || log->is_over) {
        return false;
    }
    line->error.status = json_create_object(&line->root, &line->error);
    line->object = line->root;
    add_string(line, "event", event);
    return true;
}

static void end_line(struct line *line) {
    char *text = NULL;
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_print(line->root, false, &text, &line->error);
    }
    if (line->error.status == CHARNN_OK) {
        size_t size = strlen(text);
        text[size] = '\n'; /* replaces the NUL: the line is a single write */
        log_writer_write(line->writer, text, size + 1);
    } else {
        log_writer_miss(line->writer, &line->error);
    }
    memory_free(text);
    cJSON_Delete(line->root);
}

static void add_machine(struct line *line) {
    struct utsname names;
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_add_object(line->root, "machine", &line->object, &line->error);
    }
    if (uname(&names) == 0) {
        add_string(line, "name", names.nodename);
        add_string(line, "system", names.sysname);
        add_string(line, "release", names.release);
        add_string(line, "architecture", names.machine);
        add_size(line, "processors", thread_pool_default_size());
    }
    line->object = line->root;
}

/* The run's id and the origin of the weights are among the settings in checkpoints, but beside them
 * in the log. */
static void add_config(struct line *line, const cJSON *config) {
    const cJSON *origin = cJSON_GetObjectItemCaseSensitive(config, "origin");
    add_copy(line, "settings", config);
    cJSON *settings = cJSON_GetObjectItemCaseSensitive(line->object, "settings");
    cJSON_DeleteItemFromObjectCaseSensitive(settings, "run");
    cJSON_DeleteItemFromObjectCaseSensitive(settings, "origin");
    if (origin != NULL) {
        add_copy(line, "origin", origin);
        line->object = settings;
        add_string(line, "init_from",
                   cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(origin, "path")));
        line->object = line->root;
    }
}

/* Adds the number of characters in each part of the text. */
static void add_characters(struct line *line, const struct corpus *corpus,
                           const struct trainer_plan *plan) {
    static const char *const names[] = {
        [CHARNN_SPLIT_TRAIN] = "train", [CHARNN_SPLIT_VAL] = "val", [CHARNN_SPLIT_TEST] = "test"};
    if (line->error.status == CHARNN_OK) {
        line->error.status = json_add_object(line->root, "characters", &line->object, &line->error);
    }
    for (size_t i = 0; i < CHARNN_SPLITS; i++) {
        add_size(line, names[i], split_characters(corpus, plan->splits[i]));
    }
    line->object = line->root;
}

void train_log_start(struct train_log *log, const struct trainer_parts *parts,
                     const struct trainer_plan *plan, const cJSON *changes,
                     const struct train_progress *from) {
    struct line line;
    if (!begin_line(&line, log, "start")) {
        return;
    }
    add_size(&line, "schema", 1);
    add_string(&line, "version", CHARNN_VERSION);
    if (cJSON_HasObjectItem(parts->config, "run")) {
        add_copy(&line, "run", cJSON_GetObjectItemCaseSensitive(parts->config, "run"));
    }
    add_string(&line, "savefile", utf8_is_valid(log->savefile) ? log->savefile : "");
    add_size(&line, "step", from->step);
    add_size(&line, "rollbacks", from->rollbacks);
    add_machine(&line);
    add_size(&line, "threads", thread_pool_size(parts->pool));
    add_string(&line, "kernels", kernels_current()->name);
    add_characters(&line, parts->corpus, plan);
    add_size(&line, "symbols", vocab_size(parts->vocab));
    add_size(&line, "parameters", parts->model->parameters.elements);
    add_config(&line, parts->config);
    if (changes != NULL) {
        add_copy(&line, "changes", changes);
    }
    end_line(&line);
}

/* Adds the members that a step and a validation share; `loss` is the mean over the span. */
static void add_report(struct line *line, const struct train_log_span *span,
                       const struct train_report *report, double loss) {
    double seconds = clock_seconds() - span->began;
    add_size(line, "step", report->progress->step);
    add_double(line, "epoch", report->progress->epoch);
    add_double(line, "train_loss", loss);
    add_double(line, "val_loss", report->progress->val);
    add_double(line, "learning_rate", report->rate);
    add_double(line, "gradient_norm", report->gradient_norm);
    add_double(line, "chars_per_second", seconds > 0 ? (double)span->characters / seconds : 0);
    add_double(line, "seconds", report->progress->seconds);
}

/* What several ranks exchanged since the last such line. */
static void add_traffic(struct line *line, struct train_log *log) {
    struct ranks_traffic now = ranks_traffic();
    if (ranks_count() > 1) {
        add_size(line, "ranks", ranks_count());
        add_double(line, "bytes_sent", now.bytes - log->sent.bytes);
        add_double(line, "waiting_seconds", now.waited - log->sent.waited);
        log->sent = now;
    }
}

void train_log_step(struct train_log *log, const struct train_report *report) {
    struct line line;
    log->since_step.characters += report->characters;
    log->since_validation.characters += report->characters;
    if (report->skipped != NULL && begin_line(&line, log, "skip")) {
        add_size(&line, "step", report->progress->step);
        add_double(&line, "epoch", report->progress->epoch);
        add_string(&line, "what", report->skipped);
        add_size(&line, "skipped", report->progress->skipped);
        end_line(&line);
    }
    if (report->progress->step % log->every == 0 && begin_line(&line, log, "step")) {
        add_report(&line, &log->since_step, report, report->mean_loss);
        add_traffic(&line, log);
        end_line(&line);
        begin_span(&log->since_step);
    }
}

void train_log_validation(struct train_log *log, const struct train_report *report, bool improved) {
    struct line line;
    if (!report->scheduled || !begin_line(&line, log, "validation")) {
        return;
    }
    add_report(&line, &log->since_validation, report, report->progress->train);
    if (line.error.status == CHARNN_OK) {
        line.error.status = json_add_bool(line.object, "best", improved, &line.error);
    }
    end_line(&line);
    begin_span(&log->since_validation);
}

void train_log_rollback(struct train_log *log, const struct train_progress *progress, size_t from,
                        const char *what) {
    struct line line;
    if (begin_line(&line, log, "rollback")) {
        add_size(&line, "step", progress->step);
        add_size(&line, "from", from);
        add_string(&line, "what", what);
        add_size(&line, "rollbacks", progress->rollbacks);
        end_line(&line);
    }
}

void train_log_length(struct train_log *log, const struct train_progress *progress,
                      size_t max_steps) {
    struct line line;
    if (begin_line(&line, log, "length")) {
        add_size(&line, "step", progress->step);
        add_size(&line, "max_steps", max_steps);
        end_line(&line);
    }
}

void train_log_end(struct train_log *log, const struct train_progress *progress,
                   const char *reason) {
    struct line line;
    if (begin_line(&line, log, "end")) {
        add_string(&line, "reason", reason);
        add_size(&line, "step", progress->step);
        add_double(&line, "epoch", progress->epoch);
        add_double(&line, "train_loss", progress->train);
        add_double(&line, "val_loss", progress->val);
        add_double(&line, "best_val_loss", progress->best_val);
        add_size(&line, "best_step", progress->best_step);
        add_size(&line, "skipped", progress->skipped);
        add_size(&line, "rollbacks", progress->rollbacks);
        add_double(&line, "seconds", progress->seconds);
        end_line(&line);
    }
}
