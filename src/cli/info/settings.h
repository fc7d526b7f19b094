/* The settings of `charnn info`, which its option table fills. */
#ifndef CHARNN_CLI_INFO_SETTINGS_H
#define CHARNN_CLI_INFO_SETTINGS_H

#include <stdbool.h>

struct info_settings {
    bool json;  /* the result as JSON */
    bool build; /* about this program instead of a checkpoint */
};

extern const struct command_spec info_command; /* cli/options/command.h */

#endif
