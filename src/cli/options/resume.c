#include "cli/options/resume.h"

#include "base/memory.h"
#include "cli/options/json.h"
#include "cli/options/value.h"

#include <assert.h>

/* Sets the row to its value in a run that was saved before the row existed. */
static void set_absent(const struct option_spec *spec, void *settings) {
    option_value_set_default(spec, settings);
    if (spec->absent != NULL) {
        bool set = option_value_set(spec, spec->absent, settings);
        assert(set);
        (void)set;
    }
}

static enum status resume_row(struct options *options, size_t index, const char *file,
                              struct error *error) {
    const void *saved = options->resumed;
    const struct option_spec *spec = &options->table->rows[index];
    if (options->origins[index] == CHARNN_ORIGIN_DEFAULT) {
        option_value_copy(spec, options->settings, saved);
    } else if (spec->fixed && !option_value_equal(spec, options->settings, saved)) {
        char was[CHARNN_OPTION_TEXT];
        char now[CHARNN_OPTION_TEXT];
        option_value_format(spec, saved, was, sizeof was);
        option_value_format(spec, options->settings, now, sizeof now);
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s cannot be changed by --resume: it is %s in %s, not %s", spec->name,
                         was, file, now);
    }
    return CHARNN_OK;
}

enum status options_resume(struct options *options, const cJSON *json, const char *file,
                           struct error *error) {
    const struct option_table *table = options->table;
    if (memory_allocate(1, table->settings_size, "saved settings", &options->resumed, error) !=
        CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].saved) {
            set_absent(&table->rows[i], options->resumed);
        }
    }
    enum status status = options_read_json(options, json, file, options->resumed, error);
    for (size_t i = 0; status == CHARNN_OK && i < table->count; i++) {
        if (table->rows[i].saved) {
            status = resume_row(options, i, file, error);
        }
    }
    return status;
}
