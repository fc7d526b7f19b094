#include "cli/options/completion_scripts.h"

/* A text in single quotes. */
static void print_text(FILE *out, const char *text) {
    (void)fputc('\'', out);
    completion_print_text(out, text, "\\", "\\'");
    (void)fputc('\'', out);
}

/* "-x -a '128'": which values an option takes. */
static void print_value(FILE *out, const struct option_table *table,
                        const struct option_spec *spec) {
    if (option_takes_checkpoint(spec)) {
        (void)fputs(" -x -a '(__charnn_checkpoints)'", out);
    } else if (completion_takes_folder(spec)) {
        (void)fputs(" -x -a '(__fish_complete_directories)'", out);
    } else if (completion_takes_file(spec)) {
        (void)fputs(" -r -F", out);
    } else {
        (void)fputs(" -x", out);
        if (completion_value(table, spec, 0) != NULL) {
            (void)fputs(" -a '", out);
            completion_print_values(out, table, spec);
            (void)fputc('\'', out);
        }
    }
}

static void print_option(FILE *out, const struct command_spec *command,
                         const struct option_spec *spec) {
    const char *description = completion_description(spec);
    (void)fprintf(out, "complete -c charnn -n '__charnn_command %s' -l %s", command->name,
                  spec->name);
    if (spec->letter != 0) {
        (void)fprintf(out, " -s %c", spec->letter);
    }
    if (completion_takes_value(spec)) {
        print_value(out, command->options, spec);
    }
    (void)fputs(" -d ", out);
    print_text(out, description);
    (void)fputc('\n', out);
    if (option_has_negation(spec)) {
        (void)fprintf(out, "complete -c charnn -n '__charnn_command %s' -l no-%s -d ",
                      command->name, spec->name);
        print_text(out, description);
        (void)fputc('\n', out);
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
    "# fish completion for charnn(1), printed by 'charnn help --completion fish'\n"
    "\n"
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
    (void)fputs(prologue, out);
    for (const struct command *command = commands; command->spec != NULL; command++) {
        const struct command_spec *spec = command->spec;
        (void)fprintf(out, "complete -c charnn -n __charnn_command -a %s -d ", spec->name);
        print_text(out, spec->summary);
        (void)fputc('\n', out);
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
