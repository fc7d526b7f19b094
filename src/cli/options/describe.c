#include "cli/options/describe.h"

#include "base/json.h"
#include "base/number.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* "lstm, gru or rnn" */
static void add_choices(struct text *text, const struct option_table *table,
                        const struct option_spec *spec) {
    const char *choice;
    for (size_t i = 0; (choice = option_choice(table, spec, i)) != NULL; i++) {
        bool last = option_choice(table, spec, i + 1) == NULL;
        text_add(text, "%s%s", i == 0 ? "" : last ? " or " : ", ", choice);
    }
}

/* 10000000 is easier to read as 10^7. */
static void add_bound(struct text *text, double bound) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%.0f", bound);
    if (bound == (double)CHARNN_JSON_LARGEST_WHOLE) {
        text_add(text, "2^53-1");
    } else if (length > 6 && digits[0] == '1' && digits[1 + strspn(digits + 1, "0")] == '\0') {
        text_add(text, "10^%d", length - 1);
    } else {
        number_add(text, bound);
    }
}

/* "from 1 to 65536", "at least 0", "above 0 and at most 100", "at least 0 and below 1" */
static void add_range(struct text *text, const struct option_range *range) {
    bool closed = !range->above && !range->below && !isinf(range->maximum);
    text_add(text, range->above ? "above " : closed ? "from " : "at least ");
    add_bound(text, range->minimum);
    if (!isinf(range->maximum)) {
        text_add(text, closed ? " to " : range->below ? " and below " : " and at most ");
        add_bound(text, range->maximum);
    }
}

void option_describe_domain(const struct option_table *table, const struct option_spec *spec,
                            char *text, size_t size) {
    struct text out = text_start(text, size);
    if (option_is_number(spec)) {
        text_add(&out, spec->is_time                        ? "a time like 90s, 30m, 8h or 2d, "
                       : spec->type == CHARNN_OPTION_DOUBLE ? "a number "
                                                            : "a whole number ");
        add_range(&out, &spec->range);
    } else if (spec->type == CHARNN_OPTION_NUMBERS) {
        text_add(&out, "1 to %d numbers separated by commas, each ", CHARNN_LIST_LENGTH);
        add_range(&out, &spec->range);
    } else if (spec->type == CHARNN_OPTION_TEXTS) {
        text_add(&out, "a non-empty text, at most %d times", CHARNN_LIST_LENGTH);
    } else if (option_choice(table, spec, 0) != NULL) {
        add_choices(&out, table, spec);
    } else if (spec->type == CHARNN_OPTION_CONFIG) {
        text_add(&out, "a file name");
    } else {
        text_add(&out, spec->may_be_empty ? "a text" : "a non-empty text");
    }
}

/* "; default 128", or "; default varies", if the option has one. */
static void add_default(struct text *text, const struct option_spec *spec) {
    if (spec->fallback != NULL && spec->fallback[0] != '\0') {
        text_add(text, "%sdefault %s", text->used > 0 ? "; " : "",
                 spec->by_text ? "varies" : spec->fallback);
    }
}

void option_describe_brief_note(const struct option_table *table, const struct option_spec *spec,
                                char *text, size_t size) {
    struct text out = text_start(text, size);
    if (spec->type != CHARNN_OPTION_FLAG) {
        add_choices(&out, table, spec);
    }
    add_default(&out, spec);
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
    add_default(&out, spec);
    if (spec->example != NULL) {
        text_add(&out, "%sfor example %s", out.used > 0 ? "; " : "", spec->example);
    }
    if (spec->escapes) {
        text_add(&out, "%sescapes such as \\n are understood", out.used > 0 ? "; " : "");
    }
}

enum status option_refuse(const struct option_table *table, const struct option_spec *spec,
                          const char *prefix, const char *value, struct error *error) {
    char domain[CHARNN_OPTION_TEXT];
    option_describe_domain(table, spec, domain, sizeof domain);
    return error_set(error, CHARNN_ERROR_USAGE, "%s%s: '%.*s' is not allowed; it takes %s%s%s",
                     prefix, spec->name, CHARNN_OPTION_TEXT, value, domain,
                     spec->hint != NULL ? "; " : "", spec->hint != NULL ? spec->hint : "");
}
