/* A checkpoint described as JSON. */
#ifndef CHARNN_CLI_INFO_JSON_H
#define CHARNN_CLI_INFO_JSON_H

#include "checkpoint/checkpoint.h"

#include <stdbool.h>

/* Adds the description to an object, which then holds raw JSON and can only be printed. Errors:
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status info_describe(const struct checkpoint *checkpoint, cJSON *json,
                                            struct error *error);

/* Whether a member of charnn.config is a setting, and not a note about the run. */
bool info_is_setting(const char *name);

#endif
