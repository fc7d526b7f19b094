#include "cli/options/value.h"

#include "base/json.h"
#include "base/number.h"
#include "base/shell.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *field_of(const struct option_spec *spec, void *settings) {
    return (char *)settings + spec->offset;
}

static const void *field_in(const struct option_spec *spec, const void *settings) {
    return (const char *)settings + spec->offset;
}

static bool holds_string(const struct option_spec *spec) {
    return spec->type == CHARNN_OPTION_NAME || spec->type == CHARNN_OPTION_STRING;
}

static bool parse_whole(const char *text, const struct option_range *range, uint64_t *value) {
    assert(range->minimum >= 0 && range->maximum <= (double)CHARNN_JSON_LARGEST_WHOLE &&
           !range->above && !range->below);
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

/* "90", "90s", "1.5m", "8h" or "2d", in seconds. */
static bool parse_time(const char *text, const struct option_range *range, double *seconds) {
    static const char letters[] = "smhd";
    static const double units[] = {1, 60, 3600, 86400};
    char number[64];
    size_t length = strlen(text);
    const char *unit = length > 0 ? strchr(letters, text[length - 1]) : NULL;
    length -= unit != NULL;
    if (length >= sizeof number) {
        return false;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    if (!parse_double(number, range, seconds)) {
        return false;
    }
    *seconds *= unit != NULL ? units[unit - letters] : 1;
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
        return (spec->is_time ? parse_time : parse_double)(text, &spec->range, field);
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
    default:
        assert(false);
        return false;
    }
}

void option_value_set_default(const struct option_spec *spec, void *settings) {
    if (spec->fallback != NULL) {
        bool allowed = option_value_set(spec, spec->fallback, settings);
        assert(allowed);
        (void)allowed;
    } else if (holds_string(spec)) {
        *(const char **)field_of(spec, settings) = "";
    } else {
        memset(field_of(spec, settings), 0, spec->size);
    }
}

void option_value_copy(const struct option_spec *spec, void *to, const void *from) {
    memcpy(field_of(spec, to), field_in(spec, from), spec->size);
}

bool option_value_equal(const struct option_spec *spec, const void *a, const void *b) {
    const void *left = field_in(spec, a);
    const void *right = field_in(spec, b);
    if (holds_string(spec)) {
        return strcmp(*(const char *const *)left, *(const char *const *)right) == 0;
    }
    return memcmp(left, right, spec->size) == 0;
}

const char *option_value_string(const struct option_spec *spec, const void *settings) {
    assert(holds_string(spec));
    return *(const char *const *)field_in(spec, settings);
}

const char **option_value_strings(const struct option_spec *spec, void *settings, size_t *count) {
    void *field = field_of(spec, settings);
    struct text_list *list = field;
    assert(spec->type == CHARNN_OPTION_STRING || spec->type == CHARNN_OPTION_TEXTS);
    *count = spec->type == CHARNN_OPTION_TEXTS ? list->count : 1;
    return spec->type == CHARNN_OPTION_TEXTS ? list->texts : field;
}

static void add_numbers(struct text *text, const struct number_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        text_add(text, i > 0 ? "," : "");
        number_add(text, list->values[i]);
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
        number_add(&out, *(const double *)field);
        break;
    case CHARNN_OPTION_CHOICE:
        text_add(&out, "%s", spec->choices[*(const int *)field]);
        break;
    case CHARNN_OPTION_NAME:
        text_add(&out, "%s", *(const char *const *)field);
        break;
    case CHARNN_OPTION_STRING:
        (spec->escapes ? shell_add_escaped_word : shell_add_word)(&out,
                                                                  *(const char *const *)field);
        break;
    case CHARNN_OPTION_NUMBERS:
        add_numbers(&out, field);
        break;
    default:
        assert(false);
    }
}
