#include "cli/options/completion.h"

#include "cli/options/table.h"

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

/* The i-th value to offer, or NULL: a name that the option accepts; for a number the default, so
 * that the user sees it. */
static const char *value_at(const struct option_table *table, const struct option_spec *spec,
                            size_t i) {
    if (option_is_number(spec)) {
        return i == 0 ? spec->fallback : NULL;
    }
    return spec->type != CHARNN_OPTION_FLAG ? option_choice(table, spec, i) : NULL;
}

/* A branch of the shell's `case $command:$previous` for each option that has values to offer. */
static void print_value_branches(FILE *out, const struct command_spec *command) {
    const struct option_table *table = command->options;
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        const char *value;
        if (value_at(table, spec, 0) == NULL) {
            continue;
        }
        (void)fprintf(out, "    %s:%s", command->name, spec->name);
        if (spec->letter != 0) {
            (void)fprintf(out, " | %s:%c", command->name, spec->letter);
        }
        (void)fputs(") words=\"", out);
        for (size_t j = 0; (value = value_at(table, spec, j)) != NULL; j++) {
            (void)fprintf(out, "%s%s", j > 0 ? " " : "", value);
        }
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
    for (const struct command *command = commands; command->spec != NULL; command++) {
        (void)fprintf(out, "%s%s", command > commands ? " " : "", command->spec->name);
    }
    (void)fputs("\" ;;\n        esac\n        ;;\n", out);
    (void)fputs(epilogue, out);
}
