/*
 * Option tables: one row per option. The parser, the help, the manual page, the shell completion
 * and the JSON of a run's settings all read the same table.
 *
 * Defaults and presets are texts; they pass the checks that a value on the command line passes.
 */
#ifndef CHARNN_CLI_OPTIONS_TABLE_H
#define CHARNN_CLI_OPTIONS_TABLE_H

#include "base/list.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHARNN_OPTION_TEXT = 512 }; /* bytes that hold every description of an option */

/* The first group has a field in the settings struct, the second has not. */
enum option_type {
    CHARNN_OPTION_FLAG,    /* bool; --name sets it; --no-name clears it if it is saved */
    CHARNN_OPTION_SIZE,    /* size_t */
    CHARNN_OPTION_SEED,    /* uint64_t */
    CHARNN_OPTION_DOUBLE,  /* double */
    CHARNN_OPTION_CHOICE,  /* int: index into the choices */
    CHARNN_OPTION_NAME,    /* const char *: one of the choices */
    CHARNN_OPTION_STRING,  /* const char * */
    CHARNN_OPTION_NUMBERS, /* struct number_list, written 1,2,3; never empty */
    CHARNN_OPTION_TEXTS,   /* struct text_list: one text each time the option is given */

    CHARNN_OPTION_HELP,     /* print the help */
    CHARNN_OPTION_HELP_ALL, /* with every option */
    CHARNN_OPTION_PRESET,   /* name of one of the table's presets */
    CHARNN_OPTION_CONFIG,   /* JSON file of settings */
    CHARNN_OPTION_IGNORED   /* accepted, with or without a number; no effect */
};

/* Both limits are included unless `above` or `below` is set. */
struct option_range {
    double minimum;
    double maximum; /* INFINITY: no limit; for whole numbers at most 2^53-1 */
    bool above;     /* the minimum is excluded */
    bool below;     /* the maximum is excluded */
};

struct option_spec {
    const char *name; /* "rnn-size" */
    char letter;      /* short form, or 0 */
    enum option_type type;
    size_t offset;              /* of the field in the settings struct */
    size_t size;                /* of the field in bytes; 0: no field */
    struct option_range range;  /* numbers */
    const char *const *choices; /* CHOICE and NAME; ends with NULL */
    const char *fallback;       /* default; NULL: false, 0 or "" */
    const char *argument;       /* name of the value in the help: "N" */
    const char *help;           /* one line */
    const char *brief;          /* everyday options: a few words for --help; else NULL */
    const char *example;        /* a value, or NULL */
    const char *heading;        /* title of the group that starts here, or NULL */
    bool saved;         /* saved with a run (not TEXTS); a STRING must then be valid UTF-8 */
    bool fixed;         /* saved, and cannot change when the run is resumed */
    const char *absent; /* the value in a run that was saved before the row existed; NULL: the
                           default */
    bool may_be_empty;  /* STRING: "" is a valid value */
    bool in_full;     /* never abbreviated, so that abbreviations of other names stay unambiguous */
    bool by_text;     /* if it is not given, another value than the default may be chosen */
    bool is_time;     /* DOUBLE: seconds; the value may end with s, m, h or d */
    bool escapes;     /* STRING and TEXTS: see cli/options/escape.h */
    const char *hint; /* what to do instead if a value is refused, or NULL */
};

struct option_preset {
    const char *name;
    const char *summary;
    const char *values; /* "--rnn-size=128 --model=lstm"; no STRING options */
};

/* An option of another program, which is refused with what to type instead. */
struct foreign_option {
    const char *name;    /* with hyphens; it has a value */
    const char *instead; /* "--name": this option takes the value; ".txt": the value becomes an
                            argument with this ending; else the argument to type; NULL: nothing */
};

struct option_table {
    const struct option_spec *rows;
    size_t count;
    size_t settings_size; /* bytes of the settings struct */
    const struct option_preset *presets;
    size_t preset_count;
    const struct foreign_option *foreign; /* ends with a row without a name; or NULL */
    const char *foreign_program;          /* the program that has them */
    const char *const *notes;             /* JSON keys to skip; ends with NULL; or NULL */
};

/* Type and place of a row's field; does not compile if the field has another type. */
#define CHARNN_OPTION_FIELD(kind, owner, field)                                                    \
    .type = CHARNN_OPTION_##kind, .size = sizeof((owner *)0)->field,                               \
    .offset = _Generic(((owner *)0)->field, CHARNN_OPTION_C_##kind                                 \
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

/*
 * A row with a field: name, type, field, name of the value (NULL: a flag), default (or NULL), help;
 * then any other members.
 */
#define CHARNN_OPTION(owner, name_, kind, field, argument_, default_, help_, ...)                  \
    {                                                                                              \
        .name = (name_), CHARNN_OPTION_FIELD(kind, owner, field), .argument = (argument_),         \
        .fallback = (default_), .help = (help_), __VA_ARGS__                                       \
    }

#define CHARNN_RANGE_FROM(low)                                                                     \
    { .minimum = (low), .maximum = INFINITY }
#define CHARNN_RANGE_FROM_TO(low, high)                                                            \
    { .minimum = (low), .maximum = (high) }
#define CHARNN_RANGE_FROM_BELOW(low, high)                                                         \
    { .minimum = (low), .maximum = (high), .below = true }
#define CHARNN_RANGE_ABOVE_TO(low, high)                                                           \
    { .minimum = (low), .maximum = (high), .above = true }

/* The rows that every command has. */
#define CHARNN_OPTION_HELP_ROWS                                                                    \
    {.name = "help",                                                                               \
     .letter = 'h',                                                                                \
     .type = CHARNN_OPTION_HELP,                                                                   \
     .help = "print the everyday options"},                                                        \
    {                                                                                              \
        .name = "help-all", .type = CHARNN_OPTION_HELP_ALL, .help = "print all options"            \
    }

/* A row without effect, so that command lines of char-rnn work. */
#define CHARNN_OPTION_IGNORED_ROW(name_, ...)                                                      \
    {                                                                                              \
        .name = (name_), .type = CHARNN_OPTION_IGNORED, .argument = "N", .help = "no effect",      \
        __VA_ARGS__                                                                                \
    }

/* The row of that name (hyphens or underscores), or NULL. */
const struct option_spec *options_find(const struct option_table *table, const char *name);

/* Whether the row has a field in the settings struct. */
bool option_has_value(const struct option_spec *spec);

/* Whether the value is a single number. */
bool option_is_number(const struct option_spec *spec);

/* Whether the value is a checkpoint: a file or the folder of a run. */
bool option_takes_checkpoint(const struct option_spec *spec);

/* The i-th name that the option accepts, or NULL: choices, presets, true and false for a flag. */
const char *option_choice(const struct option_table *table, const struct option_spec *spec,
                          size_t i);

/* Whether --no-name exists. A saved flag may be true in a file, so there is a way to clear it. */
bool option_has_negation(const struct option_spec *spec);

#endif
