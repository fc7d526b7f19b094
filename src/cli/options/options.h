/*
 * Options: one table of rows from which come the parser, the help, the manual page, the shell
 * completion and the JSON of a run's settings.
 *
 * A row says how an option is called, what it takes, where its value goes in the settings struct of
 * its command, and how a person is told about it. Defaults and presets are texts that pass
 * through the same checks as what a user types. Values are applied in the order
 *
 *     defaults < --preset < --config < flags
 *
 * wherever they stand on the command line, later ones of a kind over earlier ones.
 */
#ifndef CHARNN_CLI_OPTIONS_OPTIONS_H
#define CHARNN_CLI_OPTIONS_OPTIONS_H

#include "base/error.h"
#include "base/list.h"

#include <cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option takes. The first group has a field in the settings struct, the second acts. */
enum option_type {
    CHARNN_OPTION_FLAG,    /* bool; --name sets it and, where saved, --no-name clears it */
    CHARNN_OPTION_SIZE,    /* size_t */
    CHARNN_OPTION_SEED,    /* uint64_t */
    CHARNN_OPTION_DOUBLE,  /* double */
    CHARNN_OPTION_CHOICE,  /* int: an index into the choices */
    CHARNN_OPTION_NAME,    /* const char *: one of the choices */
    CHARNN_OPTION_STRING,  /* const char * */
    CHARNN_OPTION_NUMBERS, /* struct number_list, written 1,2,3; never empty */
    CHARNN_OPTION_TEXTS,   /* struct text_list: one text each time the option is given */

    CHARNN_OPTION_HELP,   /* asks for the help text */
    CHARNN_OPTION_PRESET, /* names a row of the table's presets */
    CHARNN_OPTION_CONFIG, /* names a JSON file of settings */
    CHARNN_OPTION_IGNORED /* accepted, with or without a number, and without effect */
};

/* From minimum to maximum, each included unless `above` or `below` says otherwise. */
struct option_range {
    double minimum;
    double maximum; /* INFINITY: no limit; whole numbers always have one, at most 2^53-1 */
    bool above;     /* the minimum itself is excluded */
    bool below;     /* the maximum itself is excluded */
};

struct option_spec {
    const char *name; /* "rnn-size" */
    char letter;      /* short form, or 0 */
    enum option_type type;
    size_t offset;              /* of the field in the settings struct */
    struct option_range range;  /* numbers */
    const char *const *choices; /* CHOICE and NAME; ends with NULL */
    const char *fallback;       /* the default; NULL: false, 0 or "" */
    const char *argument;       /* what the value is called in the help: "N" */
    const char *help;           /* one line */
    const char *example;        /* a value, or NULL */
    const char *heading;        /* starts a group of this title in the help; NULL: goes on */
    bool saved;        /* belongs to the settings saved with a run; not for TEXTS; a STRING must be
                          UTF-8 then */
    bool fixed;        /* saved, and must not change when a run is resumed */
    bool may_be_empty; /* STRING: a text of no characters is allowed, for it has a meaning */
};

/* One "name, value" of a preset; the last has a NULL name. */
struct option_value {
    const char *name;
    const char *text;
};

struct option_preset {
    const char *name;
    const char *summary;
    const struct option_value *values;
};

struct option_table {
    const struct option_spec *rows;
    size_t count;
    size_t settings_size; /* bytes of the struct that the rows fill */
    const struct option_preset *presets;
    size_t preset_count;
    const char *const *notes; /* keys that may stand beside the settings in JSON and are passed
                                 over; ends with NULL; NULL for none */
};

/* The two members of a row that place its value; refuses to compile where the types differ. */
#define CHARNN_OPTION_FIELD(kind, owner, field)                                                    \
    .type = CHARNN_OPTION_##kind, .offset = _Generic(((owner *)0)->field, CHARNN_OPTION_C_##kind   \
                                                     : offsetof(owner, field))
#define CHARNN_OPTION_C_FLAG bool
#define CHARNN_OPTION_C_SIZE size_t
#define CHARNN_OPTION_C_SEED uint64_t
#define CHARNN_OPTION_C_DOUBLE double
#define CHARNN_OPTION_C_CHOICE int
#define CHARNN_OPTION_C_NAME const char *
#define CHARNN_OPTION_C_STRING const char *
#define CHARNN_OPTION_C_NUMBERS struct number_list
#define CHARNN_OPTION_C_TEXTS struct text_list

#define CHARNN_RANGE_FROM(low)                                                                     \
    { .minimum = (low), .maximum = INFINITY }
#define CHARNN_RANGE_FROM_TO(low, high)                                                            \
    { .minimum = (low), .maximum = (high) }
#define CHARNN_RANGE_FROM_BELOW(low, high)                                                         \
    { .minimum = (low), .maximum = (high), .below = true }
#define CHARNN_RANGE_ABOVE_TO(low, high)                                                           \
    { .minimum = (low), .maximum = (high), .above = true }

/* The row that every command has. */
#define CHARNN_OPTION_HELP_ROW                                                                     \
    { .name = "help", .letter = 'h', .type = CHARNN_OPTION_HELP, .help = "print this and stop" }

/* Where an option's value comes from. */
enum option_origin {
    CHARNN_ORIGIN_DEFAULT,
    CHARNN_ORIGIN_PRESET,
    CHARNN_ORIGIN_CONFIG,
    CHARNN_ORIGIN_FLAG
};

struct option_text; /* a string that the options own */

/*
 * The options of one invocation: a settings struct being filled, and what is known about it.
 * Strings in the settings point into argv, into the table, or to texts that live as long as this.
 */
struct options {
    const struct option_table *table;
    void *settings;              /* borrowed */
    enum option_origin *origins; /* [table->count] */
    const char **arguments;      /* what is no option, in order */
    size_t argument_count;
    bool help;     /* --help was there; the settings are then the defaults */
    void *resumed; /* after options_resume(): the saved rows as the run was saved with them */
    struct option_text *texts;
};

/*
 * Binds `options` to `settings` (table->settings_size bytes, borrowed) and sets the defaults.
 * Released with options_deinit().
 */
CHARNN_MUST_CHECK enum status options_init(struct options *options,
                                           const struct option_table *table, void *settings,
                                           struct error *error);

/* Releases all but the settings struct, whose strings may dangle afterwards. */
void options_deinit(struct options *options);

/*
 * Reads the arguments after argv[0], the command's name (`argv` must outlive `options`), with
 * getopt_long_only(), so an option may be written --rnn-size 8, --rnn-size=8, -rnn-size 8 or, with
 * underscores, -rnn_size 8, and cut short where that is unambiguous. "--" ends the options; "-" is
 * an argument. Call it once. Errors: CHARNN_ERROR_USAGE in words; those of options_read_file(). Not
 * safe to run in two threads at once, as getopt is not.
 */
CHARNN_MUST_CHECK enum status options_parse(struct options *options, int argc, char *const argv[],
                                            struct error *error);

/* Where the option's value comes from. The name must exist. */
enum option_origin options_origin(const struct options *options, const char *name);

/* Whether the option's value was given by a flag, a file or a preset. The name must exist. */
bool options_given(const struct options *options, const char *name);

/* The row of that name (hyphens or underscores), or NULL. */
const struct option_spec *options_find(const struct option_table *table, const char *name);

/* Whether row `index` is of the kind without effect and was given. */
bool options_ignored(const struct options *options, size_t index);

/* A copy of `text` that lives as long as `options`. */
CHARNN_MUST_CHECK enum status options_keep_text(struct options *options, const char *text,
                                                char **copy, struct error *error);

/*
 * The saved rows as a JSON object, keys with underscores: {"model":"lstm","rnn_size":128,...}.
 * It is for printing: numbers are raw texts, so that every double reads back as the same double.
 * Ownership: the caller's, cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status options_to_json(const struct option_table *table,
                                              const void *settings, cJSON **json,
                                              struct error *error);

/*
 * Applies a parsed JSON object (json_parse_object()) like the one above; keys may have hyphens, and
 * any option with a value may stand there, saved or not. Values are checked as flags are. `file`
 * names the source in errors: CHARNN_ERROR_USAGE for an unknown key or a value that is not allowed.
 */
CHARNN_MUST_CHECK enum status options_read_json(struct options *options, const cJSON *json,
                                                const char *file, struct error *error);

/* options_read_json() of a file. Errors also: CHARNN_ERROR_IO, CHARNN_ERROR_FORMAT. */
CHARNN_MUST_CHECK enum status options_read_file(struct options *options, const char *file,
                                                struct error *error);

/*
 * Continues an earlier run: saved rows that were not given take their value from `json`, what the
 * run was saved with. Those given stay, but a fixed one must be equal: else CHARNN_ERROR_USAGE.
 * Strings point into `json`.
 */
CHARNN_MUST_CHECK enum status options_resume(struct options *options, const cJSON *json,
                                             const char *file, struct error *error);

#endif
