#include "cli/options/options.h"

#include "base/memory.h"
#include "cli/options/suggest.h"
#include "cli/options/value.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

struct option_text {
    struct option_text *next;
    char text[];
};

enum status options_keep_text(struct options *options, const char *text, char **copy,
                              struct error *error) {
    size_t size = strlen(text) + 1;
    void *memory;
    if (memory_allocate(1, sizeof(struct option_text) + size, "an option's text", &memory, error) !=
        CHARNN_OK) {
        return error->status;
    }
    struct option_text *kept = memory;
    kept->next = options->texts;
    options->texts = kept;
    memcpy(kept->text, text, size);
    *copy = kept->text;
    return CHARNN_OK;
}

enum status options_init(struct options *options, const struct option_table *table, void *settings,
                         struct error *error) {
    *options = (struct options){.table = table, .settings = settings};
    void *origins;
    if (memory_allocate(table->count, sizeof options->origins[0], "the options", &origins, error) !=
        CHARNN_OK) {
        return error->status;
    }
    options->origins = origins;
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
    memory_free(options->arguments);
    memory_free(options->origins);
    *options = (struct options){0};
}

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

/* An option that was met on the command line. */
struct occurrence {
    const struct option_spec *spec;
    const char *value;
};

/* getopt_long_only()'s view of the table, and what it has found. */
struct scan {
    struct options *options;
    struct option *names;
    char *letters;
    char **argv; /* a copy whose option names may be respelt */
    int argc;
    struct occurrence *found;
    size_t found_count;
};

/* What getopt returns for a long name: row + LONG_NAME, and + LONG_NAME + count for "--no-". */
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

/* A saved flag may come true from a file, so there is a way to clear it. */
static bool has_negation(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_FLAG && spec->saved;
}

static enum status list_names(struct scan *scan, struct error *error) {
    const struct option_table *table = scan->options->table;
    struct option *name = scan->names;
    /* Each non-option is returned in its place ('-'), and a missing value is told apart (':'). */
    char *letter = stpcpy(scan->letters, "-:");
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        int kind = argument_kind(spec);
        int code = LONG_NAME + (int)i;
        *name = (struct option){.name = spec->name, .has_arg = kind, .val = code};
        name++;
        if (has_negation(spec)) {
            char negated[64];
            char *kept;
            (void)snprintf(negated, sizeof negated, "no-%s", spec->name);
            if (options_keep_text(scan->options, negated, &kept, error) != CHARNN_OK) {
                return error->status;
            }
            *name = (struct option){.name = kept, .val = code + (int)table->count};
            name++;
        }
        if (spec->letter != 0) {
            *letter++ = spec->letter;
            letter = stpcpy(letter, kind == required_argument ? ":" : "");
        }
    }
    return CHARNN_OK;
}

static enum status scan_init(struct scan *scan, struct options *options, int argc,
                             char *const argv[], struct error *error) {
    *scan = (struct scan){.options = options, .argc = argc};
    size_t rows = options->table->count;
    size_t arguments = (size_t)argc;
    size_t letters_given = 0; /* one argument may hold several short options */
    for (size_t i = 0; i < arguments; i++) {
        letters_given += strlen(argv[i]);
    }
    void *names;
    void *letters = NULL;
    void *copy = NULL;
    void *found = NULL;
    if (memory_allocate(2 * rows + 1, sizeof(struct option), "option names", &names, error) !=
            CHARNN_OK ||
        memory_allocate(2 * rows + 3, 1, "option letters", &letters, error) != CHARNN_OK ||
        memory_allocate(arguments + 1, sizeof(char *), "arguments", &copy, error) != CHARNN_OK ||
        memory_allocate(letters_given, sizeof(struct occurrence), "options", &found, error) !=
            CHARNN_OK) {
        memory_free(names);
        memory_free(letters);
        memory_free(copy);
        return error->status;
    }
    scan->names = names;
    scan->letters = letters;
    scan->argv = copy;
    scan->found = found;
    memcpy(scan->argv, argv, arguments * sizeof(char *));
    return list_names(scan, error);
}

static void scan_deinit(struct scan *scan) {
    memory_free(scan->found);
    memory_free(scan->argv);
    memory_free(scan->letters);
    memory_free(scan->names);
}

/* The option name within an argument like "--name=value", and its length. */
static const char *name_in(const char *argument, size_t *length) {
    argument += argument[0] == '-';
    argument += argument[0] == '-';
    *length = strcspn(argument, "=");
    return argument;
}

/* How many long names begin with these letters; 1 where one is exactly them. */
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

/* Writes hyphens for underscores in an option's name where that makes it a known one. */
static enum status respell(struct scan *scan, int index, struct error *error) {
    const char *argument = scan->argv[index];
    size_t length;
    const char *name = name_in(argument, &length);
    if (argument[0] != '-' || memchr(name, '_', length) == NULL) {
        return CHARNN_OK;
    }
    char *copy;
    if (options_keep_text(scan->options, argument, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    char *start = copy + (name - argument);
    for (size_t i = 0; i < length; i++) {
        if (start[i] == '_') {
            start[i] = '-';
        }
    }
    if (count_matches(scan->names, start, length) > 0) {
        scan->argv[index] = copy;
    }
    return CHARNN_OK;
}

/* "'--learning' is ambiguous: it could be --learning-rate or ..." */
static enum status refuse_ambiguous(const struct scan *scan, const char *argument, const char *name,
                                    size_t length, struct error *error) {
    char list[CHARNN_OPTION_TEXT] = "";
    size_t used = 0;
    for (const struct option *known = scan->names; known->name != NULL; known++) {
        if (strncmp(known->name, name, length) == 0 && used < sizeof list) {
            int written = snprintf(list + used, sizeof list - used, "%s--%s", used > 0 ? ", " : "",
                                   known->name);
            used += written > 0 ? (size_t)written : 0;
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE, "'%.*s' is ambiguous; it could be %s",
                     (int)(name - argument) + (int)length, argument, list);
}

/* Says what getopt did not like about an argument. */
static enum status refuse_option(const struct scan *scan, const char *argument,
                                 struct error *error) {
    size_t length;
    const char *name = name_in(argument, &length);
    int shown = (int)(name - argument) + (int)length;
    size_t matches = count_matches(scan->names, name, length);
    if (matches == 1) {
        return error_set(error, CHARNN_ERROR_USAGE, "%.*s takes no value", shown, argument);
    }
    if (matches > 1) {
        return refuse_ambiguous(scan, argument, name, length, error);
    }
    char word[64];
    (void)snprintf(word, sizeof word, "%.*s", (int)length, name);
    struct suggestion suggestion = suggestion_start(word);
    for (const struct option *known = scan->names; known->name != NULL; known++) {
        suggestion_consider(&suggestion, known->name);
    }
    if (suggestion.best != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%.*s'; did you mean '--%s'?",
                         shown, argument, suggestion.best);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%.*s'; see 'charnn %s --help'",
                     shown, argument, scan->argv[0]);
}

static enum status refuse_missing_value(const struct scan *scan, const struct option_spec *spec,
                                        struct error *error) {
    char domain[CHARNN_OPTION_TEXT];
    option_describe_domain(scan->options->table, spec, domain, sizeof domain);
    return error_set(error, CHARNN_ERROR_USAGE, "--%s needs a value: %s", spec->name, domain);
}

/* The row that a code of getopt's stands for, and whether it came as "--no-NAME". */
static const struct option_spec *row_of(const struct scan *scan, int code, bool *negated) {
    const struct option_table *table = scan->options->table;
    *negated = false;
    if (code >= LONG_NAME) {
        size_t index = (size_t)(code - LONG_NAME);
        *negated = index >= table->count;
        return &table->rows[*negated ? index - table->count : index];
    }
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].letter == code) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static bool looks_like_number(const char *text) {
    text += text[0] == '-';
    return isdigit((unsigned char)text[0]) && text[strspn(text, "0123456789")] == '\0';
}

static void note_option(struct scan *scan, const struct option_spec *spec, bool negated) {
    const char *value = optarg;
    if (spec->type == CHARNN_OPTION_HELP) {
        scan->options->help = true;
    } else if (spec->type == CHARNN_OPTION_FLAG) {
        value = negated ? "false" : "true";
    } else if (spec->type == CHARNN_OPTION_IGNORED && value == NULL && optind < scan->argc &&
               looks_like_number(scan->argv[optind])) {
        optind++;
    }
    scan->found[scan->found_count++] = (struct occurrence){.spec = spec, .value = value};
}

static void add_argument(struct options *options, const char *argument) {
    options->arguments[options->argument_count++] = argument;
}

/* Starts getopt afresh, also where an earlier command line was left half read. */
static void reset_getopt(void) {
    opterr = 0;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    optreset = 1;
    optind = 1;
#else
    optind = 0;
#endif
}

/* Splits the command line into occurrences and arguments; looks at no value yet. */
static enum status scan_run(struct scan *scan, struct error *error) {
    reset_getopt();
    for (int next = 1; !scan->options->help; next = optind) {
        if (next < scan->argc && respell(scan, next, error) != CHARNN_OK) {
            return error->status;
        }
        const char *argument = scan->argv[next];
        int code = getopt_long_only(scan->argc, scan->argv, scan->letters, scan->names, NULL);
        if (code == -1) {
            for (int i = optind; i < scan->argc; i++) {
                add_argument(scan->options, scan->argv[i]);
            }
            break;
        }
        if (code == 1) {
            add_argument(scan->options, optarg);
            continue;
        }
        if (code == '?') {
            return refuse_option(scan, argument, error);
        }
        bool negated;
        const struct option_spec *spec = row_of(scan, code == ':' ? optopt : code, &negated);
        assert(spec != NULL);
        if (code == ':') {
            return refuse_missing_value(scan, spec, error);
        }
        note_option(scan, spec, negated);
    }
    return CHARNN_OK;
}

static void note_origin(struct options *options, const struct option_spec *spec,
                        enum option_origin origin) {
    options->origins[spec - options->table->rows] = origin;
}

static enum status apply_preset(struct options *options, const struct option_spec *spec,
                                const char *name, struct error *error) {
    const struct option_table *table = options->table;
    for (size_t i = 0; i < table->preset_count; i++) {
        if (strcmp(table->presets[i].name, name) != 0) {
            continue;
        }
        for (const struct option_value *value = table->presets[i].values; value->name != NULL;
             value++) {
            const struct option_spec *row = options_find(table, value->name);
            bool allowed = row != NULL && option_value_set(row, value->text, options->settings);
            assert(allowed);
            (void)allowed;
            note_origin(options, row, CHARNN_ORIGIN_PRESET);
        }
        return CHARNN_OK;
    }
    char shown[CHARNN_OPTION_TEXT];
    (void)snprintf(shown, sizeof shown, "'%s'", name);
    return option_refuse(table, spec, "--preset", shown, error);
}

static enum status apply_flag(struct options *options, const struct option_spec *spec,
                              const char *value, struct error *error) {
    if (option_has_value(spec) && !option_value_set(spec, value, options->settings)) {
        char label[64];
        char shown[CHARNN_OPTION_TEXT];
        (void)snprintf(label, sizeof label, "--%s", spec->name);
        (void)snprintf(shown, sizeof shown, "'%s'", value);
        return option_refuse(options->table, spec, label, shown, error);
    }
    return CHARNN_OK;
}

/* The rank in which an option's effect is applied. */
static enum option_origin rank_of(const struct option_spec *spec) {
    switch (spec->type) {
    case CHARNN_OPTION_PRESET:
        return CHARNN_ORIGIN_PRESET;
    case CHARNN_OPTION_CONFIG:
        return CHARNN_ORIGIN_CONFIG;
    default:
        return CHARNN_ORIGIN_FLAG;
    }
}

static enum status apply_occurrence(struct options *options, const struct occurrence *occurrence,
                                    struct error *error) {
    const struct option_spec *spec = occurrence->spec;
    note_origin(options, spec, CHARNN_ORIGIN_FLAG);
    switch (rank_of(spec)) {
    case CHARNN_ORIGIN_PRESET:
        return apply_preset(options, spec, occurrence->value, error);
    case CHARNN_ORIGIN_CONFIG:
        return options_read_file(options, occurrence->value, error);
    default:
        return apply_flag(options, spec, occurrence->value, error);
    }
}

static enum status apply_all(struct scan *scan, struct error *error) {
    for (int rank = CHARNN_ORIGIN_PRESET; rank <= CHARNN_ORIGIN_FLAG; rank++) {
        for (size_t i = 0; i < scan->found_count; i++) {
            if ((int)rank_of(scan->found[i].spec) == rank &&
                apply_occurrence(scan->options, &scan->found[i], error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

enum status options_parse(struct options *options, int argc, char *const argv[],
                          struct error *error) {
    struct scan scan;
    void *arguments;
    if (memory_allocate((size_t)argc, sizeof(char *), "arguments", &arguments, error) !=
        CHARNN_OK) {
        return error->status;
    }
    options->arguments = arguments;
    enum status status = scan_init(&scan, options, argc, argv, error);
    if (status == CHARNN_OK) {
        status = scan_run(&scan, error);
    }
    if (status == CHARNN_OK && !options->help) {
        status = apply_all(&scan, error);
    }
    scan_deinit(&scan);
    return status;
}
