/* The settings of a run as JSON: written, read from a file, and continued. */
#include "base/json.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "cli/options/options.h"
#include "cli/options/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { KEY_LENGTH = 64 };

/* "rnn-size" as the key "rnn_size". */
static void key_of(const struct option_spec *spec, char key[KEY_LENGTH]) {
    (void)snprintf(key, KEY_LENGTH, "%s", spec->name);
    for (char *c = key; *c != '\0'; c++) {
        if (*c == '-') {
            *c = '_';
        }
    }
}

static enum status add_value(cJSON *object, const struct option_spec *spec, const void *settings,
                             struct error *error) {
    char key[KEY_LENGTH];
    char text[CHARNN_OPTION_TEXT];
    key_of(spec, key);
    if (spec->type == CHARNN_OPTION_STRING) {
        return json_add_string(object, key, option_value_string(spec, settings), error);
    }
    option_value_format(spec, settings, text, sizeof text);
    if (spec->type == CHARNN_OPTION_FLAG) {
        return json_add_bool(object, key, text[0] == 't', error);
    }
    if (!option_is_number(spec)) {
        return json_add_string(object, key, text, error);
    }
    if (cJSON_AddRawToObject(object, key, text) == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the settings as JSON");
    }
    return CHARNN_OK;
}

enum status options_to_json(const struct option_table *table, const void *settings, cJSON **json,
                            struct error *error) {
    enum status status = json_create_object(json, error);
    for (size_t i = 0; status == CHARNN_OK && i < table->count; i++) {
        if (table->rows[i].saved) {
            status = add_value(*json, &table->rows[i], settings, error);
        }
    }
    if (status != CHARNN_OK) {
        cJSON_Delete(*json);
        *json = NULL;
    }
    return status;
}

/* A JSON value as the text of a flag; NULL where its type is not the option's. */
static const char *text_of(const struct option_spec *spec, const cJSON *item,
                           char number[CHARNN_NUMBER_SIZE]) {
    if (option_is_number(spec)) {
        if (!cJSON_IsNumber(item)) {
            return NULL;
        }
        number_format(item->valuedouble, number);
        return number;
    }
    if (spec->type == CHARNN_OPTION_FLAG) {
        return cJSON_IsTrue(item) ? "true" : cJSON_IsFalse(item) ? "false" : NULL;
    }
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static enum status refuse_item(const struct option_table *table, const struct option_spec *spec,
                               const cJSON *item, const char *file, struct error *error) {
    char label[CHARNN_OPTION_TEXT];
    (void)snprintf(label, sizeof label, "%s: %s", file, item->string);
    if (cJSON_IsNumber(item)) {
        char number[CHARNN_NUMBER_SIZE];
        number_format(item->valuedouble, number);
        return option_refuse(table, spec, label, number, error);
    }
    char *shown = cJSON_PrintUnformatted(item);
    enum status status =
        option_refuse(table, spec, label, shown != NULL ? shown : "its value", error);
    cJSON_free(shown);
    return status;
}

static bool is_note(const struct option_table *table, const char *key) {
    for (size_t i = 0; table->notes != NULL && table->notes[i] != NULL; i++) {
        if (strcmp(table->notes[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Sets the one option that `item` is about in `settings`; *applied is NULL where it is a note. */
static enum status apply_item(struct options *options, const cJSON *item, const char *file,
                              void *settings, const struct option_spec **applied,
                              struct error *error) {
    *applied = NULL;
    if (is_note(options->table, item->string)) {
        return CHARNN_OK;
    }
    const struct option_spec *spec = options_find(options->table, item->string);
    if (spec == NULL || !option_has_value(spec)) {
        return error_set(error, CHARNN_ERROR_USAGE, "%s: '%s' is not a known setting", file,
                         item->string);
    }
    char number[CHARNN_NUMBER_SIZE];
    const char *text = text_of(spec, item, number);
    if (text != NULL && (spec->type == CHARNN_OPTION_STRING || spec->type == CHARNN_OPTION_TEXTS)) {
        char *kept;
        if (options_keep_text(options, text, &kept, error) != CHARNN_OK) {
            return error->status;
        }
        text = kept;
    }
    if (text == NULL || !option_value_set(spec, text, settings)) {
        return refuse_item(options->table, spec, item, file, error);
    }
    *applied = spec;
    return CHARNN_OK;
}

enum status options_read_json(struct options *options, const cJSON *json, const char *file,
                              struct error *error) {
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        const struct option_spec *spec;
        if (apply_item(options, item, file, options->settings, &spec, error) != CHARNN_OK) {
            return error->status;
        }
        if (spec != NULL) {
            options->origins[spec - options->table->rows] = CHARNN_ORIGIN_CONFIG;
        }
    }
    return CHARNN_OK;
}

enum status options_read_file(struct options *options, const char *file, struct error *error) {
    struct file_bytes bytes;
    if (file_bytes_init(&bytes, file, error) != CHARNN_OK) {
        return error->status;
    }
    cJSON *json;
    enum status status =
        json_parse_object((const char *)bytes.data, bytes.size, file, &json, error);
    if (status == CHARNN_OK) {
        status = options_read_json(options, json, file, error);
        cJSON_Delete(json);
    }
    file_bytes_deinit(&bytes);
    return status;
}

/* Takes the saved value of one row, or insists that the given one is equal where it must be. */
static enum status resume_row(struct options *options, size_t index, const void *saved,
                              const char *file, struct error *error) {
    const struct option_spec *spec = &options->table->rows[index];
    if (options->origins[index] == CHARNN_ORIGIN_DEFAULT) {
        option_value_copy(spec, options->settings, saved);
    } else if (spec->fixed && !option_value_equal(spec, options->settings, saved)) {
        char was[CHARNN_OPTION_TEXT];
        char now[CHARNN_OPTION_TEXT];
        option_value_format(spec, saved, was, sizeof was);
        option_value_format(spec, options->settings, now, sizeof now);
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s cannot become %s when a run is resumed; it is %s in %s", spec->name,
                         now, was, file);
    }
    return CHARNN_OK;
}

enum status options_resume(struct options *options, const cJSON *json, const char *file,
                           struct error *error) {
    const struct option_table *table = options->table;
    void *saved;
    if (memory_allocate(1, table->settings_size, "saved settings", &saved, error) != CHARNN_OK) {
        return error->status;
    }
    options->resumed = saved;
    enum status status = CHARNN_OK;
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].saved) {
            option_value_set_default(&table->rows[i], saved);
        }
    }
    for (const cJSON *item = json->child; status == CHARNN_OK && item != NULL; item = item->next) {
        const struct option_spec *spec;
        status = apply_item(options, item, file, saved, &spec, error);
    }
    for (size_t i = 0; status == CHARNN_OK && i < table->count; i++) {
        if (table->rows[i].saved) {
            status = resume_row(options, i, saved, file, error);
        }
    }
    return status;
}
