#include "cli/options/completion_scripts.h"

#include <string.h>

const char *completion_value(const struct option_table *table, const struct option_spec *spec,
                             size_t i) {
    if (option_is_number(spec)) {
        return i == 0 ? spec->fallback : NULL;
    }
    return spec->type != CHARNN_OPTION_FLAG ? option_choice(table, spec, i) : NULL;
}

void completion_print_values(FILE *out, const struct option_table *table,
                             const struct option_spec *spec) {
    const char *value;
    for (size_t i = 0; (value = completion_value(table, spec, i)) != NULL; i++) {
        (void)fprintf(out, "%s%s", i > 0 ? " " : "", value);
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

static bool takes(const struct option_spec *spec, const char *argument) {
    return spec->argument != NULL && strcmp(spec->argument, argument) == 0;
}

bool completion_takes_folder(const struct option_spec *spec) {
    return takes(spec, "DIR");
}

bool completion_takes_file(const struct option_spec *spec) {
    return takes(spec, "FILE");
}

bool completion_command_takes_files(const struct command_spec *command) {
    return strstr(command->arguments, "FILE") != NULL;
}
