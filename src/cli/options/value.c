#include "cli/options/value.h"

#include "base/json.h"
#include "base/number.h"
#include "base/shell.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double largest_whole = (double)CHARNN_JSON_LARGEST_WHOLE;

static void *field_of(const struct option_spec *spec, void *settings) {
    return (char *)settings + spec->offset;
}

static const void *field_in(const struct option_spec *spec, const void *settings) {
    return (const char *)settings + spec->offset;
}

/* Bytes of the field; 0 where there is none. */
static size_t field_size(const struct option_spec *spec) {
    static const size_t sizes[] = {
        [CHARNN_OPTION_FLAG] = sizeof(bool),
        [CHARNN_OPTION_SIZE] = sizeof(size_t),
        [CHARNN_OPTION_SEED] = sizeof(uint64_t),
        [CHARNN_OPTION_DOUBLE] = sizeof(double),
        [CHARNN_OPTION_CHOICE] = sizeof(int),
        [CHARNN_OPTION_NAME] = sizeof(const char *),
        [CHARNN_OPTION_STRING] = sizeof(const char *),
        [CHARNN_OPTION_NUMBERS] = sizeof(struct number_list),
        [CHARNN_OPTION_TEXTS] = sizeof(struct text_list),
        [CHARNN_OPTION_IGNORED] = 0,
    };
    return sizes[spec->type];
}

bool option_has_value(const struct option_spec *spec) {
    return field_size(spec) > 0;
}

bool option_is_number(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_SIZE || spec->type == CHARNN_OPTION_SEED ||
           spec->type == CHARNN_OPTION_DOUBLE;
}

static bool holds_string(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_NAME || spec->type == CHARNN_OPTION_STRING;
}

static bool parse_whole(const char *text, const struct option_range *range, uint64_t *value) {
    assert(range->minimum >= 0 && range->maximum <= largest_whole && !range->above &&
           !range->below);
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno != 0 || number < (uint64_t)range->minimum || number > (uint64_t)range->maximum) {
        return false;
    }
    *value = number;
    return true;
}

static bool parse_double(const char *text, const struct option_range *range, double *value) {
    /* strtod() would also take white space, "nan", "inf" and hexadecimal. */
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0') {
        return false;
    }
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !isfinite(number)) {
        return false;
    }
    if (number < range->minimum || (range->above && number <= range->minimum) ||
        number > range->maximum || (range->below && number >= range->maximum)) {
        return false;
    }
    *value = number + 0.0; /* makes -0 a 0 */
    return true;
}

/* "0.5,0.8,1" */
static bool parse_numbers(const char *text, const struct option_range *range,
                          struct number_list *list) {
    struct number_list read = {0};
    const char *end;
    do {
        char number[64];
        end = strchr(text, ',');
        size_t length = end != NULL ? (size_t)(end - text) : strlen(text);
        if (length >= sizeof number || read.count == CHARNN_LIST_LENGTH) {
            return false;
        }
        memcpy(number, text, length);
        number[length] = '\0';
        if (!parse_double(number, range, &read.values[read.count++])) {
            return false;
        }
        text += length + 1;
    } while (end != NULL);
    *list = read;
    return true;
}

static bool add_text(const char *text, struct text_list *list) {
    if (text[0] == '\0' || list->count == CHARNN_LIST_LENGTH) {
        return false;
    }
    list->texts[list->count++] = text;
    return true;
}

static int find_choice(const char *const *choices, const char *text) {
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

bool option_value_set(const struct option_spec *spec, const char *text, void *settings) {
    void *field = field_of(spec, settings);
    uint64_t whole;
    int choice;
    switch (spec->type) {
    case CHARNN_OPTION_FLAG:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
            return false;
        }
        *(bool *)field = text[0] == 't';
        return true;
    case CHARNN_OPTION_SIZE:
        if (!parse_whole(text, &spec->range, &whole) || whole > SIZE_MAX) {
            return false;
        }
        *(size_t *)field = (size_t)whole;
        return true;
    case CHARNN_OPTION_SEED:
        return parse_whole(text, &spec->range, field);
    case CHARNN_OPTION_DOUBLE:
        return parse_double(text, &spec->range, field);
    case CHARNN_OPTION_CHOICE:
    case CHARNN_OPTION_NAME:
        choice = find_choice(spec->choices, text);
        if (choice >= 0 && spec->type == CHARNN_OPTION_CHOICE) {
            *(int *)field = choice;
        } else if (choice >= 0) {
            *(const char **)field = spec->choices[choice];
        }
        return choice >= 0;
    case CHARNN_OPTION_STRING:
        if (text[0] == '\0' && !spec->may_be_empty) {
            return false;
        }
        *(const char **)field = text;
        return true;
    case CHARNN_OPTION_NUMBERS:
        return parse_numbers(text, &spec->range, field);
    case CHARNN_OPTION_TEXTS:
        return add_text(text, field);
    case CHARNN_OPTION_HELP:
    case CHARNN_OPTION_PRESET:
    case CHARNN_OPTION_CONFIG:
    case CHARNN_OPTION_IGNORED:
        break;
    }
    assert(false);
    return false;
}

void option_value_set_default(const struct option_spec *spec, void *settings) {
    if (spec->fallback != NULL) {
        bool allowed = option_value_set(spec, spec->fallback, settings);
        assert(allowed);
        (void)allowed;
    } else if (holds_string(spec)) {
        *(const char **)field_of(spec, settings) = "";
    } else {
        memset(field_of(spec, settings), 0, field_size(spec));
    }
}

void option_value_copy(const struct option_spec *spec, void *to, const void *from) {
    memcpy(field_of(spec, to), field_in(spec, from), field_size(spec));
}

bool option_value_equal(const struct option_spec *spec, const void *a, const void *b) {
    const void *left = field_in(spec, a);
    const void *right = field_in(spec, b);
    if (holds_string(spec)) {
        return strcmp(*(const char *const *)left, *(const char *const *)right) == 0;
    }
    return memcmp(left, right, field_size(spec)) == 0;
}

const char *option_value_string(const struct option_spec *spec, const void *settings) {
    assert(holds_string(spec));
    return *(const char *const *)field_in(spec, settings);
}

static void add_double(struct text *text, double value) {
    char digits[CHARNN_NUMBER_SIZE];
    number_format(value, digits);
    text_add(text, "%s", digits);
}

static void add_numbers(struct text *text, const struct number_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        text_add(text, i > 0 ? "," : "");
        add_double(text, list->values[i]);
    }
}

void option_value_format(const struct option_spec *spec, const void *settings, char *text,
                         size_t size) {
    struct text out = text_start(text, size);
    const void *field = field_in(spec, settings);
    switch (spec->type) {
    case CHARNN_OPTION_FLAG:
        text_add(&out, "%s", *(const bool *)field ? "true" : "false");
        break;
    case CHARNN_OPTION_SIZE:
        text_add(&out, "%zu", *(const size_t *)field);
        break;
    case CHARNN_OPTION_SEED:
        text_add(&out, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case CHARNN_OPTION_DOUBLE:
        add_double(&out, *(const double *)field);
        break;
    case CHARNN_OPTION_CHOICE:
        text_add(&out, "%s", spec->choices[*(const int *)field]);
        break;
    case CHARNN_OPTION_NAME:
        text_add(&out, "%s", *(const char *const *)field);
        break;
    case CHARNN_OPTION_STRING:
        shell_add_word(&out, *(const char *const *)field);
        break;
    case CHARNN_OPTION_NUMBERS:
        add_numbers(&out, field);
        break;
    case CHARNN_OPTION_TEXTS:
    case CHARNN_OPTION_HELP:
    case CHARNN_OPTION_PRESET:
    case CHARNN_OPTION_CONFIG:
    case CHARNN_OPTION_IGNORED:
        assert(false);
        break;
    }
}

const char *option_choice(const struct option_table *table, const struct option_spec *spec,
                          size_t i) {
    if (spec->type == CHARNN_OPTION_PRESET) {
        return i < table->preset_count ? table->presets[i].name : NULL;
    }
    if (spec->type == CHARNN_OPTION_FLAG) {
        static const char *const truths[] = {"true", "false", NULL};
        return truths[i];
    }
    return spec->choices != NULL ? spec->choices[i] : NULL;
}

/* "lstm, gru or rnn" */
static void add_choices(struct text *text, const struct option_table *table,
                        const struct option_spec *spec) {
    const char *choice;
    for (size_t i = 0; (choice = option_choice(table, spec, i)) != NULL; i++) {
        bool last = option_choice(table, spec, i + 1) == NULL;
        text_add(text, "%s%s", i == 0 ? "" : last ? " or " : ", ", choice);
    }
}

/* A limit, in the form that is easiest to read. */
static void add_bound(struct text *text, double bound) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", bound);
    if (bound == largest_whole) {
        text_add(text, "2^53-1");
    } else if (length > 6 && digits[0] == '1' && digits[1 + strspn(digits + 1, "0")] == '\0') {
        text_add(text, "10^%d", length - 1);
    } else {
        add_double(text, bound);
    }
}

/* "from 1 to 65536", "above 0", "from 0 to below 1" */
static void add_range(struct text *text, const struct option_range *range) {
    text_add(text, range->above ? "above " : "from ");
    add_bound(text, range->minimum);
    if (isinf(range->maximum)) {
        text_add(text, range->above ? "" : " up");
    } else {
        text_add(text, range->below ? " to below " : " to ");
        add_bound(text, range->maximum);
    }
}

void option_describe_domain(const struct option_table *table, const struct option_spec *spec,
                            char *text, size_t size) {
    struct text out = text_start(text, size);
    if (option_is_number(spec)) {
        text_add(&out, spec->type == CHARNN_OPTION_DOUBLE ? "a number " : "a whole number ");
        add_range(&out, &spec->range);
    } else if (spec->type == CHARNN_OPTION_NUMBERS) {
        text_add(&out, "one to %d numbers with commas between them, each ", CHARNN_LIST_LENGTH);
        add_range(&out, &spec->range);
    } else if (spec->type == CHARNN_OPTION_TEXTS) {
        text_add(&out, "a text that is not empty, at most %d times", CHARNN_LIST_LENGTH);
    } else if (option_choice(table, spec, 0) != NULL) {
        add_choices(&out, table, spec);
    } else if (spec->type == CHARNN_OPTION_CONFIG) {
        text_add(&out, "the name of a file");
    } else {
        text_add(&out, spec->may_be_empty ? "a text" : "a text that is not empty");
    }
}

void option_describe_note(const struct option_table *table, const struct option_spec *spec,
                          char *text, size_t size) {
    struct text out = text_start(text, size);
    if (option_is_number(spec)) {
        add_range(&out, &spec->range);
    } else if (spec->type == CHARNN_OPTION_NUMBERS) {
        text_add(&out, "each ");
        add_range(&out, &spec->range);
        text_add(&out, "; at most %d", CHARNN_LIST_LENGTH);
    } else if (spec->type == CHARNN_OPTION_TEXTS) {
        text_add(&out, "at most %d", CHARNN_LIST_LENGTH);
    } else if (spec->type != CHARNN_OPTION_FLAG) {
        add_choices(&out, table, spec);
    }
    if (spec->fallback != NULL && spec->fallback[0] != '\0') {
        text_add(&out, "%sdefault %s", out.used > 0 ? "; " : "", spec->fallback);
    }
    if (spec->example != NULL) {
        text_add(&out, "%sfor example %s", out.used > 0 ? "; " : "", spec->example);
    }
}

enum status option_refuse(const struct option_table *table, const struct option_spec *spec,
                          const char *label, const char *shown, struct error *error) {
    char domain[CHARNN_OPTION_TEXT];
    option_describe_domain(table, spec, domain, sizeof domain);
    return error_set(error, CHARNN_ERROR_USAGE, "%s: %s is not allowed; it takes %s", label, shown,
                     domain);
}
