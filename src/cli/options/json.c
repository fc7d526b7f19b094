#include "cli/options/json.h"

#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/options/describe.h"
#include "cli/options/value.h"

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

/* A JSON value as the text that the option reads; NULL if its type is wrong. */
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
    char domain[CHARNN_OPTION_TEXT];
    char value[CHARNN_OPTION_TEXT];
    struct text shown = text_start(value, sizeof value);
    option_describe_domain(table, spec, domain, sizeof domain);
    if (cJSON_IsNumber(item)) {
        number_add(&shown, item->valuedouble);
    } else {
        char *json = cJSON_PrintUnformatted(item);
        text_add(&shown, "%s", json != NULL ? json : "the value");
        cJSON_free(json);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "%s: %s: %s is not allowed; it takes %s", file,
                     item->string, value, domain);
}

static bool is_note(const struct option_table *table, const char *key) {
    for (size_t i = 0; table->notes != NULL && table->notes[i] != NULL; i++) {
        if (strcmp(table->notes[i], key) == 0) {
            return true;
        }
    }
    return false;
}

static enum status read_item(struct options *options, const cJSON *item, const char *file,
                             void *settings, struct error *error) {
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
    return CHARNN_OK;
}

enum status options_read_json(struct options *options, const cJSON *json, const char *file,
                              void *settings, struct error *error) {
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        if (!is_note(options->table, item->string) &&
            read_item(options, item, file, settings, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}
