#include "cli/commands.h"

#include "cli/convert/settings.h"
#include "cli/eval/settings.h"
#include "cli/info/settings.h"
#include "cli/inspect/settings.h"
#include "cli/plot/settings.h"
#include "cli/sample/settings.h"
#include "cli/train/options.h"
#include "kernels/dispatch.h"

#include <stdlib.h>

const struct command charnn_commands[] = {
    {.spec = &train_command, .run = cmd_train, .joins_ranks = true},
    {.spec = &sample_command, .run = cmd_sample},
    {.spec = &eval_command, .run = cmd_eval},
    {.spec = &info_command, .run = cmd_info, .checks_kernels = true},
    {.spec = &convert_command, .run = cmd_convert},
    {.spec = &inspect_command, .run = cmd_inspect},
    {.spec = &plot_command, .run = cmd_plot},
    {.spec = &help_command, .run = cmd_help},
    {.spec = NULL},
};

enum status command_check_kernels(struct error *error) {
    if (kernels_current() != NULL) {
        return CHARNN_OK;
    }
    return error_set(error, CHARNN_ERROR_USAGE,
                     "CHARNN_KERNELS: '%s' names no kernels that this program has and this "
                     "processor can run; unset it to use the best ones",
                     getenv("CHARNN_KERNELS"));
}
