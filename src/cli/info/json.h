/* A checkpoint described as JSON. */
#ifndef CHARNN_CLI_INFO_JSON_H
#define CHARNN_CLI_INFO_JSON_H

#include "checkpoint/checkpoint.h"

/* Adds the description to an object, which is then only good for printing. Errors:
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status info_describe(const struct checkpoint *checkpoint, cJSON *json,
                                            struct error *error);

#endif
