#include "cli/options/scan.h"

#include "base/memory.h"
#include "cli/options/describe.h"
#include "cli/options/foreign.h"
#include "cli/options/option_name.h"
#include "cli/options/suggest.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt_long_only()'s view of the table and of the command line. */
struct scanner {
    struct options *options;
    struct option *names;
    const struct option *abbreviable; /* names that may be abbreviated, at the end of `names` */
    char *letters;
    char **argv; /* a copy, in which option names may be respelt */
    int argc;
};

/* getopt's code of the long name of row i: LONG_NAME + i; of "--no-NAME": LONG_NAME + count + i. */
enum { LONG_NAME = 256 };

static int argument_kind(const struct option_spec *spec) {
    switch (spec->type) {
    case CHARNN_OPTION_FLAG:
    case CHARNN_OPTION_HELP:
    case CHARNN_OPTION_HELP_ALL:
        return no_argument;
    case CHARNN_OPTION_IGNORED:
        return optional_argument;
    default:
        return required_argument;
    }
}

/* Adds the names of row i to the end of the list. */
static enum status add_names(struct scanner *s, size_t i, struct option **end,
                             struct error *error) {
    const struct option_table *table = s->options->table;
    const struct option_spec *spec = &table->rows[i];
    int kind = argument_kind(spec);
    int code = LONG_NAME + (int)i;
    *(*end)++ = (struct option){.name = spec->name, .has_arg = kind, .val = code};
    if (option_has_negation(spec)) {
        char negated[64];
        char *kept;
        (void)snprintf(negated, sizeof negated, "no-%s", spec->name);
        if (options_keep_text(s->options, negated, &kept, error) != CHARNN_OK) {
            return error->status;
        }
        *(*end)++ = (struct option){.name = kept, .val = code + (int)table->count};
    }
    return CHARNN_OK;
}

static enum status list_names(struct scanner *s, struct error *error) {
    const struct option_table *table = s->options->table;
    struct option *end = s->names;
    for (int in_full = 1; in_full >= 0; in_full--) {
        s->abbreviable = end;
        for (size_t i = 0; i < table->count; i++) {
            if (table->rows[i].in_full == (in_full == 1) &&
                add_names(s, i, &end, error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

static void list_letters(struct scanner *s) {
    const struct option_table *table = s->options->table;
    /* '-': getopt returns arguments in their place; ':': it tells a missing value from an unknown
     * option. */
    char *end = stpcpy(s->letters, "-:");
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        if (spec->letter != 0) {
            *end++ = spec->letter;
            end = stpcpy(end, argument_kind(spec) == required_argument ? ":" : "");
        }
    }
}

/* Whether getopt would misread an unknown option: -x as the beginning of a long name, or -prompt,
 * which other programs have, as -p with the value "rompt". */
static bool is_foreign(const struct scanner *s, const char *argument) {
    char word[64];
    size_t length;
    const char *name = option_name_in(argument, &length);
    if (option_is_letter(argument)) {
        return argument[1] == ':' || strchr(s->letters + 1, argument[1]) == NULL;
    }
    if (argument[0] != '-' || option_name_complete(s->abbreviable, name, length) != NULL) {
        return false;
    }
    (void)snprintf(word, sizeof word, "%.*s", (int)length, name);
    for (const struct option *known = s->names; known->name != NULL; known++) {
        if (suggestion_is_synonym(word, known->name)) {
            return true;
        }
    }
    return false;
}

/* Writes an abbreviated option name, or one with underscores, in full for getopt. */
static enum status respell(struct scanner *s, int index, struct error *error) {
    const char *argument = s->argv[index];
    size_t length;
    const char *name = option_name_in(argument, &length);
    if (argument[0] != '-' || length == 0 || option_is_letter(argument)) {
        return CHARNN_OK;
    }
    const char *whole = option_name_complete(s->abbreviable, name, length);
    if (whole == NULL || strncmp(whole, name, length + 1) == 0) {
        return CHARNN_OK;
    }
    char *copy;
    size_t size = strlen("--") + strlen(whole) + strlen(name + length) + 1;
    if (options_keep_space(s->options, size, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    (void)snprintf(copy, size, "--%s%s", whole, name + length);
    s->argv[index] = copy;
    return CHARNN_OK;
}

static enum status refuse_option(const struct scanner *s, const char *argument,
                                 struct error *error) {
    size_t length;
    const char *name = option_name_in(argument, &length);
    return foreign_option_known(s->options->table, name, length)
               ? foreign_option_refuse(s->options->table, argument, s->argc, s->argv, error)
               : option_name_refuse(s->names, s->argv[0], argument, error);
}

static enum status refuse_missing_value(const struct scanner *s, const struct option_spec *spec,
                                        struct error *error) {
    char domain[CHARNN_OPTION_TEXT];
    option_describe_domain(s->options->table, spec, domain, sizeof domain);
    return error_set(error, CHARNN_ERROR_USAGE, "--%s needs a value: %s", spec->name, domain);
}

/* The row that getopt's code means. */
static const struct option_spec *row_of(const struct scanner *s, int code, bool *negated) {
    const struct option_table *table = s->options->table;
    *negated = false;
    if (code >= LONG_NAME) {
        size_t index = (size_t)(code - LONG_NAME);
        *negated = index >= table->count;
        return &table->rows[*negated ? index - table->count : index];
    }
    size_t i = 0;
    while (table->rows[i].letter != code) {
        i++;
        assert(i < table->count);
    }
    return &table->rows[i];
}

static bool looks_like_number(const char *text) {
    text += text[0] == '-';
    return isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789")] == '\0';
}

static struct occurrence read_option(struct scanner *s, const struct option_spec *spec,
                                     bool negated) {
    const char *value = optarg;
    if (spec->type == CHARNN_OPTION_HELP || spec->type == CHARNN_OPTION_HELP_ALL) {
        s->options->help = true;
        s->options->help_all = spec->type == CHARNN_OPTION_HELP_ALL;
    } else if (spec->type == CHARNN_OPTION_FLAG) {
        value = negated ? "false" : "true";
    } else if (spec->type == CHARNN_OPTION_IGNORED && value == NULL && optind < s->argc &&
               looks_like_number(s->argv[optind])) {
        optind++;
    }
    return (struct occurrence){.spec = spec, .value = value};
}

/* An earlier command line may have been left half read. */
static void reset_getopt(void) {
    opterr = 0;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    optreset = 1;
    optind = 1;
#else
    optind = 0;
#endif
}

static enum status scan(struct scanner *s, struct occurrences *found, struct error *error) {
    struct options *options = s->options;
    reset_getopt();
    for (int next = 1; !options->help; next = optind) {
        if (next < s->argc && respell(s, next, error) != CHARNN_OK) {
            return error->status;
        }
        const char *argument = s->argv[next];
        if (next < s->argc && is_foreign(s, argument)) {
            return refuse_option(s, argument, error);
        }
        int code = getopt_long_only(s->argc, s->argv, s->letters, s->names, NULL);
        if (code == -1) {
            for (int i = optind; i < s->argc; i++) {
                options->arguments[options->argument_count++] = s->argv[i];
            }
            break;
        }
        if (code == 1) {
            options->arguments[options->argument_count++] = optarg;
            continue;
        }
        if (code == '?') {
            return refuse_option(s, argument, error);
        }
        bool negated;
        const struct option_spec *spec = row_of(s, code == ':' ? optopt : code, &negated);
        if (code == ':') {
            return refuse_missing_value(s, spec, error);
        }
        found->items[found->count++] = read_option(s, spec, negated);
    }
    return CHARNN_OK;
}

enum status options_scan(struct options *options, int argc, char *const argv[],
                         struct occurrences *found, struct error *error) {
    struct scanner s = {.options = options, .argc = argc};
    size_t arguments = (size_t)argc;
    size_t rows = options->table->count;
    size_t most = 0; /* one argument may hold several short options */
    for (int i = 0; i < argc; i++) {
        most += strlen(argv[i]);
    }
    *found = (struct occurrences){0};
    enum status status = CHARNN_OK;
    if (MEMORY_NEW(&found->items, most, "options", error) != CHARNN_OK ||
        MEMORY_NEW(&options->arguments, arguments, "arguments", error) != CHARNN_OK ||
        MEMORY_NEW(&s.names, 2 * rows + 1, "option names", error) != CHARNN_OK ||
        MEMORY_NEW(&s.letters, 2 * rows + 3, "option letters", error) != CHARNN_OK ||
        MEMORY_NEW(&s.argv, arguments + 1, "arguments", error) != CHARNN_OK ||
        list_names(&s, error) != CHARNN_OK) {
        status = error->status;
    } else {
        list_letters(&s);
        memcpy(s.argv, argv, arguments * sizeof *argv);
        status = scan(&s, found, error);
    }
    memory_free(s.argv);
    memory_free(s.letters);
    memory_free(s.names);
    return status;
}
