/* The table of commands, in the order of the help. */
#ifndef CHARNN_CLI_COMMANDS_H
#define CHARNN_CLI_COMMANDS_H

#include "cli/options/command.h"

extern const struct command charnn_commands[];

/* The functions of the rows, each in cmd_NAME.c. */
CHARNN_MUST_CHECK enum status cmd_train(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_sample(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_eval(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_info(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_convert(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_inspect(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_plot(struct invocation *invocation, struct error *error);
CHARNN_MUST_CHECK enum status cmd_help(struct invocation *invocation, struct error *error);

/* Must be called before any use of a model. Error: CHARNN_ERROR_USAGE if CHARNN_KERNELS names no
 * kernels that this program has and this processor can run. */
CHARNN_MUST_CHECK enum status command_check_kernels(struct error *error);

extern const struct command_spec help_command; /* in cmd_help.c, because it has no folder */

#endif
