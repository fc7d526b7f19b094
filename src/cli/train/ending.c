#include "cli/train/run.h"

#include "base/files/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/plural.h"
#include "cli/terminal/format.h"
#include "cli/train/signals.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define FAILED "failed: " /* begins the reason of a run that an error ended */

static const char *end_text(enum train_end end) {
    static const char *const texts[] = {
        [CHARNN_END_EPOCHS] = "all epochs done",     [CHARNN_END_STEPS] = "all steps done",
        [CHARNN_END_SECONDS] = "time is up",         [CHARNN_END_PATIENCE] = "no improvement",
        [CHARNN_END_SIGNAL] = "stopped by a signal",
    };
    return texts[end];
}

static void print_done(struct train_run *run, enum train_end end) {
    const struct train_progress *p = trainer_progress(run->trainer);
    char text[CHARNN_FORMAT_SIZE];
    char limits[CHARNN_LIMITS];
    bool idle = run->progress.steps == 0 && end != CHARNN_END_SIGNAL;
    if (idle && p->step > 0 && train_is_complete(run, limits)) {
        progress_say(&run->progress, "done",
                     "the run was already complete at step %zu, epoch %.2f; to continue it, give "
                     "%s",
                     p->step, p->epoch, limits);
    } else {
        progress_say(&run->progress, "done", "%s at step %zu, epoch %.2f, %s", end_text(end),
                     p->step, p->epoch, format_duration(p->seconds, text));
    }
    if (p->step == 0 && end == CHARNN_END_SECONDS) {
        progress_say(&run->progress, "note",
                     "--max-seconds ended the run before its first step was done; raise it, or "
                     "use a smaller --rnn-size, --num-layers, --batch-size or --seq-length");
    }
    if (p->skipped > 0) {
        progress_say(&run->progress, "skipped", "%zu step%s whose loss or gradient was not finite",
                     p->skipped, plural_ending(p->skipped));
    }
}

static bool get_path(const struct train_run *run, const char *name, char path[CHARNN_PATH_LENGTH]) {
    struct error error = {0};
    return trainer_checkpoint_path(run->settings, name, path, CHARNN_PATH_LENGTH, &error) ==
           CHARNN_OK;
}

/* Whether this run has saved a checkpoint of that name. */
static bool has_checkpoint(const struct train_run *run, const char *name,
                           char path[CHARNN_PATH_LENGTH]) {
    return trainer_has_saved(run->trainer) && get_path(run, name, path) && access(path, F_OK) == 0;
}

/* Whether the file is a checkpoint of the run's best step. */
static enum status check_best(const struct train_run *run, const char *path, struct error *error) {
    size_t best = trainer_progress(run->trainer)->best_step;
    size_t step = SIZE_MAX;
    struct checkpoint *checkpoint;
    if (checkpoint_open(path, &checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    const cJSON *training = checkpoint_training(checkpoint);
    bool same =
        json_to_size(cJSON_GetObjectItemCaseSensitive(training, "step"), &step) && step == best;
    checkpoint_close(checkpoint);
    return same ? CHARNN_OK
                : error_set(error, CHARNN_ERROR_FORMAT, "%s is of another step or run", path);
}

void train_print_best(struct train_run *run, bool only_if_lost) {
    const struct train_progress *p = trainer_progress(run->trainer);
    char path[CHARNN_PATH_LENGTH];
    struct error error = {0};
    if (!isfinite(p->best_val) || !get_path(run, "best", path)) {
        return;
    }
    if (check_best(run, path, &error) != CHARNN_OK) {
        progress_say(&run->progress, only_if_lost ? "warning" : "best",
                     "the best checkpoint (val %.4f nats, %.4f bits/char, at step %zu) can no "
                     "longer be used: %s",
                     p->best_val, format_bits(p->best_val), p->best_step, error.message);
    } else if (!only_if_lost) {
        progress_say(&run->progress, "best", "val %.4f nats, %.4f bits/char, at epoch %.2f: %s",
                     p->best_val, format_bits(p->best_val), p->best_epoch, path);
    }
}

void train_print_saved(struct train_run *run) {
    char path[CHARNN_PATH_LENGTH];
    if (get_path(run, "last", path)) {
        progress_say(&run->progress, "saved", "step %zu: %s", trainer_progress(run->trainer)->step,
                     path);
    }
}

static void print_resume(struct train_run *run) {
    struct error error = {0};
    char path[CHARNN_PATH_LENGTH];
    char *command;
    if (!has_checkpoint(run, "last", path)) {
        progress_say(&run->progress, "note", "nothing was saved, so the run cannot be resumed");
    } else if (train_resume_command(run, &command, &error) == CHARNN_OK) {
        progress_say(&run->progress, "resume", "%s", command);
        memory_free(command);
    }
}

void train_print_end(struct train_run *run, enum train_end end) {
    char path[CHARNN_PATH_LENGTH];
    train_log_end(&run->log, trainer_progress(run->trainer), end_text(end));
    print_done(run, end);
    train_print_best(run, false);
    if (end != CHARNN_END_SIGNAL) {
        return;
    }
    train_print_saved(run);
    if (trainer_progress(run->trainer)->validations == 0 && has_checkpoint(run, "last", path)) {
        progress_say(&run->progress, "note",
                     "there is no best checkpoint before the first validation; use %s", path);
    }
    print_resume(run);
    run->invocation->signal = train_signals_requests()->ended_by;
}

/* Whether the last line of a log is the end of a run that was neither stopped nor failed. */
static bool is_end(const char *line, size_t size) {
    struct error ignored = {0};
    cJSON *json;
    bool is = json_parse(line, size, "the log", &json, &ignored) == CHARNN_OK;
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "event"));
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "reason"));
    is = is && event != NULL && strcmp(event, "end") == 0 && reason != NULL &&
         strncmp(reason, FAILED, strlen(FAILED)) != 0 &&
         strcmp(reason, end_text(CHARNN_END_SIGNAL)) != 0;
    cJSON_Delete(json);
    return is;
}

bool train_log_is_over(const struct train_run *run) {
    char limits[CHARNN_LIMITS];
    struct error ignored = {0};
    struct file_bytes log;
    if (!train_log_is_file(run->settings) || trainer_progress(run->trainer)->due ||
        !train_is_complete(run, limits) ||
        file_bytes_init(&log, run->settings->log, &ignored) != CHARNN_OK) {
        return false;
    }
    const char *text = (const char *)log.data;
    size_t begin = log.size > 0 ? log.size - 1 : 0;
    while (begin > 0 && text[begin - 1] != '\n') {
        begin--;
    }
    bool is_over = is_end(text + begin, log.size - begin);
    file_bytes_deinit(&log);
    return is_over;
}

void train_print_failure(struct train_run *run, const struct error *error) {
    char reason[CHARNN_ERROR_LENGTH + 16];
    (void)snprintf(reason, sizeof reason, FAILED "%s", error->message);
    train_log_end(&run->log, trainer_progress(run->trainer), reason);
    if (error->status == CHARNN_ERROR_IO) {
        print_resume(run);
    }
}
