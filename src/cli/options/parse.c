#include "cli/options/parse.h"

#include "base/files/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "cli/options/describe.h"
#include "cli/options/escape.h"
#include "cli/options/json.h"
#include "cli/options/scan.h"
#include "cli/options/value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void set_origin(struct options *options, const struct option_spec *spec,
                       enum option_origin origin) {
    options->origins[spec - options->table->rows] = origin;
}

/* Sets the options of a preset. */
static void apply_values(struct options *options, const char *values) {
    char name[64];
    char text[64];
    int length;
    for (; sscanf(values, " --%63[^=]=%63s%n", name, text, &length) == 2; values += length) {
        const struct option_spec *spec = options_find(options->table, name);
        bool allowed = spec != NULL && option_value_set(spec, text, options->settings);
        assert(allowed && spec->type != CHARNN_OPTION_STRING);
        (void)allowed;
        set_origin(options, spec, CHARNN_ORIGIN_PRESET);
    }
    assert(*values == '\0');
}

static enum status apply_preset(struct options *options, const struct option_spec *spec,
                                const char *name, struct error *error) {
    const struct option_table *table = options->table;
    size_t i = 0;
    while (i < table->preset_count && strcmp(table->presets[i].name, name) != 0) {
        i++;
    }
    if (i == table->preset_count) {
        return option_refuse(table, spec, "--", name, error);
    }
    apply_values(options, table->presets[i].values);
    return CHARNN_OK;
}

static enum status apply_config(struct options *options, const char *path, struct error *error) {
    struct file_bytes bytes;
    cJSON *json = NULL;
    if (MEMORY_GROW(&options->configs, &options->config_capacity, options->config_count,
                    options->config_count + 1, "the options", error) != CHARNN_OK ||
        file_bytes_init(&bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    options->configs[options->config_count++] = path;
    enum status status =
        json_parse_object((const char *)bytes.data, bytes.size, path, &json, error);
    if (status == CHARNN_OK) {
        status = options_read_json(options, json, path, options->settings, error);
    }
    for (const cJSON *item = json != NULL ? json->child : NULL; status == CHARNN_OK && item != NULL;
         item = item->next) {
        const struct option_spec *spec = options_find(options->table, item->string);
        if (spec != NULL) {
            set_origin(options, spec, CHARNN_ORIGIN_CONFIG);
        }
    }
    cJSON_Delete(json);
    file_bytes_deinit(&bytes);
    return status;
}

static enum option_origin origin_of(const struct occurrence *occurrence) {
    switch (occurrence->spec->type) {
    case CHARNN_OPTION_PRESET:
        return CHARNN_ORIGIN_PRESET;
    case CHARNN_OPTION_CONFIG:
        return CHARNN_ORIGIN_CONFIG;
    default:
        return CHARNN_ORIGIN_FLAG;
    }
}

static enum status apply(struct options *options, const struct occurrence *occurrence,
                         struct error *error) {
    const struct option_spec *spec = occurrence->spec;
    set_origin(options, spec, CHARNN_ORIGIN_FLAG);
    if (spec->type == CHARNN_OPTION_PRESET) {
        return apply_preset(options, spec, occurrence->value, error);
    }
    if (spec->type == CHARNN_OPTION_CONFIG) {
        return apply_config(options, occurrence->value, error);
    }
    if (!option_has_value(spec)) {
        return CHARNN_OK;
    }
    const char *text;
    if (option_unescape(options, spec, "--", occurrence->value, &text, error) != CHARNN_OK) {
        return error->status;
    }
    if (!option_value_set(spec, text, options->settings)) {
        return option_refuse(options->table, spec, "--", occurrence->value, error);
    }
    return CHARNN_OK;
}

static enum status apply_all(struct options *options, const struct occurrences *found,
                             struct error *error) {
    for (int origin = CHARNN_ORIGIN_PRESET; origin <= CHARNN_ORIGIN_FLAG; origin++) {
        for (size_t i = 0; i < found->count; i++) {
            if ((int)origin_of(&found->items[i]) == origin &&
                apply(options, &found->items[i], error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

enum status options_parse(struct options *options, int argc, char *const argv[],
                          struct error *error) {
    struct occurrences found;
    enum status status = options_scan(options, argc, argv, &found, error);
    if (status == CHARNN_OK && !options->help) {
        status = apply_all(options, &found, error);
    }
    memory_free(found.items);
    return status;
}
