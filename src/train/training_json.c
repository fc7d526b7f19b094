#include "train/training_json.h"

#include "base/json.h"
#include "base/memory.h"
#include "train/text_errors.h"
#include "train/time_limit.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- progress: one table for both directions ------------------------------------------------- */

enum kind { COUNT, NUMBER, NULLABLE /* NaN is written as null */ };

/* No run exceeds these limits, and nothing that is computed from values within them overflows. */
static const double steps_most = 1e12;        /* as --max-steps */
static const double rollbacks_most = 1e6;     /* the learning rate is 0 long before */
static const double characters_most = 0x1p52; /* half of what JSON holds exactly */
static const double seconds_most = 1e12;
static const double nats_most = 1e62; /* more than any sum of float losses over steps_most steps */

#define FIELD(key, member, kind, most)                                                             \
    { key, offsetof(struct train_progress, member), kind, &most }
/* Values from 0 to *most. */
static const struct field {
    const char *key;
    size_t offset;
    enum kind kind;
    const double *most;
} fields[] = {
    /* results: what a validation changes */
    FIELD("train", train, NULLABLE, nats_most),
    FIELD("val", val, NULLABLE, nats_most),
    FIELD("best_val", best_val, NULLABLE, nats_most),
    FIELD("best_step", best_step, COUNT, steps_most),
    FIELD("best_epoch", best_epoch, NUMBER, characters_most),
    FIELD("validations_since_best", validations_since_best, COUNT, steps_most),
    FIELD("loss_sum", loss.sum, NUMBER, nats_most),
    FIELD("loss_count", loss.count, COUNT, steps_most),
    FIELD("smooth", smooth, NULLABLE, nats_most),
    /* optional: files of earlier versions may lack them */
    FIELD("printed_sum", printed.sum, NUMBER, nats_most),
    FIELD("printed_count", printed.count, COUNT, steps_most),
    FIELD("skipped", skipped, COUNT, steps_most), /* without skipped_undone */
    FIELD("skipped_undone", skipped_undone, COUNT, steps_most),
    FIELD("bad_steps", bad_steps, COUNT, steps_most),
    FIELD("rollbacks", rollbacks, COUNT, rollbacks_most),
    FIELD("scheduled_step", scheduled_step, COUNT, steps_most),
};
enum { RESULTS = 8, FIRST_OPTIONAL = 9, FIELDS = sizeof fields / sizeof fields[0] };

/* The position in the text; every checkpoint has it. training_json_create() writes it itself. The
 * windows decide; the epoch and the characters follow from them and are only checked. */
static const struct field position_fields[] = {
    FIELD("step", step, COUNT, steps_most),
    FIELD("epoch", epoch, NUMBER, characters_most),
    FIELD("characters", windows, COUNT, characters_most),
    FIELD("windows", windows, COUNT, characters_most),
};
enum { POSITION_FIELDS = sizeof position_fields / sizeof position_fields[0] };

/* Only some checkpoints have these. */
static const struct field seconds_field = FIELD("seconds", seconds_before, NUMBER, seconds_most);
static const struct field rate_start_fields[] = {
    FIELD("step", rate_start.step, COUNT, steps_most),
    FIELD("seconds", rate_start.seconds, NUMBER, seconds_most),
    FIELD("rollbacks", rate_start.rollbacks, COUNT, rollbacks_most),
};
enum { RATE_START_FIELDS = sizeof rate_start_fields / sizeof rate_start_fields[0] };

static enum status add_fields(cJSON *json, size_t count, const struct train_progress *p,
                              struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
        const void *member = (const char *)p + fields[i].offset;
        status = fields[i].kind == COUNT
                     ? json_add_size(json, fields[i].key, *(const size_t *)member, error)
                     : json_add_double(json, fields[i].key, *(const double *)member, error);
    }
    return status;
}

/* JSON has no NaN. */
static double nullable_number(const cJSON *item) {
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : NAN;
}

static enum status read_field(const cJSON *json, const char *where, const struct field *f,
                              struct train_progress *p, struct error *error) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, f->key);
    void *member = (char *)p + f->offset;
    if (f->kind == NULLABLE && (item == NULL || cJSON_IsNull(item))) {
        *(double *)member = NAN;
        return CHARNN_OK;
    }
    enum status status = f->kind == COUNT ? json_get_size(json, where, f->key, member, error)
                                          : json_get_double(json, where, f->key, member, error);
    double value = item != NULL ? item->valuedouble : 0;
    if (status == CHARNN_OK && !(value >= 0 && value <= *f->most)) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"%s\" is %.16g; it must be from 0 to %.16g", where, f->key, value,
                         *f->most);
    }
    return status;
}

static enum status read_table(const cJSON *json, const char *where, const struct field *table,
                              size_t count, struct train_progress *p, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
        status = read_field(json, where, &table[i], p, error);
    }
    return status;
}

static enum status read_fields(const cJSON *json, const char *where, size_t count,
                               struct train_progress *p, struct error *error) {
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < count; i++) {
        if (i < FIRST_OPTIONAL || cJSON_HasObjectItem(json, fields[i].key)) {
            status = read_field(json, where, &fields[i], p, error);
        }
    }
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static enum status add_corpus(cJSON *json, const struct trainer *t, struct error *error) {
    cJSON *corpus;
    if (json_add_object(json, "corpus", &corpus, error) != CHARNN_OK ||
        json_add_size(corpus, "symbols", corpus_length(t->parts.corpus), error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_string(corpus, "xxh64", t->corpus_checksum, error);
}

static enum status add_history(cJSON *json, const struct trainer *t, struct error *error) {
    cJSON *rows;
    if (json_add_array(json, "history", &rows, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < t->progress.validations; i++) {
        const struct train_validation *v = &t->history[i];
        cJSON *row;
        if (json_add_array(rows, NULL, &row, error) != CHARNN_OK ||
            json_add_size(row, NULL, v->step, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->epoch, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->train, error) != CHARNN_OK ||
            json_add_double(row, NULL, v->val, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status out_of_memory(struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the changes of the run");
}

/* What a resumed run restores if it goes on after a final validation. */
static enum status add_scheduled(cJSON *json, const struct trainer *t, struct error *error) {
    cJSON *scheduled;
    if (!t->final) {
        return CHARNN_OK;
    }
    if (json_add_object(json, "scheduled", &scheduled, error) != CHARNN_OK ||
        add_fields(scheduled, RESULTS, &t->scheduled, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(scheduled, "history_count", t->scheduled.validations, error);
}

/* Records that a validation is due, and the values of its step that the log reports. */
static enum status add_due(cJSON *json, const struct trainer *t, struct error *error) {
    cJSON *due;
    if (!t->progress.due) {
        return CHARNN_OK;
    }
    if (json_add_object(json, "due", &due, error) != CHARNN_OK ||
        json_add_double(due, "learning_rate", t->report.rate, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_double(due, "gradient_norm", t->report.gradient_norm, error);
}

/* Only runs with a time limit save their time, because other runs write the same checkpoints every
 * time. The time reserved for the final validation counts in full, even if it took less. */
static enum status add_seconds(cJSON *json, const struct trainer *t, struct error *error) {
    double limit = t->parts.settings->max_seconds;
    double spent = t->time_is_up ? fmax(time_spent(t), limit) : time_spent(t);
    return limit > 0 ? json_add_double(json, "seconds", spent, error) : CHARNN_OK;
}

static enum status add_rate_start(cJSON *json, const struct trainer *t, struct error *error) {
    const struct train_rate_start *from = &t->progress.rate_start;
    cJSON *start;
    if (from->step == 0) {
        return CHARNN_OK;
    }
    if (json_add_object(json, "rate_start", &start, error) != CHARNN_OK ||
        json_add_size(start, "step", from->step, error) != CHARNN_OK ||
        json_add_double(start, "seconds", from->seconds, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(start, "rollbacks", from->rollbacks, error);
}

/* What only some checkpoints have. */
static enum status add_rest(cJSON *json, const struct trainer *t, struct error *error) {
    if (add_seconds(json, t, error) != CHARNN_OK || add_rate_start(json, t, error) != CHARNN_OK ||
        add_due(json, t, error) != CHARNN_OK) {
        return error->status;
    }
    return add_scheduled(json, t, error);
}

enum status training_json_create(const struct trainer *t, cJSON **json, struct error *error) {
    struct train_progress p = t->progress;
    size_t characters = p.windows * t->plan.batch * t->plan.steps;
    p.skipped -= p.skipped_undone;
    if (json_create_object(json, error) != CHARNN_OK ||
        json_add_size(*json, "step", p.step, error) != CHARNN_OK ||
        json_add_double(*json, "epoch", p.epoch, error) != CHARNN_OK ||
        json_add_size(*json, "windows", p.windows, error) != CHARNN_OK ||
        json_add_size(*json, "characters", characters, error) != CHARNN_OK ||
        add_fields(*json, FIELDS, &p, error) != CHARNN_OK ||
        add_corpus(*json, t, error) != CHARNN_OK || add_history(*json, t, error) != CHARNN_OK) {
        return error->status;
    }
    cJSON *changes = cJSON_CreateArrayReference(t->changes->child);
    if (!cJSON_AddItemToObject(*json, "changes", changes)) {
        cJSON_Delete(changes);
        return out_of_memory(error);
    }
    return add_rest(*json, t, error);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The charnn.training of an open checkpoint, and its name in errors. */
struct source {
    const cJSON *json;
    char where[CHARNN_PATH_LENGTH + 32];
};

static void source_init(struct source *s, const struct checkpoint *checkpoint) {
    s->json = checkpoint_training(checkpoint);
    (void)snprintf(s->where, sizeof s->where, "the charnn.training of %s",
                   checkpoint_path(checkpoint));
}

static enum status check_corpus(const struct trainer *t, const struct source *s,
                                struct error *error) {
    const cJSON *corpus;
    const char *checksum;
    if (json_get_object(s->json, s->where, "corpus", &corpus, error) != CHARNN_OK ||
        json_get_string(corpus, s->where, "xxh64", &checksum, error) != CHARNN_OK) {
        return error->status;
    }
    return strcmp(checksum, t->corpus_checksum) == 0 ? CHARNN_OK : train_text_differs(error);
}

/* Whether a number that may be missing is from 0 to `most`. */
static bool is_within(double number, double most) {
    return isnan(number) || (number >= 0 && number <= most);
}

static bool read_validation(const cJSON *row, struct train_validation *v) {
    v->epoch = nullable_number(cJSON_GetArrayItem(row, 1));
    v->train = nullable_number(cJSON_GetArrayItem(row, 2));
    v->val = nullable_number(cJSON_GetArrayItem(row, 3));
    return cJSON_GetArraySize(row) == 4 && json_to_size(cJSON_GetArrayItem(row, 0), &v->step) &&
           (double)v->step <= steps_most && is_within(v->epoch, characters_most) &&
           is_within(v->train, nats_most) && is_within(v->val, nats_most);
}

static enum status read_history(struct trainer *t, const struct source *s, struct error *error) {
    const cJSON *rows;
    const cJSON *row;
    size_t *count = &t->progress.validations;
    if (json_get_array(s->json, s->where, "history", &rows, error) != CHARNN_OK ||
        MEMORY_GROW(&t->history, &t->history_capacity, 0, (size_t)cJSON_GetArraySize(rows),
                    "the history", error) != CHARNN_OK) {
        return error->status;
    }
    cJSON_ArrayForEach(row, rows) {
        if (!read_validation(row, &t->history[(*count)++])) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: entry %zu of \"history\" is not [step, epoch, train, val]",
                             s->where, *count);
        }
    }
    return CHARNN_OK;
}

static enum status read_scheduled(struct trainer *t, const struct source *s, struct error *error) {
    const cJSON *json;
    struct train_progress *p = &t->scheduled;
    t->final = cJSON_HasObjectItem(s->json, "scheduled");
    if (!t->final) {
        return CHARNN_OK;
    }
    *p = t->progress;
    if (json_get_object(s->json, s->where, "scheduled", &json, error) != CHARNN_OK ||
        read_fields(json, s->where, RESULTS, p, error) != CHARNN_OK ||
        json_get_size(json, s->where, "history_count", &p->validations, error) != CHARNN_OK) {
        return error->status;
    }
    if (p->validations > t->progress.validations) {
        return error_set(error, CHARNN_ERROR_FORMAT,
                         "%s: \"history_count\" is more than the entries of \"history\"", s->where);
    }
    return CHARNN_OK;
}

static void read_due(struct trainer *t, const struct source *s) {
    const cJSON *due = cJSON_GetObjectItemCaseSensitive(s->json, "due");
    t->progress.due = due != NULL;
    if (due != NULL) {
        t->report.rate = nullable_number(cJSON_GetObjectItemCaseSensitive(due, "learning_rate"));
        t->report.gradient_norm =
            nullable_number(cJSON_GetObjectItemCaseSensitive(due, "gradient_norm"));
    }
}

static enum status read_changes(struct trainer *t, const struct source *s, struct error *error) {
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(s->json, "changes");
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) {
        size_t step;
        if (!json_to_size(cJSON_GetArrayItem(row, 0), &step) ||
            !cJSON_IsString(cJSON_GetArrayItem(row, 1))) {
            return error_set(error, CHARNN_ERROR_FORMAT,
                             "%s: an entry of \"changes\" is not [step, text]", s->where);
        }
    }
    cJSON_Delete(t->changes);
    t->changes = cJSON_IsArray(rows) ? cJSON_Duplicate(rows, true) : cJSON_CreateArray();
    return t->changes != NULL ? CHARNN_OK : out_of_memory(error);
}

static enum status read_time(const struct source *s, struct train_progress *p,
                             struct error *error) {
    const cJSON *start;
    if (cJSON_HasObjectItem(s->json, "seconds") &&
        read_field(s->json, s->where, &seconds_field, p, error) != CHARNN_OK) {
        return error->status;
    }
    if (!cJSON_HasObjectItem(s->json, "rate_start")) {
        return CHARNN_OK;
    }
    if (json_get_object(s->json, s->where, "rate_start", &start, error) != CHARNN_OK ||
        read_table(start, s->where, rate_start_fields, RATE_START_FIELDS, p, error) != CHARNN_OK) {
        return error->status;
    }
    return p->rate_start.rollbacks <= p->rollbacks
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_FORMAT,
                           "%s: \"rate_start\" has more \"rollbacks\" than the run", s->where);
}

static enum status read_position(const struct trainer *t, const struct source *s,
                                 struct train_progress *p, struct error *error) {
    if (read_table(s->json, s->where, position_fields, POSITION_FIELDS, p, error) != CHARNN_OK) {
        return error->status;
    }
    double most = characters_most / (double)(t->plan.batch * t->plan.steps);
    return (double)p->windows <= most
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_FORMAT,
                           "%s: \"windows\" is %zu; with these settings it must be at most %.0f",
                           s->where, p->windows, floor(most));
}

static enum status read_progress(struct trainer *t, const struct source *s, struct error *error) {
    struct train_progress p = {.seconds = t->progress.seconds, .scheduled_step = SIZE_MAX};
    if (read_position(t, s, &p, error) != CHARNN_OK ||
        read_fields(s->json, s->where, FIELDS, &p, error) != CHARNN_OK ||
        read_time(s, &p, error) != CHARNN_OK) {
        return error->status;
    }
    if (p.skipped > p.step) {
        return error_set(error, CHARNN_ERROR_FORMAT, "%s: \"skipped\" is more than \"step\"",
                         s->where);
    }
    p.epoch = (double)p.windows / (double)t->plan.windows;
    p.skipped += p.skipped_undone;
    p.scheduled_step = p.scheduled_step != SIZE_MAX ? p.scheduled_step : p.step;
    t->progress = p;
    return CHARNN_OK;
}

enum status training_json_read(struct trainer *t, const struct checkpoint *checkpoint,
                               struct error *error) {
    struct source s;
    source_init(&s, checkpoint);
    if (check_corpus(t, &s, error) != CHARNN_OK || read_progress(t, &s, error) != CHARNN_OK ||
        read_history(t, &s, error) != CHARNN_OK || read_scheduled(t, &s, error) != CHARNN_OK) {
        return error->status;
    }
    read_due(t, &s);
    return read_changes(t, &s, error);
}

/* The step is a number item, because its value is read; an item of json_add_size() has no value. */
enum status training_json_add_change(struct trainer *t, const char *text, struct error *error) {
    cJSON *row;
    if (json_add_array(t->changes, NULL, &row, error) != CHARNN_OK) {
        return error->status;
    }
    if (!cJSON_AddItemToArray(row, cJSON_CreateNumber((double)t->progress.step))) {
        return out_of_memory(error);
    }
    return json_add_string(row, NULL, text, error);
}

/* ---- whose checkpoint it is ------------------------------------------------------------------ */

static bool is_same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

/* Whether the last of these rows is among the run's validations. */
static bool has_last(const struct trainer *t, const cJSON *rows) {
    size_t count = (size_t)cJSON_GetArraySize(rows);
    struct train_validation v;
    if (count == 0 || count > t->progress.validations) {
        return count == 0;
    }
    const struct train_validation *own = &t->history[count - 1];
    return read_validation(cJSON_GetArrayItem(rows, (int)count - 1), &v) && v.step == own->step &&
           is_same(v.train, own->train) && is_same(v.val, own->val);
}

bool training_json_is_of_run(const struct trainer *t, const struct checkpoint *checkpoint,
                             size_t step) {
    struct error error = {0};
    struct source s;
    const cJSON *rows;
    size_t its_step;
    source_init(&s, checkpoint);
    return s.json != NULL && check_corpus(t, &s, &error) == CHARNN_OK &&
           json_get_size(s.json, s.where, "step", &its_step, &error) == CHARNN_OK &&
           its_step == step &&
           json_get_array(s.json, s.where, "history", &rows, &error) == CHARNN_OK &&
           has_last(t, rows);
}
