/* The settings of `charnn plot`, filled from its option table. */
#ifndef CHARNN_CLI_PLOT_SETTINGS_H
#define CHARNN_CLI_PLOT_SETTINGS_H

#include <stdbool.h>

struct plot_settings {
    bool bits;       /* losses in bits instead of nats per character */
    const char *svg; /* file for a picture; "": the chart is printed */
};

extern const struct command_spec plot_command; /* cli/options/command.h */

#endif
