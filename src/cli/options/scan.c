#include "cli/options/scan.h"

#include "base/memory.h"
#include "cli/options/describe.h"
#include "cli/options/foreign.h"
#include "cli/options/suggest.h"
#include "cli/options/text.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt_long_only()'s view of the table and of the command line. */
struct scanner {
    struct options *options;
    struct option *names;
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
        return no_argument;
    case CHARNN_OPTION_IGNORED:
        return optional_argument;
    default:
        return required_argument;
    }
}

static enum status list_names(struct scanner *s, struct error *error) {
    const struct option_table *table = s->options->table;
    struct option *name = s->names;
    /* '-': getopt returns arguments in their place; ':': it tells a missing value from an unknown
     * option. */
    char *letter = stpcpy(s->letters, "-:");
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        int kind = argument_kind(spec);
        int code = LONG_NAME + (int)i;
        *name++ = (struct option){.name = spec->name, .has_arg = kind, .val = code};
        if (option_has_negation(spec)) {
            char negated[64];
            char *kept;
            (void)snprintf(negated, sizeof negated, "no-%s", spec->name);
            if (options_keep_text(s->options, negated, &kept, error) != CHARNN_OK) {
                return error->status;
            }
            *name++ = (struct option){.name = kept, .val = code + (int)table->count};
        }
        if (spec->letter != 0) {
            *letter++ = spec->letter;
            letter = stpcpy(letter, kind == required_argument ? ":" : "");
        }
    }
    return CHARNN_OK;
}

/* The option name in an argument such as "--name=value", and its length. */
static const char *name_in(const char *argument, size_t *length) {
    argument += argument[0] == '-';
    argument += argument[0] == '-';
    *length = strcspn(argument, "=");
    return argument;
}

/* Number of long names that begin with `name`; 1 if one of them is `name`. */
static size_t count_matches(const struct option *names, const char *name, size_t length) {
    size_t matches = 0;
    for (; names->name != NULL; names++) {
        if (strncmp(names->name, name, length) == 0) {
            if (names->name[length] == '\0') {
                return 1;
            }
            matches++;
        }
    }
    return matches;
}

/* Replaces underscores in an option's name by hyphens if that makes it a known name. */
static enum status respell(struct scanner *s, int index, struct error *error) {
    const char *argument = s->argv[index];
    size_t length;
    const char *name = name_in(argument, &length);
    if (argument[0] != '-' || memchr(name, '_', length) == NULL) {
        return CHARNN_OK;
    }
    char *copy;
    if (options_keep_text(s->options, argument, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    char *start = copy + (name - argument);
    for (size_t i = 0; i < length; i++) {
        if (start[i] == '_') {
            start[i] = '-';
        }
    }
    if (count_matches(s->names, start, length) > 0) {
        s->argv[index] = copy;
    }
    return CHARNN_OK;
}

static enum status refuse_ambiguous(const struct scanner *s, const char *shown, const char *name,
                                    size_t length, struct error *error) {
    char list[CHARNN_OPTION_TEXT];
    struct text text = text_start(list, sizeof list);
    for (const struct option *known = s->names; known->name != NULL; known++) {
        if (strncmp(known->name, name, length) == 0) {
            text_add(&text, "%s--%s", text.used > 0 ? ", " : "", known->name);
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE, "'%s' is ambiguous; it could be %s", shown, list);
}

static enum status refuse_option(const struct scanner *s, const char *argument,
                                 struct error *error) {
    size_t length;
    const char *name = name_in(argument, &length);
    char shown[CHARNN_OPTION_TEXT]; /* without the value */
    (void)snprintf(shown, sizeof shown, "%.*s", (int)(name - argument) + (int)length, argument);
    if (foreign_knows(s->options->table, name, length)) {
        return foreign_refuse(s->options->table, shown, s->argc, s->argv, error);
    }
    size_t matches = count_matches(s->names, name, length);
    if (matches == 1) {
        return error_set(error, CHARNN_ERROR_USAGE, "%s takes no value", shown);
    }
    if (matches > 1) {
        return refuse_ambiguous(s, shown, name, length, error);
    }
    struct suggestion suggestion = suggestion_start(shown + (name - argument));
    for (const struct option *known = s->names; known->name != NULL; known++) {
        suggestion_consider(&suggestion, known->name);
    }
    if (suggestion.best != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%s'; did you mean '--%s'?",
                         shown, suggestion.best);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%s'; see 'charnn %s --help'",
                     shown, s->argv[0]);
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
    if (spec->type == CHARNN_OPTION_HELP) {
        s->options->help = true;
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
        memcpy(s.argv, argv, arguments * sizeof *argv);
        status = scan(&s, found, error);
    }
    memory_free(s.argv);
    memory_free(s.letters);
    memory_free(s.names);
    return status;
}
