/*
 * Escapes in a value on the command line: \n, \t, \r, \\ and \x with two hexadecimal digits, which
 * are not 00. A row allows them with `escapes`. Settings and JSON files hold the text that the
 * escapes stand for; JSON has escapes of its own.
 */
#ifndef CHARNN_CLI_OPTIONS_ESCAPE_H
#define CHARNN_CLI_OPTIONS_ESCAPE_H

#include "cli/options/options.h"

/*
 * *text: what `value` means for the option; `value` itself, or a copy that lives as long as
 * `options`. Errors: CHARNN_ERROR_USAGE for any other backslash, "PREFIXname: ..."; memory.
 */
CHARNN_MUST_CHECK enum status option_unescape(struct options *options,
                                              const struct option_spec *spec, const char *prefix,
                                              const char *value, const char **text,
                                              struct error *error);

#endif
