/* Checkpoints as the command line names them: by a file, or by the folder of a run. */
#ifndef CHARNN_CLI_OPTIONS_CHECKPOINT_PATH_H
#define CHARNN_CLI_OPTIONS_CHECKPOINT_PATH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Sets `path` to best.safetensors in the folder, or else to last.safetensors. Returns false if the
 * folder has neither or is not a folder. */
bool checkpoint_path_in_folder(const char *folder, char *path, size_t size);

/* Whether `path` looks like a checkpoint: *.safetensors, or a folder that has one. */
bool checkpoint_path_is_likely(const char *path);

/*
 * Checks that `name` exists. If it is a folder, `path` receives the checkpoint in it; else `path`
 * becomes empty. "-" is standard input. Errors, which say what to do first: CHARNN_ERROR_IO if
 * nothing has that name, or the folder has no checkpoint.
 */
CHARNN_MUST_CHECK enum status checkpoint_path_find(const char *name, char *path, size_t size,
                                                   struct error *error);

#endif
