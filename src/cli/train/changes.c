#include "cli/train/run.h"

#include "base/json.h"
#include "cli/options/value.h"
#include "train/schedule.h"

#include <stdio.h>
#include <string.h>

/* Whether the setting only moves the end of the run. With cosine or hold the rate depends on the
 * end, unless --patience sets it. */
static bool is_limit(const struct train_settings *settings, const char *name) {
    static const char *const limits[] = {"patience", "max-steps", "max-epochs", "max-seconds"};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(name, limits[i]) == 0) {
            return i == 0 || !schedule_falls(settings);
        }
    }
    return false;
}

static enum status add_change(const struct train_run *run, const struct option_spec *spec,
                              struct error *error) {
    char now[CHARNN_OPTION_TEXT];
    char was[CHARNN_OPTION_TEXT];
    char text[3 * CHARNN_OPTION_TEXT];
    option_value_format(spec, run->settings, now, sizeof now);
    option_value_format(spec, run->invocation->options.resumed, was, sizeof was);
    (void)snprintf(text, sizeof text, "--%s %s instead of %s", spec->name, now, was);
    enum status status = json_add_string(run->changes, NULL, text, error);
    if (status != CHARNN_OK || is_limit(run->settings, spec->name)) {
        return status;
    }
    if (strcmp(spec->name, "learning-rate") == 0) {
        trainer_restart_rate(run->trainer);
    }
    return trainer_note_change(run->trainer, text, error);
}

enum status train_note_changes(struct train_run *run, struct error *error) {
    const struct options *options = &run->invocation->options;
    enum status status = CHARNN_OK;
    run->changes = cJSON_CreateArray();
    if (run->changes == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for the list of changes");
    }
    for (size_t i = 0; status == CHARNN_OK && i < options->table->count; i++) {
        const struct option_spec *spec = &options->table->rows[i];
        if (spec->saved && !option_value_equal(spec, options->settings, options->resumed)) {
            status = add_change(run, spec, error);
        }
    }
    return status;
}
