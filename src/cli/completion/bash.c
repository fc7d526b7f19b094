#include "cli/completion/scripts.h"

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

/* A branch of the shell's `case $command:$previous` for each option that takes a value. */
static void print_value_branches(FILE *out, const struct command_spec *command) {
    static const char *const how[CHARNN_COMPLETION_KINDS] = {
        [CHARNN_COMPLETION_CHECKPOINT] = " _charnn_checkpoints \"$current\"",
        [CHARNN_COMPLETION_WORDS] = " words=\"",
    };
    const struct option_table *table = command->options;
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->rows[i];
        if (!completion_takes_value(spec)) {
            continue;
        }
        (void)fprintf(out, "    %s:%s", command->name, spec->name);
        if (spec->letter != 0) {
            (void)fprintf(out, " | %s:%c", command->name, spec->letter);
        }
        (void)fputs(")", out);
        completion_print_value(out, table, spec, how, "\"");
        (void)fputs(" ;;\n", out);
    }
}

/* Branches of `case $command:$current` for the options and the arguments of a command. */
static void print_word_branches(FILE *out, const struct command_spec *command) {
    (void)fprintf(out, "        %s:-*) words=\"", command->name);
    print_option_names(out, command->options);
    (void)fputs("\" ;;\n", out);
    if (command_takes_checkpoint(command)) {
        (void)fprintf(out, "        %s:*) %s_charnn_checkpoints \"$current\" ;;\n", command->name,
                      completion_command_takes_files(command) ? "_charnn_has_checkpoint || " : "");
    }
}

static const char prologue[] =
    "# checkpoints and folders; nothing else (bash 3 has no compopt and adds other files)\n"
    "_charnn_checkpoints() {\n"
    "    local word\n"
    "    compopt -o filenames +o bashdefault +o default 2>/dev/null\n"
    "    while IFS= read -r word; do\n"
    "        COMPREPLY+=(\"$word\")\n"
    "    done < <(compgen -d -- \"$1\"; compgen -f -X '!*.safetensors' -- \"$1\")\n"
    "}\n"
    "\n"
    "# whether a checkpoint or a folder stands before the current word\n"
    "_charnn_has_checkpoint() {\n"
    "    local word\n"
    "    for word in \"${COMP_WORDS[@]:2:COMP_CWORD - 2}\"; do\n"
    "        case $word in *.safetensors) return 0 ;; esac\n"
    "        [ ! -d \"$word\" ] || return 0\n"
    "    done\n"
    "    return 1\n"
    "}\n"
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
    "    case $command:$previous in\n"
    "    help:completion) words=\"bash zsh fish\" ;;\n";

static const char epilogue[] = "    esac\n"
                               "    # if nothing matches, bash completes file names\n"
                               "    while IFS= read -r word; do\n"
                               "        COMPREPLY+=(\"$word\")\n"
                               "    done < <(compgen -W \"$words\" -- \"$current\")\n"
                               "}\n"
                               "\n"
                               "complete -o bashdefault -o default -F _charnn charnn\n";

void completion_print_bash(FILE *out, const struct command *commands) {
    completion_print_title(out, "bash");
    (void)fputs(prologue, out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_value_branches(out, command->spec);
    }
    (void)fputs("    *)\n        case $command:$current in\n", out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        print_word_branches(out, command->spec);
    }
    (void)fputs("        :-*) words=\"--help --version\" ;;\n        : | :[!-]* | help:*) words=\"",
                out);
    completion_print_commands(out, commands);
    (void)fputs("\" ;;\n        esac\n        ;;\n", out);
    (void)fputs(epilogue, out);
}
