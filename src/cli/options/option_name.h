/* Names of options as people write them: with underscores, abbreviated, mistyped, or of other
 * programs. `names` is getopt's list. */
#ifndef CHARNN_CLI_OPTIONS_OPTION_NAME_H
#define CHARNN_CLI_OPTIONS_OPTION_NAME_H

#include "base/error.h"

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

/* The option name in an argument such as "--name=value", and its length. */
const char *option_name_in(const char *argument, size_t *length);

/* Whether the argument is "-x" or "-x=value". A letter does not abbreviate a long name. */
bool option_is_letter(const char *argument);

/*
 * The known name that name[length] abbreviates, or NULL. It is the shortest known name that begins
 * with name[length], and each longer one must begin with it: --prime is --primetext although there
 * is --primetext-file.
 */
const char *option_name_complete(const struct option *names, const char *name, size_t length);

/* Sets an error that says why getopt refuses `argument`, with a similar name if there is one.
 * Returns CHARNN_ERROR_USAGE. */
enum status option_name_refuse(const struct option *names, const char *command,
                               const char *argument, struct error *error);

#endif
