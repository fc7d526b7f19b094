#include "cli/options/completion.h"

#include "cli/options/table.h"

static void print_commands(FILE *out, const struct command *commands) {
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "%s%s", command > commands ? " " : "", command->spec->name);
    }
}

/* "--model --rnn-size ... --no-peephole" */
static void print_option_names(FILE *out, const struct option_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        (void)fprintf(out, "%s--%s", i > 0 ? " " : "", spec->name);
        if (option_has_negation(spec)) {
            (void)fprintf(out, " --no-%s", spec->name);
        }
    }
}

/* The names that the option accepts; or a number's default, so that it is seen. */
static void print_values(FILE *out, const struct option_table *table,
                         const struct option_spec *spec) {
    if (option_is_number(spec)) {
        (void)fputs(spec->fallback, out);
        return;
    }
    const char *choice;
    for (size_t i = 0; (choice = option_choice(table, spec, i)) != NULL; i++) {
        (void)fprintf(out, "%s%s", i > 0 ? " " : "", choice);
    }
}

static bool has_values(const struct option_table *table, const struct option_spec *spec) {
    if (option_is_number(spec)) {
        return spec->fallback != NULL;
    }
    return spec->type != CHARNN_OPTION_FLAG && option_choice(table, spec, 0) != NULL;
}

/* A branch of the shell's `case $command:$previous` for each option that has values to offer. */
static void print_value_branches(FILE *out, const struct command_spec *command) {
    for (size_t i = 0; i < command->options->count; i++) {
        const struct option_spec *spec = &command->options->rows[i];
        if (!has_values(command->options, spec)) {
            continue;
        }
        (void)fprintf(out, "    %s:%s", command->name, spec->name);
        if (spec->letter != 0) {
            (void)fprintf(out, " | %s:%c", command->name, spec->letter);
        }
        (void)fputs(") words=\"", out);
        print_values(out, command->options, spec);
        (void)fputs("\" ;;\n", out);
    }
}

static const char prologue[] =
    "# bash completion for charnn(1), printed by 'charnn help --completion'\n"
    "\n"
    "_charnn() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} words='' word\n"
    "    COMPREPLY=()\n"
    "    # bash splits --name=value into three words\n"
    "    if [ \"$current\" = = ]; then\n"
    "        current=''\n"
    "    elif [ \"$previous\" = = ]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    # -rnn_size is --rnn-size\n"
    "    case $previous in\n"
    "    -*) previous=${previous#-} previous=${previous#-} previous=${previous//_/-} ;;\n"
    "    *) previous='' ;;\n"
    "    esac\n"
    "    [ \"$COMP_CWORD\" -gt 1 ] || command=''\n"
    "    case $command:$previous in\n";

static const char epilogue[] = "    esac\n"
                               "    # if nothing matches, bash completes file names\n"
                               "    while IFS= read -r word; do\n"
                               "        COMPREPLY+=(\"$word\")\n"
                               "    done < <(compgen -W \"$words\" -- \"$current\")\n"
                               "}\n"
                               "\n"
                               "complete -o bashdefault -o default -F _charnn charnn\n";

void completion_print(FILE *out, const struct command *commands) {
    (void)fputs(prologue, out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_value_branches(out, command->spec);
    }
    (void)fputs("    *)\n        case $command:$current in\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "        %s:-*) words=\"", command->spec->name);
        print_option_names(out, command->spec->options);
        (void)fputs("\" ;;\n", out);
    }
    (void)fputs("        :-*) words=\"--help --version\" ;;\n        : | :[!-]* | help:*) words=\"",
                out);
    print_commands(out, commands);
    (void)fputs("\" ;;\n        esac\n        ;;\n", out);
    (void)fputs(epilogue, out);
}
