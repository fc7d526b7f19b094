/* The options of charnn train, which fill a struct train_settings. */
#ifndef CHARNN_CLI_TRAIN_OPTIONS_H
#define CHARNN_CLI_TRAIN_OPTIONS_H

#include "cli/options/options.h"

extern const struct option_table train_options;

#endif
