#include "cli/options/options.h"

#include "base/memory.h"
#include "cli/options/value.h"

#include <assert.h>
#include <string.h>

struct option_text {
    struct option_text *next;
    char text[];
};

enum status options_keep_space(struct options *options, size_t size, char **space,
                               struct error *error) {
    struct option_text *kept;
    if (memory_allocate(1, sizeof *kept + size, "an option's text", &kept, error) != CHARNN_OK) {
        return error->status;
    }
    kept->next = options->texts;
    options->texts = kept;
    *space = kept->text;
    return CHARNN_OK;
}

enum status options_keep_text(struct options *options, const char *text, char **copy,
                              struct error *error) {
    size_t size = strlen(text) + 1;
    if (options_keep_space(options, size, copy, error) != CHARNN_OK) {
        return error->status;
    }
    memcpy(*copy, text, size);
    return CHARNN_OK;
}

enum status options_init(struct options *options, const struct option_table *table, void *settings,
                         struct error *error) {
    *options = (struct options){.table = table, .settings = settings};
    if (MEMORY_NEW(&options->origins, table->count, "the options", error) != CHARNN_OK) {
        return error->status;
    }
    memset(settings, 0, table->settings_size);
    for (size_t i = 0; i < table->count; i++) {
        if (option_has_value(&table->rows[i])) {
            option_value_set_default(&table->rows[i], settings);
        }
    }
    return CHARNN_OK;
}

void options_deinit(struct options *options) {
    while (options->texts != NULL) {
        struct option_text *next = options->texts->next;
        memory_free(options->texts);
        options->texts = next;
    }
    memory_free(options->resumed);
    memory_free(options->configs);
    memory_free(options->arguments);
    memory_free(options->origins);
    *options = (struct options){0};
}

enum option_origin options_origin(const struct options *options, const char *name) {
    const struct option_spec *spec = options_find(options->table, name);
    assert(spec != NULL);
    return options->origins[spec - options->table->rows];
}

bool options_given(const struct options *options, const char *name) {
    return options_origin(options, name) != CHARNN_ORIGIN_DEFAULT;
}

bool options_ignored(const struct options *options, size_t index) {
    return options->table->rows[index].type == CHARNN_OPTION_IGNORED &&
           options->origins[index] != CHARNN_ORIGIN_DEFAULT;
}
