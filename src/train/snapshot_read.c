/* A run's state in checkpoints: how it is read back. */
#include "base/json.h"
#include "base/memory.h"
#include "train/text_errors.h"
#include "train/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number that may be missing: JSON has no NaN, so it was written as null. */
static double optional_number(const cJSON *item) {
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static enum status read_history(struct trainer *t, const cJSON *training, const char *where,
                                struct error *error) {
    const cJSON *rows;
    if (json_get_array(training, where, "history", &rows, error) != CHARNN_OK) {
        return error->status;
    }
    size_t count = (size_t)cJSON_GetArraySize(rows);
    void *memory;
    if (memory_allocate(count, sizeof *t->history, "the history", &memory, error) != CHARNN_OK) {
        return error->status;
    }
    memory_free(t->history);
    t->history = memory;
    t->history_capacity = count;
    t->history_count = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) {
        struct train_validation *v = &t->history[t->history_count++];
        if (cJSON_GetArraySize(row) != 4 || !json_to_size(cJSON_GetArrayItem(row, 0), &v->step)) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: entry %zu of \"history\" is not [step, epoch, train, val]", where,
                             t->history_count);
        }
        v->epoch = optional_number(cJSON_GetArrayItem(row, 1));
        v->train = optional_number(cJSON_GetArrayItem(row, 2));
        v->val = optional_number(cJSON_GetArrayItem(row, 3));
    }
    return CHARNN_OK;
}

static enum status check_corpus(const struct trainer *t, const cJSON *training, const char *where,
                                struct error *error) {
    const cJSON *corpus;
    const char *checksum;
    char own[32];
    (void)snprintf(own, sizeof own, "%016llx", (unsigned long long)t->corpus_checksum);
    if (json_get_object(training, where, "corpus", &corpus, error) != CHARNN_OK ||
        json_get_string(corpus, where, "xxh64", &checksum, error) != CHARNN_OK) {
        return error->status;
    }
    if (strcmp(checksum, own) != 0) {
        return train_text_differs(error);
    }
    return CHARNN_OK;
}

/* A count that a file of an earlier version lacks. */
static enum status read_count(const cJSON *json, const char *where, const char *key,
                              size_t fallback, size_t *count, struct error *error) {
    *count = fallback;
    return cJSON_HasObjectItem(json, key) ? json_get_size(json, where, key, count, error)
                                          : CHARNN_OK;
}

static enum status read_mean(const cJSON *json, const char *where, const char *name,
                             struct train_mean *mean, struct error *error) {
    char key[64];
    (void)snprintf(key, sizeof key, "%s_sum", name);
    if (json_get_double(json, where, key, &mean->sum, error) != CHARNN_OK) {
        return error->status;
    }
    (void)snprintf(key, sizeof key, "%s_count", name);
    return json_get_size(json, where, key, &mean->count, error);
}

static enum status read_results(const cJSON *json, const char *where, struct train_progress *p,
                                struct train_mean *loss, struct error *error) {
    if (json_get_size(json, where, "best_step", &p->best_step, error) != CHARNN_OK ||
        json_get_double(json, where, "best_epoch", &p->best_epoch, error) != CHARNN_OK ||
        json_get_size(json, where, "validations_since_best", &p->validations_since_best, error) !=
            CHARNN_OK) {
        return error->status;
    }
    p->train = optional_number(cJSON_GetObjectItemCaseSensitive(json, "train"));
    p->val = optional_number(cJSON_GetObjectItemCaseSensitive(json, "val"));
    p->best_val = optional_number(cJSON_GetObjectItemCaseSensitive(json, "best_val"));
    return read_mean(json, where, "loss", loss, error);
}

/* What a run that goes on is to take; after read_progress() and read_history(). */
static enum status read_scheduled(struct trainer *t, const cJSON *training, const char *where,
                                  struct error *error) {
    const cJSON *json;
    struct train_mark *mark = &t->scheduled;
    t->provisional = cJSON_HasObjectItem(training, "scheduled");
    if (!t->provisional) {
        return CHARNN_OK;
    }
    mark->progress = t->progress;
    if (json_get_object(training, where, "scheduled", &json, error) != CHARNN_OK ||
        read_results(json, where, &mark->progress, &mark->loss, error) != CHARNN_OK ||
        json_get_size(json, where, "history_count", &mark->history_count, error) != CHARNN_OK) {
        return error->status;
    }
    if (mark->history_count > t->history_count) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"history_count\" is more than the entries of \"history\"", where);
    }
    return CHARNN_OK;
}

/* The file has apart those of the steps that led to its weights, and those that were gone back
 * from. */
static enum status read_skipped(const cJSON *training, const char *where, struct train_progress *p,
                                struct error *error) {
    size_t skipped;
    if (read_count(training, where, "skipped", 0, &skipped, error) != CHARNN_OK ||
        read_count(training, where, "skipped_undone", 0, &p->skipped_undone, error) != CHARNN_OK) {
        return error->status;
    }
    if (skipped > p->step) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"skipped\" is more than \"step\"",
                         where);
    }
    p->skipped = skipped + p->skipped_undone;
    return CHARNN_OK;
}

static enum status read_progress(struct trainer *t, const cJSON *training, const char *where,
                                 struct error *error) {
    struct train_progress *p = &t->progress;
    t->printed = (struct train_mean){0};
    if (json_get_size(training, where, "step", &p->step, error) != CHARNN_OK ||
        json_get_size(training, where, "windows", &p->windows, error) != CHARNN_OK ||
        read_results(training, where, p, &t->loss, error) != CHARNN_OK ||
        read_skipped(training, where, p, error) != CHARNN_OK ||
        read_count(training, where, "bad_steps", 0, &t->bad_steps, error) != CHARNN_OK ||
        read_count(training, where, "rollbacks", 0, &p->rollbacks, error) != CHARNN_OK ||
        (cJSON_HasObjectItem(training, "printed_sum") &&
         read_mean(training, where, "printed", &t->printed, error) != CHARNN_OK)) {
        return error->status;
    }
    p->smooth = optional_number(cJSON_GetObjectItemCaseSensitive(training, "smooth"));
    return CHARNN_OK;
}

/* Weights, their average, and the optimizer's arrays. */
static enum status read_arrays(struct trainer *t, const struct checkpoint *checkpoint,
                               struct error *error) {
    struct parameters *p = &t->parts.model->parameters;
    if (checkpoint_load_flat(checkpoint, "", p, t->parts.pool, trainer_model(t)->parameters.values,
                             error) != CHARNN_OK) {
        return error->status;
    }
    if (t->average != NULL && checkpoint_load_flat(checkpoint, CHARNN_RAW_PREFIX, p, t->parts.pool,
                                                   p->values, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < optimizer_array_count(t->optimizer); i++) {
        if (checkpoint_load_flat(checkpoint, optimizer_array_name(t->optimizer, i), p,
                                 t->parts.pool, optimizer_array(t->optimizer, i),
                                 error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status read_carried_state(struct trainer *t, const struct checkpoint *checkpoint,
                                      struct error *error) {
    size_t units = t->parts.model->shape.hidden;
    void *memory;
    if (memory_allocate(t->plan.batch * units, sizeof(float), "the carried state", &memory,
                        error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t l = 0; l < t->parts.model->shape.layers; l++) {
        for (size_t kind = 0; kind < network_state_kinds(t->network); kind++) {
            char name[CHARNN_STATE_NAME];
            snapshot_state_name(l, kind, name);
            if (checkpoint_load_tensor(checkpoint, name, t->plan.batch, units, memory, error) !=
                CHARNN_OK) {
                memory_free(memory);
                return error->status;
            }
            network_set_state(t->network, l, (int)kind, memory);
        }
    }
    memory_free(memory);
    return CHARNN_OK;
}

/* The beginning of sentences about the training state of a checkpoint. */
struct place {
    char text[4096];
};

static struct place place_of(const struct checkpoint *checkpoint) {
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "the charnn.training of %s",
                   checkpoint_path(checkpoint));
    return place;
}

enum status snapshot_read(struct trainer *t, const struct checkpoint *checkpoint,
                          struct error *error) {
    const cJSON *training = checkpoint_training(checkpoint);
    const struct place place = place_of(checkpoint);
    if (training == NULL ||
        !checkpoint_has_flat(checkpoint, optimizer_array_name(t->optimizer, 0))) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s has weights only, without what resuming needs; start from them with "
                         "--init-from",
                         checkpoint_path(checkpoint));
    }
    if (check_corpus(t, training, place.text, error) != CHARNN_OK ||
        read_progress(t, training, place.text, error) != CHARNN_OK ||
        read_history(t, training, place.text, error) != CHARNN_OK ||
        read_scheduled(t, training, place.text, error) != CHARNN_OK ||
        read_arrays(t, checkpoint, error) != CHARNN_OK) {
        return error->status;
    }
    const struct train_progress *p = &t->progress;
    optimizer_set_steps(t->optimizer, p->step - (p->skipped - p->skipped_undone));
    return read_carried_state(t, checkpoint, error);
}

enum status snapshot_read_past(struct trainer *t, const struct checkpoint *checkpoint,
                               struct error *error) {
    const cJSON *training = checkpoint_training(checkpoint);
    const struct place place = place_of(checkpoint);
    const cJSON *row;
    if (read_count(training, place.text, "scheduled_step", t->progress.step, &t->scheduled_step,
                   error) != CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(training, "changes")) {
        size_t step;
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(row, 1));
        if (!json_to_size(cJSON_GetArrayItem(row, 0), &step) || text == NULL) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: an entry of \"changes\" is not [step, text]", place.text);
        }
        if (trainer_add_change(t, step, text, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static bool is_same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* Whether the last of these rows, written with [step, epoch, train, val], is one of the run's. */
static bool has_validation(const struct trainer *t, const cJSON *rows) {
    size_t count = (size_t)cJSON_GetArraySize(rows);
    if (count == 0 || count > t->history_count) {
        return count == 0;
    }
    const cJSON *row = cJSON_GetArrayItem(rows, (int)count - 1);
    const struct train_validation *v = &t->history[count - 1];
    size_t step;
    return cJSON_GetArraySize(row) == 4 && json_to_size(cJSON_GetArrayItem(row, 0), &step) &&
           step == v->step && is_same(optional_number(cJSON_GetArrayItem(row, 2)), v->train) &&
           is_same(optional_number(cJSON_GetArrayItem(row, 3)), v->val);
}

bool snapshot_is_of_run(const struct trainer *t, const struct checkpoint *checkpoint, size_t step) {
    struct error error = {0};
    const cJSON *training = checkpoint_training(checkpoint);
    const struct place place = place_of(checkpoint);
    const cJSON *rows;
    size_t own;
    return training != NULL && check_corpus(t, training, place.text, &error) == CHARNN_OK &&
           json_get_size(training, place.text, "step", &own, &error) == CHARNN_OK && own == step &&
           json_get_array(training, place.text, "history", &rows, &error) == CHARNN_OK &&
           has_validation(t, rows);
}
