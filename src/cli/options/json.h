/* Settings as a JSON object, keys with underscores: {"model":"lstm","rnn_size":128,...}. */
#ifndef CHARNN_CLI_OPTIONS_JSON_H
#define CHARNN_CLI_OPTIONS_JSON_H

#include "cli/options/options.h"

#include <cJSON.h>

/*
 * Makes an object of the saved rows, only for printing: its numbers are raw texts, so that every
 * double reads back as the same double. Ownership: the caller's, cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status options_to_json(const struct option_table *table,
                                              const void *settings, cJSON **json,
                                              struct error *error);

/*
 * Reads a parsed object into `settings`. Keys may have hyphens, and options that are not saved may
 * be among them. Values pass the checks of the command line; texts are copied into `options`.
 * Errors, which name `file`: CHARNN_ERROR_USAGE for an unknown key or a bad value.
 */
CHARNN_MUST_CHECK enum status options_read_json(struct options *options, const cJSON *json,
                                                const char *file, void *settings,
                                                struct error *error);

#endif
