/* The command line of `charnn train`, which fills a struct train_settings. */
#ifndef CHARNN_CLI_TRAIN_OPTIONS_H
#define CHARNN_CLI_TRAIN_OPTIONS_H

#include "cli/options/command.h"

/* The folder that char-rnn trains on by default. */
#define CHARNN_DEFAULT_DATA "data/tinyshakespeare"

extern const struct option_table train_options;
extern const struct command_spec train_command;

#endif
