#include "cli/options/command.h"

#include "base/memory.h"
#include "cli/options/parse.h"
#include "cli/options/suggest.h"

#include <string.h>

enum status command_find(const struct command *commands, const char *name,
                         const struct command **command, struct error *error) {
    struct suggestion suggestion = suggestion_start(name);
    for (*command = commands; (*command)->spec != NULL; (*command)++) {
        if (strcmp((*command)->spec->name, name) == 0) {
            return CHARNN_OK;
        }
        suggestion_consider(&suggestion, (*command)->spec->name);
    }
    *command = NULL;
    if (name[0] == '-') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "a command must come before '%s'; see 'charnn --help'", name);
    }
    if (suggestion.best != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE, "unknown command '%s'; did you mean '%s'?",
                         name, suggestion.best);
    }
    return error_set(error, CHARNN_ERROR_USAGE, "unknown command '%s'; see 'charnn --help'", name);
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

void invocation_deinit(struct invocation *invocation) {
    options_deinit(&invocation->options);
    memory_free(invocation->settings);
    invocation->settings = NULL;
}
