/* This program described: how it was built, and how it computes on this machine. */
#ifndef CHARNN_CLI_INFO_BUILD_H
#define CHARNN_CLI_INFO_BUILD_H

#include "base/error.h"

#include <cJSON.h>
#include <stdio.h>

/* For a person: version, compiler, libraries, kernels, threads. No kernels are in use if
 * CHARNN_KERNELS names no usable ones. Writes are not checked; see cli/terminal/stream.h. */
void build_info_print(FILE *out);

/* The same, added to a JSON object. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status build_info_describe(cJSON *json, struct error *error);

#endif
