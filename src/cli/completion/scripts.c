#include "cli/completion/scripts.h"

#include <string.h>

void completion_print_title(FILE *out, const char *shell) {
    (void)fprintf(out,
                  "# %s completion for charnn(1), printed by 'charnn help --completion %s'\n\n",
                  shell, shell);
}

/* The i-th word to offer, or NULL. */
static const char *word_at(const struct option_table *table, const struct option_spec *spec,
                           size_t i) {
    if (option_is_number(spec)) {
        return i == 0 ? spec->fallback : NULL;
    }
    return spec->type != CHARNN_OPTION_FLAG ? option_choice(table, spec, i) : NULL;
}

static enum completion_kind kind_of(const struct option_table *table,
                                    const struct option_spec *spec) {
    if (option_takes_checkpoint(spec)) {
        return CHARNN_COMPLETION_CHECKPOINT;
    }
    if (strcmp(spec->argument, "DIR") == 0) {
        return CHARNN_COMPLETION_FOLDER;
    }
    if (strcmp(spec->argument, "FILE") == 0) {
        return CHARNN_COMPLETION_FILE;
    }
    return word_at(table, spec, 0) != NULL ? CHARNN_COMPLETION_WORDS : CHARNN_COMPLETION_NOTHING;
}

void completion_print_value(FILE *out, const struct option_table *table,
                            const struct option_spec *spec,
                            const char *const how[CHARNN_COMPLETION_KINDS], const char *end) {
    enum completion_kind kind = kind_of(table, spec);
    const char *word;
    if (how[kind] != NULL) {
        (void)fputs(how[kind], out);
    }
    if (kind == CHARNN_COMPLETION_WORDS) {
        for (size_t i = 0; (word = word_at(table, spec, i)) != NULL; i++) {
            (void)fprintf(out, "%s%s", i > 0 ? " " : "", word);
        }
        (void)fputs(end, out);
    }
}

void completion_print_commands(FILE *out, const struct command *commands) {
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "%s%s", command > commands ? " " : "", command->spec->name);
    }
}

void completion_print_text(FILE *out, const char *text, const char *escaped, const char *quote) {
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs(quote, out);
            continue;
        }
        if (strchr(escaped, *text) != NULL) {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
}

const char *completion_description(const struct option_spec *spec) {
    return spec->brief != NULL ? spec->brief : spec->help;
}

bool completion_takes_value(const struct option_spec *spec) {
    return spec->argument != NULL && spec->type != CHARNN_OPTION_IGNORED;
}

bool completion_command_takes_files(const struct command_spec *command) {
    return strstr(command->arguments, "FILE") != NULL || strstr(command->arguments, "LOG") != NULL;
}
