#include "cli/options/table.h"

#include <string.h>

static bool same_name(const char *a, const char *b) {
    while (*a != '\0' && (*a == '_' ? '-' : *a) == (*b == '_' ? '-' : *b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const struct option_spec *options_find(const struct option_table *table, const char *name) {
    for (size_t i = 0; i < table->count; i++) {
        if (same_name(table->rows[i].name, name)) {
            return &table->rows[i];
        }
    }
    return NULL;
}

bool option_has_value(const struct option_spec *spec) {
    return spec->size > 0;
}

bool option_is_number(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_SIZE || spec->type == CHARNN_OPTION_SEED ||
           spec->type == CHARNN_OPTION_DOUBLE;
}

bool option_takes_checkpoint(const struct option_spec *spec) {
    return spec->argument != NULL && strcmp(spec->argument, "CHECKPOINT") == 0;
}

const char *option_choice(const struct option_table *table, const struct option_spec *spec,
                          size_t i) {
    static const char *const truths[] = {"true", "false", NULL};
    if (spec->type == CHARNN_OPTION_PRESET) {
        return i < table->preset_count ? table->presets[i].name : NULL;
    }
    if (spec->type == CHARNN_OPTION_FLAG) {
        return truths[i];
    }
    return spec->choices != NULL ? spec->choices[i] : NULL;
}

bool option_has_negation(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_FLAG && spec->saved;
}
