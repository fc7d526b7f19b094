#include "cli/train/separator.h"

#include "base/plural.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/options/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 80 }; /* bytes; a longer separator is not explained */

/* For words that may mean either rule. */
#define ANY_RULE "line' or 'blank"

/* Words that people use for a rule. */
static const struct {
    const char *word, *rule;
} words[] = {
    {"line", "line"},        {"lines", "line"},        {"newline", "line"},
    {"blank", "blank"},      {"blank-line", "blank"},  {"blank-lines", "blank"},
    {"empty-line", "blank"}, {"empty-lines", "blank"}, {"paragraph", "blank"},
    {"paragraphs", "blank"}, {"record", ANY_RULE},     {"records", ANY_RULE},
    {"recipe", ANY_RULE},    {"recipes", ANY_RULE},
};

/* The rule that a word seems to mean, or NULL. */
static const char *find_rule(const char *word) {
    char plain[LONGEST] = "";
    for (size_t i = 0; word[i] != '\0'; i++) {
        if (i + 1 == sizeof plain || (!isalpha((unsigned char)word[i]) && word[i] != '-' &&
                                      word[i] != '_' && word[i] != ' ')) {
            return NULL;
        }
        plain[i] = (char)(word[i] == ' ' ? '-' : tolower((unsigned char)word[i]));
    }
    struct suggestion suggestion = suggestion_start(plain);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        suggestion_consider(&suggestion, words[i].word);
    }
    for (size_t i = 0; suggestion.best != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (words[i].word == suggestion.best) {
            return words[i].rule;
        }
    }
    return NULL;
}

enum status separator_check(const char *rule, struct error *error) {
    if (!utf8_is_valid(rule)) {
        return error_set(error, CHARNN_ERROR_USAGE, "--records: the separator must be valid UTF-8");
    }
    const char *meant = find_rule(rule);
    if (meant != NULL && strcmp(meant, rule) != 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--records: '%s' is not a rule; did you mean '%s'? If that word separates "
                         "the records, write the newlines around it, too: '\\n%s\\n'",
                         rule, meant, rule);
    }
    return CHARNN_OK;
}

static size_t count_text(const struct corpus *corpus, const char *text) {
    return corpus_count_text(corpus, text, strlen(text));
}

/* Copies the separator with CR LF in place of LF, or LF in place of CR LF. */
static void exchange_line_ends(const char *rule, bool to_pairs, char *out) {
    for (; *rule != '\0'; rule++) {
        if (to_pairs && *rule == '\n') {
            *out++ = '\r';
        }
        if (to_pairs || rule[0] != '\r' || rule[1] != '\n') {
            *out++ = *rule;
        }
    }
    *out = '\0';
}

static bool explain_line_ends(const struct corpus *corpus, const char *rule, struct text *hint) {
    char other[2 * LONGEST];
    bool to_pairs = strstr(rule, "\r\n") == NULL;
    exchange_line_ends(rule, to_pairs, other);
    size_t count = strcmp(other, rule) != 0 ? count_text(corpus, other) : 0;
    if (count > 0) {
        text_add(hint, "; with %s line ends it occurs %zu time%s%s", to_pairs ? "CR LF" : "LF",
                 count, plural_ending(count), to_pairs ? ", so use --newlines lf" : "");
    }
    return count > 0;
}

/* For a separator of newlines only: says how many blank lines in a row the text has instead. */
static bool explain_blank_lines(const struct corpus *corpus, const char *rule, struct text *hint) {
    char line_ends[2 * LONGEST];
    size_t newlines = strcmp(rule, "blank") == 0 ? 2 : strspn(rule, "\n");
    if (newlines < 2 || (rule[0] == '\n' && rule[newlines] != '\0')) {
        return false;
    }
    for (size_t blank = newlines - 1; --blank > 0;) {
        size_t count = 0;
        for (size_t bytes = 1; bytes <= 2 && count == 0; bytes++) { /* LF, then CR LF */
            char *end = line_ends;
            for (size_t i = 0; i <= blank; i++) {
                end = stpcpy(end, bytes == 1 ? "\n" : "\r\n");
            }
            count = count_text(corpus, line_ends);
        }
        if (count > 0) {
            text_add(hint,
                     "; it has at most %zu blank line%s in a row, %zu time%s, so use "
                     "--records blank",
                     blank, plural_ending(blank), count, plural_ending(count));
            return true;
        }
    }
    text_add(hint, "; it has no blank lines");
    return true;
}

/* Says how often the separator occurs with other white space at its ends. */
static void explain_space(const struct corpus *corpus, const char *rule, struct text *hint) {
    char core[LONGEST + 1];
    const char *begin = rule + strspn(rule, " \t\r\n");
    size_t length = strlen(begin);
    while (length > 0 && strchr(" \t\r\n", begin[length - 1]) != NULL) {
        length--;
    }
    (void)snprintf(core, sizeof core, "%.*s", (int)length, begin);
    size_t count = length > 0 && length < strlen(rule) ? count_text(corpus, core) : 0;
    if (count > 0) {
        text_add(hint, "; '%s' occurs %zu time%s, but with other white space around it", core,
                 count, plural_ending(count));
    }
}

/* A separator of letters alone may have been meant as a rule. */
static void name_rules(const char *rule, struct text *hint) {
    if (rule[strspn(rule, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")] == '\0') {
        text_add(hint, "; the rules are line and blank, anything else is the text of a separator");
    }
}

void separator_explain(const struct corpus *corpus, const char *rule,
                       char hint[CHARNN_SEPARATOR_HINT]) {
    struct text text = text_start(hint, CHARNN_SEPARATOR_HINT);
    bool lines = strcmp(rule, "line") == 0 || strcmp(rule, "blank") == 0;
    if (lines && count_text(corpus, "\n") == 0 && count_text(corpus, "\r") > 0) {
        text_add(&text, "; its lines end in CR, so use --records '%s'",
                 strcmp(rule, "line") == 0 ? "\\r" : "\\r\\r");
    } else if (strcmp(rule, "line") != 0 && strlen(rule) <= LONGEST &&
               !explain_line_ends(corpus, rule, &text) &&
               !explain_blank_lines(corpus, rule, &text)) {
        explain_space(corpus, rule, &text);
        name_rules(rule, &text);
    }
}
