/* The command line split by getopt into options and arguments; no value is read yet. */
#ifndef CHARNN_CLI_OPTIONS_SCAN_H
#define CHARNN_CLI_OPTIONS_SCAN_H

#include "cli/options/options.h"

/* An option found on the command line. */
struct occurrence {
    const struct option_spec *spec;
    const char *value; /* "true" or "false" for a flag; NULL if there is none */
};

struct occurrences {
    struct occurrence *items;
    size_t count;
};

/*
 * Lists the options, in order, and sets options->arguments and options->help; stops at --help and
 * --help-all. `found` is released with memory_free(found->items), also after an error. Errors:
 * CHARNN_ERROR_USAGE, CHARNN_ERROR_MEMORY.
 */
CHARNN_MUST_CHECK enum status options_scan(struct options *options, int argc, char *const argv[],
                                           struct occurrences *found, struct error *error);

#endif
