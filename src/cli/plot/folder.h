/* The log of a run, found by the folder of the run. */
#ifndef CHARNN_CLI_PLOT_FOLDER_H
#define CHARNN_CLI_PLOT_FOLDER_H

#include "base/error.h"

#include <stddef.h>

/*
 * If `name` is a folder, `path` receives the log of the run in it, which a link there names
 * (cli/train/log_link.c); else `path` becomes empty. Errors: CHARNN_ERROR_IO if the folder has no
 * such link or several, or the log is missing; those of checkpoint_path_refuse_moved().
 */
CHARNN_MUST_CHECK enum status plot_find_log(const char *name, char *path, size_t size,
                                            struct error *error);

#endif
