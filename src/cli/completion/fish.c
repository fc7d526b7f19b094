#include "cli/completion/scripts.h"

/* " -d 'TEXT'", the end of a line. */
static void print_description(FILE *out, const char *text) {
    (void)fputs(" -d '", out);
    completion_print_text(out, text, "\\", "\\'");
    (void)fputs("'\n", out);
}

/* "-x -a '128'": which values an option takes. */
static const char *const how[CHARNN_COMPLETION_KINDS] = {
    [CHARNN_COMPLETION_CHECKPOINT] = " -x -a '(__charnn_checkpoints)'",
    [CHARNN_COMPLETION_FOLDER] = " -x -a '(__fish_complete_directories)'",
    [CHARNN_COMPLETION_FILE] = " -r -F",
    [CHARNN_COMPLETION_WORDS] = " -x -a '",
    [CHARNN_COMPLETION_NOTHING] = " -x",
};

static void print_option(FILE *out, const struct command_spec *command,
                         const struct option_spec *spec) {
    const char *description = completion_description(spec);
    (void)fprintf(out, "complete -c charnn -n '__charnn_command %s' -l %s", command->name,
                  spec->name);
    if (spec->letter != 0) {
        (void)fprintf(out, " -s %c", spec->letter);
    }
    if (completion_takes_value(spec)) {
        completion_print_value(out, command->options, spec, how, "'");
    }
    print_description(out, description);
    if (option_has_negation(spec)) {
        (void)fprintf(out, "complete -c charnn -n '__charnn_command %s' -l no-%s", command->name,
                      spec->name);
        print_description(out, description);
    }
}

static void print_arguments(FILE *out, const struct command_spec *command) {
    bool files = completion_command_takes_files(command);
    if (command_takes_checkpoint(command)) {
        (void)fprintf(out,
                      "complete -c charnn -n '__charnn_command %s%s' -a '(__charnn_checkpoints)'\n",
                      command->name, files ? "; and not __charnn_has_checkpoint" : "");
    }
    if (files) {
        (void)fprintf(out, "complete -c charnn -n '__charnn_command %s%s' -F\n", command->name,
                      command_takes_checkpoint(command) ? "; and __charnn_has_checkpoint" : "");
    }
}

static const char prologue[] =
    "# whether the command is $argv[1]; without it, whether none is given yet\n"
    "function __charnn_command\n"
    "    set -l words (commandline -opc)\n"
    "    test \"$words[2]\" = \"$argv[1]\"\n"
    "end\n"
    "\n"
    "# checkpoints and folders\n"
    "function __charnn_checkpoints\n"
    "    set -l start (commandline -ct | string replace -r '^--?[^=]*=' '' | string unescape)\n"
    "    for path in $start*/ $start*.safetensors\n"
    "        echo $path\n"
    "    end\n"
    "end\n"
    "\n"
    "# whether a checkpoint or a folder stands before the current word\n"
    "function __charnn_has_checkpoint\n"
    "    for word in (commandline -opc)[3..-1]\n"
    "        if string match -q '*.safetensors' -- $word; or test -d $word\n"
    "            return 0\n"
    "        end\n"
    "    end\n"
    "    return 1\n"
    "end\n"
    "\n"
    "complete -c charnn -f\n"
    "complete -c charnn -n __charnn_command -l help -s h -d 'print the commands'\n"
    "complete -c charnn -n __charnn_command -l version -s V -d 'print the version'\n";

void completion_print_fish(FILE *out, const struct command *commands) {
    completion_print_title(out, "fish");
    (void)fputs(prologue, out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        const struct command_spec *spec = command->spec;
        (void)fprintf(out, "complete -c charnn -n __charnn_command -a %s", spec->name);
        print_description(out, spec->summary);
        for (size_t i = 0; i < spec->options->count; i++) {
            print_option(out, spec, &spec->options->rows[i]);
        }
        print_arguments(out, spec);
    }
    (void)fputs("complete -c charnn -n '__charnn_command help' -a '", out);
    completion_print_commands(out, commands);
    (void)fputs("'\n"
                "complete -c charnn -n '__charnn_command help; and contains -- --completion "
                "(commandline -opc)' -a 'bash zsh fish'\n",
                out);
}
