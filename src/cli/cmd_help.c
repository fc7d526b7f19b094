#include "cli/options/command.h"
#include "cli/options/completion.h"
#include "cli/options/help.h"
#include "cli/options/manual.h"
#include "cli/terminal/terminal.h"

enum status cmd_help(struct invocation *invocation, struct error *error) {
    const struct help_settings *settings = invocation->settings;
    const struct options *options = &invocation->options;
    if (settings->man) {
        manual_print(invocation->out);
    } else if (settings->completion) {
        completion_print(invocation->out);
    } else if (options->argument_count == 0) {
        help_print_program(invocation->out, terminal_width(invocation->out));
    } else {
        const struct command_spec *command;
        if (command_find(options->arguments[0], &command, error) != CHARNN_OK) {
            return error->status;
        }
        help_print_command(invocation->out, command, terminal_width(invocation->out));
    }
    return CHARNN_OK;
}
