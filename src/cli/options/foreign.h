/* Options of other programs, which are refused with the line to type instead. */
#ifndef CHARNN_CLI_OPTIONS_FOREIGN_H
#define CHARNN_CLI_OPTIONS_FOREIGN_H

#include "base/error.h"
#include "cli/options/table.h"

/* Whether the table lists name[length], with hyphens or underscores, as a foreign option. */
bool foreign_option_known(const struct option_table *table, const char *name, size_t length);

/* Sets an error that names the option in `argument` and its program, and shows the command line
 * rewritten for charnn. argv[0] is the command. Returns CHARNN_ERROR_USAGE. */
enum status foreign_option_refuse(const struct option_table *table, const char *argument, int argc,
                                  char *const argv[], struct error *error);

#endif
