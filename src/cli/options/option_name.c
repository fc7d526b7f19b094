#include "cli/options/option_name.h"

#include "base/text.h"
#include "cli/options/suggest.h"
#include "cli/options/table.h"

#include <stdio.h>
#include <string.h>

const char *option_name_in(const char *argument, size_t *length) {
    argument += argument[0] == '-';
    argument += argument[0] == '-';
    *length = strcspn(argument, "=");
    return argument;
}

/* Whether a known name begins with `name`, in which an underscore stands for a hyphen. */
static bool starts_with(const char *known, const char *name, size_t length) {
    size_t i = 0;
    while (i < length && known[i] == (name[i] == '_' ? '-' : name[i])) {
        i++;
    }
    return i == length;
}

/* Number of long names that begin with `name`. */
static size_t count_matches(const struct option *names, const char *name, size_t length) {
    size_t matches = 0;
    for (; names->name != NULL; names++) {
        matches += starts_with(names->name, name, length);
    }
    return matches;
}

const char *option_name_complete(const struct option *names, const char *name, size_t length) {
    const char *best = NULL;
    for (const struct option *known = names; known->name != NULL; known++) {
        if (starts_with(known->name, name, length) &&
            (best == NULL || strlen(known->name) < strlen(best))) {
            best = known->name;
        }
    }
    size_t common = best != NULL ? count_matches(names, best, strlen(best)) : 0;
    return common == count_matches(names, name, length) ? best : NULL;
}

bool option_is_letter(const char *argument) {
    return argument[0] == '-' && argument[1] != '\0' && argument[1] != '-' &&
           (argument[2] == '\0' || argument[2] == '=');
}

static enum status refuse_ambiguous(const struct option *names, const char *shown, const char *name,
                                    size_t length, struct error *error) {
    char list[CHARNN_OPTION_TEXT];
    struct text text = text_start(list, sizeof list);
    for (const struct option *known = names; known->name != NULL; known++) {
        if (starts_with(known->name, name, length)) {
            text_add(&text, "%s--%s", text.used > 0 ? ", " : "", known->name);
        }
    }
    return error_set(error, CHARNN_ERROR_USAGE, "'%s' is ambiguous; it could be %s", shown, list);
}

/* `shown`: with its dashes. */
static enum status refuse_unknown(const struct option *names, const char *command,
                                  const char *shown, struct error *error) {
    const char *word = shown + strspn(shown, "-");
    struct suggestion suggestion = suggestion_start(word);
    for (const struct option *known = names; known->name != NULL; known++) {
        suggestion_consider(&suggestion, known->name);
    }
    if (suggestion.best != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%s'; did you mean '--%s'?",
                         shown, suggestion.best);
    }
    const char *answer = suggestion_answer(word);
    if (answer != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%s'; %s", shown, answer);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "unknown option '%s'; see 'charnn %s --help'",
                     shown, command);
}

enum status option_name_refuse(const struct option *names, const char *command,
                               const char *argument, struct error *error) {
    size_t length;
    const char *name = option_name_in(argument, &length);
    char shown[CHARNN_OPTION_TEXT]; /* without the value */
    (void)snprintf(shown, sizeof shown, "%.*s", (int)(name - argument) + (int)length, argument);
    if (!option_is_letter(argument)) {
        if (option_name_complete(names, name, length) != NULL) {
            return error_set(error, CHARNN_ERROR_USAGE, "%s takes no value", shown);
        }
        if (count_matches(names, name, length) > 0) {
            return refuse_ambiguous(names, shown, name, length, error);
        }
    }
    return refuse_unknown(names, command, shown, error);
}
