/* Options of other programs, which are refused with the line to type instead. */
#ifndef CHARNN_CLI_OPTIONS_FOREIGN_H
#define CHARNN_CLI_OPTIONS_FOREIGN_H

#include "base/error.h"
#include "cli/options/table.h"

/* Whether the table lists the option (hyphens or underscores) of `length` characters. */
bool foreign_option_known(const struct option_table *table, const char *name, size_t length);

/* Sets an error that names the option in `argument` and its program, and gives the whole command
 * line, whose argv[0] is the command, as charnn takes it. Returns CHARNN_ERROR_USAGE. */
enum status foreign_option_refuse(const struct option_table *table, const char *argument, int argc,
                                  char *const argv[], struct error *error);

#endif
