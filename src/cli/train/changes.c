#include "cli/train/changes.h"

#include "base/json.h"
#include "cli/options/text.h"
#include "cli/options/value.h"

#include <stdbool.h>
#include <string.h>

/* Whether it only says when the run ends. */
static bool is_limit(const struct train_settings *settings, const char *name) {
    static const char *const limits[] = {"max-steps", "max-epochs", "max-seconds"};
    if (strcmp(name, "patience") == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (strcmp(name, limits[i]) == 0) {
            return settings->schedule != CHARNN_SCHEDULE_COSINE;
        }
    }
    return false;
}

static enum status note(const struct options *options, const struct option_spec *spec,
                        struct trainer *trainer, cJSON *changes, struct error *error) {
    char now[CHARNN_OPTION_TEXT];
    char was[CHARNN_OPTION_TEXT];
    char text[3 * CHARNN_OPTION_TEXT];
    option_value_format(spec, options->settings, now, sizeof now);
    option_value_format(spec, options->resumed, was, sizeof was);
    (void)snprintf(text, sizeof text, "--%s %s instead of %s", spec->name, now, was);
    if (json_add_string(changes, NULL, text, error) != CHARNN_OK) {
        return error->status;
    }
    return is_limit(options->settings, spec->name) ? CHARNN_OK
                                                   : trainer_note_change(trainer, text, error);
}

enum status train_changes_note(const struct options *options, struct trainer *trainer,
                               cJSON **changes, struct error *error) {
    *changes = cJSON_CreateArray();
    if (*changes == NULL) {
        return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a list of changes");
    }
    enum status status = CHARNN_OK;
    for (size_t i = 0; status == CHARNN_OK && i < options->table->count; i++) {
        const struct option_spec *spec = &options->table->rows[i];
        if (spec->saved && !option_value_equal(spec, options->settings, options->resumed)) {
            status = note(options, spec, trainer, *changes, error);
        }
    }
    return status;
}

void train_changes_print(const cJSON *changes, FILE *err) {
    const cJSON *change;
    cJSON_ArrayForEach(change, changes) {
        (void)fprintf(err, "changed     %s\n", change->valuestring);
    }
}
