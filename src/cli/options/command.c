#include "cli/options/command.h"

#include "base/memory.h"
#include "cli/options/suggest.h"
#include "kernels/dispatch.h"

#include <stdlib.h>
#include <string.h>

const struct command_spec *command_at(size_t i) {
    static const struct command_spec *const commands[] = {
        &train_command, &sample_command, &eval_command, &info_command, &help_command,
    };
    return i < sizeof commands / sizeof commands[0] ? commands[i] : NULL;
}

enum status command_find(const char *name, const struct command_spec **command,
                         struct error *error) {
    struct suggestion suggestion = suggestion_start(name);
    for (size_t i = 0; (*command = command_at(i)) != NULL; i++) {
        if (strcmp((*command)->name, name) == 0) {
            return CHARNN_OK;
        }
        suggestion_consider(&suggestion, (*command)->name);
    }
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

enum status command_check_kernels(struct error *error) {
    if (kernels_current() != NULL) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "CHARNN_KERNELS: '%s' names no kernels that this program has and this "
                     "processor can run; unset it to have the best chosen",
                     getenv("CHARNN_KERNELS"));
}

static enum status check_argument_count(const struct command_spec *command,
                                        const struct options *options, struct error *error) {
    const char *name = command->name;
    if (options->argument_count < command->argument_minimum) {
        return error_set(error, CHARNN_ERROR_USAGE, "it takes %s, and %s; see 'charnn %s --help'",
                         command->arguments,
                         options->argument_count == 0 ? "nothing is given" : "more is needed",
                         name);
    }
    if (options->argument_count > command->argument_maximum) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "it takes %s, and '%s' is too much; see 'charnn %s --help'",
                         command->arguments, options->arguments[command->argument_maximum], name);
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
