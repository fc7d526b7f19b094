/* The settings of `charnn info`, filled from its option table. */
#ifndef CHARNN_CLI_INFO_SETTINGS_H
#define CHARNN_CLI_INFO_SETTINGS_H

#include <stdbool.h>

struct info_settings {
    bool json;  /* print JSON */
    bool build; /* describe this program instead of a checkpoint */
};

extern const struct command_spec info_command; /* cli/options/command.h */

#endif
