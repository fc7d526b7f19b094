/* The settings of `charnn convert`; options.c describes them. */
#ifndef CHARNN_CLI_CONVERT_SETTINGS_H
#define CHARNN_CLI_CONVERT_SETTINGS_H

#include "cli/options/command.h"

struct convert_settings {
    int weights; /* enum weight_type */
    size_t threads;
};

extern const struct command_spec convert_command;

#endif
