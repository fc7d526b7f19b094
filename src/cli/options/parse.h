/* A whole command line read into the settings struct of a command. */
#ifndef CHARNN_CLI_OPTIONS_PARSE_H
#define CHARNN_CLI_OPTIONS_PARSE_H

#include "cli/options/options.h"

/*
 * Reads the arguments after argv[0], the command's name (`argv` must outlive `options`). An option
 * may be written --rnn-size 8, --rnn-size=8, -rnn-size 8 or -rnn_size 8, and shortened if that is
 * unambiguous. "--" ends the options; "-" is an argument. Values are applied in the order
 *
 *     defaults < --preset < --config < flags
 *
 * whatever their order on the command line; among equals the last one counts. With --help or
 * --help-all no value is applied: the settings are the defaults.
 *
 * Call it once, and never from two threads at the same time, because getopt has global state.
 * Errors: CHARNN_ERROR_USAGE, CHARNN_ERROR_MEMORY; for a --config file also CHARNN_ERROR_IO,
 * CHARNN_ERROR_FORMAT.
 */
CHARNN_MUST_CHECK enum status options_parse(struct options *options, int argc, char *const argv[],
                                            struct error *error);

#endif
