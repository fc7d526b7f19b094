/* Files that a command is about to write, compared with the files that it reads. */
#ifndef CHARNN_CLI_OPTIONS_OUTPUTS_H
#define CHARNN_CLI_OPTIONS_OUTPUTS_H

#include "cli/options/options.h"

/*
 * Refuses to write `path`, which `option` names, if it is the file `input`, also under a link or
 * another spelling (base/files/place.h). `what` says what the input is: "text". The inputs "-"
 * (standard input) and "" (none) are never the same. Errors: CHARNN_ERROR_USAGE.
 */
CHARNN_MUST_CHECK enum status output_check(const char *option, const char *path, const char *what,
                                           const char *input, struct error *error);

/* output_check() for each --config. */
CHARNN_MUST_CHECK enum status output_check_configs(const char *option, const char *path,
                                                   const struct options *options,
                                                   struct error *error);

#endif
