#include "cli/completion/scripts.h"

#define CHECKPOINTS "_path_files -/ -g \"*.safetensors\""

/* The text of a spec of _arguments, between single quotes. */
static void print_text(FILE *out, const char *text) {
    completion_print_text(out, text, "\\[]:", "'\\''");
}

/* ":N:(128)", the value of an option. */
static void print_value(FILE *out, const struct option_table *table,
                        const struct option_spec *spec) {
    static const char *const how[CHARNN_COMPLETION_KINDS] = {
        [CHARNN_COMPLETION_CHECKPOINT] = CHECKPOINTS,
        [CHARNN_COMPLETION_FOLDER] = "_files -/",
        [CHARNN_COMPLETION_FILE] = "_files",
        [CHARNN_COMPLETION_WORDS] = "(",
    };
    (void)fputc(':', out);
    print_text(out, spec->argument);
    (void)fputc(':', out);
    completion_print_value(out, table, spec, how, ")");
}

/* A line such as '--rnn-size=[hidden units per layer]:N:(128)'. A TEXTS option may be repeated. */
static void print_spec(FILE *out, const struct option_table *table, const struct option_spec *spec,
                       const char *dashes, const char *name, const char *equals) {
    bool valued = completion_takes_value(spec);
    (void)fprintf(out, "            '%s%s%s%s[", spec->type == CHARNN_OPTION_TEXTS ? "*" : "",
                  dashes, name, valued ? equals : "");
    print_text(out, completion_description(spec));
    (void)fputc(']', out);
    if (valued) {
        print_value(out, table, spec);
    }
    (void)fputs("' \\\n", out);
}

static void print_option(FILE *out, const struct option_table *table,
                         const struct option_spec *spec) {
    print_spec(out, table, spec, "--", spec->name, "=");
    if (option_has_negation(spec)) {
        print_spec(out, table, spec, "--no-", spec->name, "=");
    }
    if (spec->letter != 0) {
        print_spec(out, table, spec, "-", (char[]){spec->letter, '\0'}, "+");
    }
}

static void print_command(FILE *out, const struct command_spec *command) {
    (void)fprintf(out, "    %s)\n        _arguments -S \\\n", command->name);
    for (size_t i = 0; i < command->options->count; i++) {
        print_option(out, command->options, &command->options->rows[i]);
    }
    if (command_takes_checkpoint(command)) {
        (void)fputs("            '1:CHECKPOINT:" CHECKPOINTS "'", out);
        (void)fputs(completion_command_takes_files(command) ? " \\\n" : "\n", out);
    }
    if (completion_command_takes_files(command)) {
        (void)fputs("            '*:FILE:_files'\n", out);
    } else if (!command_takes_checkpoint(command)) {
        (void)fputs("            \"1:argument:($names)\"\n", out);
    }
    (void)fputs("        ;;\n", out);
}

void completion_print_zsh(FILE *out, const struct command *commands) {
    (void)fputs("#compdef charnn\n", out);
    completion_print_title(out, "zsh");
    (void)fputs("local curcontext=$curcontext names command\n"
                "local -a commands=(\n",
                out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "    '%s:", command->spec->name);
        print_text(out, command->spec->summary);
        (void)fputs("'\n", out);
    }
    (void)fputs(")\n"
                "if (( CURRENT == 2 )); then\n"
                "    if [[ $PREFIX == -* ]]; then\n"
                "        compadd -- --help --version\n"
                "    else\n"
                "        _describe command commands\n"
                "    fi\n"
                "    return\n"
                "fi\n"
                "names='",
                out);
    completion_print_commands(out, commands);
    (void)fputs("'\n"
                "(( words[(I)--completion] == 0 )) || names='bash zsh fish'\n"
                "command=$words[2]\n"
                "shift words\n"
                "(( CURRENT-- ))\n"
                "case $command in\n",
                out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_command(out, command->spec);
    }
    (void)fputs("esac\n", out);
}
