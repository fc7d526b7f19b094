/* How far back the models look, in the report of `charnn inspect`. Nothing without --reach. */
#ifndef CHARNN_CLI_INSPECT_REACH_REPORT_H
#define CHARNN_CLI_INSPECT_REACH_REPORT_H

#include "cli/inspect/inspect.h"

enum { CHARNN_REACH_TEXT = 48 };

/* The number of characters that a point is for: "7" or "151 to 200". */
const char *inspect_reach_range(const struct reach_point *point, char text[CHARNN_REACH_TEXT]);

/* Its standard error, or "-" if that is not known. */
const char *inspect_reach_error(const struct reach_point *point, char text[CHARNN_REACH_TEXT]);

/* A table for each model. Errors: those of stream_write(). */
CHARNN_MUST_CHECK enum status inspect_print_reach(const struct inspect *inspect,
                                                  struct error *error);

/* The array "reach", with an object for each model. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status inspect_add_reach(const struct inspect *inspect, cJSON *json,
                                                struct error *error);

#endif
