/* The options of one invocation: settings, the origin of each value, and arguments. */
#ifndef CHARNN_CLI_OPTIONS_OPTIONS_H
#define CHARNN_CLI_OPTIONS_OPTIONS_H

#include "base/error.h"
#include "cli/options/table.h"

/* Where a value comes from; a later one overrides an earlier one. */
enum option_origin {
    CHARNN_ORIGIN_DEFAULT,
    CHARNN_ORIGIN_PRESET,
    CHARNN_ORIGIN_CONFIG,
    CHARNN_ORIGIN_FLAG
};

struct option_text; /* a string that the options own */

/* Strings in the settings point into argv, into the table, or to `texts`. */
struct options {
    const struct option_table *table;
    void *settings;              /* borrowed */
    enum option_origin *origins; /* [table->count] */
    const char **arguments;      /* the rest of the command line, in order */
    size_t argument_count;
    const char **configs; /* the files of --config */
    size_t config_count, config_capacity;
    bool help;     /* --help or --help-all was given */
    bool help_all; /* --help-all was given */
    void *resumed; /* after options_resume(): the settings that the run was saved with */
    struct option_text *texts;
};

/*
 * Binds `options` to `settings` (table->settings_size bytes, borrowed) and sets the defaults.
 * Released with options_deinit(), also after an error.
 */
CHARNN_MUST_CHECK enum status options_init(struct options *options,
                                           const struct option_table *table, void *settings,
                                           struct error *error);

/* Releases everything but the settings struct, whose strings may then dangle. */
void options_deinit(struct options *options);

/* The origin of the option's value. The name must exist. */
enum option_origin options_origin(const struct options *options, const char *name);

/* Whether a flag, a file or a preset gave the value. The name must exist. */
bool options_given(const struct options *options, const char *name);

/* Whether row `index` is an option without effect that was given. */
bool options_ignored(const struct options *options, size_t index);

/* `size` bytes for a text, which live as long as `options`. */
CHARNN_MUST_CHECK enum status options_keep_space(struct options *options, size_t size, char **space,
                                                 struct error *error);

/* A copy of `text` that lives as long as `options`. */
CHARNN_MUST_CHECK enum status options_keep_text(struct options *options, const char *text,
                                                char **copy, struct error *error);

#endif
