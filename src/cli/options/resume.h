/* The settings of a resumed run: given now, or saved with the run. */
#ifndef CHARNN_CLI_OPTIONS_RESUME_H
#define CHARNN_CLI_OPTIONS_RESUME_H

#include "cli/options/options.h"

#include <cJSON.h>

/*
 * Saved rows that were not given take their value from `json`. Rows that were given keep their
 * value; a fixed row must equal the saved value, else CHARNN_ERROR_USAGE. Errors name `file`.
 */
CHARNN_MUST_CHECK enum status options_resume(struct options *options, const cJSON *json,
                                             const char *file, struct error *error);

#endif
