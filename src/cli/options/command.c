#include "cli/options/command.h"

#include "base/files/file.h"
#include "base/memory.h"
#include "base/shell.h"
#include "cli/options/checkpoint_path.h"
#include "cli/options/option_name.h"
#include "cli/options/parse.h"
#include "cli/options/suggest.h"
#include "cli/options/value.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Someone left the command out: "charnn book.txt". */
static enum status refuse_file(const char *name, struct error *error) {
    char line[CHARNN_ERROR_LENGTH];
    struct text text = text_start(line, sizeof line);
    text_add(&text, "charnn %s ", checkpoint_path_is_likely(name) ? "sample" : "train");
    shell_add_word(&text, name);
    return error_set(error, CHARNN_ERROR_USAGE,
                     "'%s' is a file or folder, not a command; did you mean '%s'?", name, line);
}

static bool has_option(const struct option_table *table, const char *name) {
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Someone left the command out before an option: "charnn --resume". Names the first command that
 * has the option. */
static enum status refuse_option(const struct command *commands, const char *argument,
                                 struct error *error) {
    size_t length;
    const char *name = option_name_in(argument, &length);
    char plain[CHARNN_OPTION_TEXT];
    (void)snprintf(plain, sizeof plain, "%.*s", (int)(length < sizeof plain ? length : 0), name);
    for (; commands->spec != NULL; commands++) {
        if (has_option(commands->spec->options, plain)) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "a command must come before '%s'; did you mean 'charnn %s %s'?",
                             argument, commands->spec->name, argument);
        }
    }
    return CHARNN_OK;
}

static enum status refuse_command(const struct command *commands, const char *name,
                                  struct error *error) {
    struct suggestion suggestion = suggestion_start(name + strspn(name, "-"));
    if (name[0] == '-' && refuse_option(commands, name, error) != CHARNN_OK) {
        return error->status;
    }
    for (; commands->spec != NULL; commands++) {
        suggestion_consider(&suggestion, commands->spec->name);
    }
    suggestion_consider(&suggestion, "version");
    if (name[0] != '-' && access(name, F_OK) == 0) {
        return refuse_file(name, error);
    }
    if (suggestion.best != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown %s '%s'; did you mean '%s%s'?",
                         name[0] == '-' ? "option" : "command", name,
                         strcmp(suggestion.best, "version") == 0 ? "--" : "", suggestion.best);
    }
    if (name[0] == '-') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "a command must come before '%s'; see 'charnn --help'", name);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "unknown command '%s'; see 'charnn --help'", name);
}

enum status command_find(const struct command *commands, const char *name,
                         const struct command **command, struct error *error) {
    for (*command = commands; (*command)->spec != NULL; (*command)++) {
        if (strcmp((*command)->spec->name, name) == 0) {
            return CHARNN_OK;
        }
    }
    *command = NULL;
    return refuse_command(commands, name, error);
}

bool command_takes_checkpoint(const struct command_spec *command) {
    return strstr(command->arguments, "CHECKPOINT") != NULL;
}

static enum status check_argument_count(const struct command_spec *command,
                                        const struct options *options, struct error *error) {
    size_t count = options->argument_count;
    if (count < command->argument_minimum) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "missing argument: expected %s; see 'charnn %s --help'",
                         command->arguments, command->name);
    }
    if (count > command->argument_maximum) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "unexpected argument '%s'; see 'charnn %s --help'",
                         options->arguments[command->argument_maximum], command->name);
    }
    return CHARNN_OK;
}

enum status invocation_init(struct invocation *invocation, const struct command_spec *command,
                            int argc, char *const argv[], FILE *out, FILE *err,
                            struct error *error) {
    *invocation = (struct invocation){.command = command, .out = out, .err = err};
    struct options *options = &invocation->options;
    if (memory_allocate(1, command->options->settings_size, "settings", &invocation->settings,
                        error) != CHARNN_OK ||
        options_init(options, command->options, invocation->settings, error) != CHARNN_OK ||
        options_parse(options, argc, argv, error) != CHARNN_OK) {
        return error->status;
    }
    if (options->help) {
        return CHARNN_OK;
    }
    if (check_argument_count(command, options, error) != CHARNN_OK) {
        return error->status;
    }
    return command->check != NULL ? command->check(options, invocation->settings, error)
                                  : CHARNN_OK;
}

/* Replaces *name, if it is a folder, by the checkpoint in the folder. `usage` as in
 * checkpoint_path_find(). */
static enum status find_checkpoint(struct invocation *invocation, const char *usage,
                                   const char **name, struct error *error) {
    char path[CHARNN_PATH_LENGTH];
    char *copy;
    if (checkpoint_path_find(*name, usage, path, sizeof path, error) != CHARNN_OK) {
        return error->status;
    }
    if (path[0] == '\0') {
        return CHARNN_OK;
    }
    if (options_keep_text(&invocation->options, path, &copy, error) != CHARNN_OK) {
        return error->status;
    }
    (void)fprintf(invocation->err, "charnn %s: %s is a folder; using %s\n",
                  invocation->command->name, *name, path);
    *name = copy;
    return CHARNN_OK;
}

enum status invocation_find_checkpoints(struct invocation *invocation, struct error *error) {
    struct options *options = &invocation->options;
    char usage[CHARNN_OPTION_TEXT];
    (void)snprintf(usage, sizeof usage, "charnn %s", invocation->command->name);
    if (command_takes_checkpoint(invocation->command) && options->argument_count > 0 &&
        find_checkpoint(invocation, usage, &options->arguments[0], error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < options->table->count; i++) {
        const struct option_spec *spec = &options->table->rows[i];
        if (!option_takes_checkpoint(spec)) {
            continue;
        }
        size_t count;
        const char **names = option_value_strings(spec, invocation->settings, &count);
        (void)snprintf(usage, sizeof usage, "--%s", spec->name);
        for (size_t at = 0; at < count; at++) {
            if (names[at][0] != '\0' &&
                find_checkpoint(invocation, usage, &names[at], error) != CHARNN_OK) {
                return error->status;
            }
        }
    }
    return CHARNN_OK;
}

void invocation_deinit(struct invocation *invocation) {
    options_deinit(&invocation->options);
    memory_free(invocation->settings);
    invocation->settings = NULL;
}
