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

/* Refuses a file, or the checkpoint of a folder, that a killed move has left in a hidden sub-folder
 * (cli/train/earlier.h): CHARNN_ERROR_IO, which says where it is. */
CHARNN_MUST_CHECK enum status checkpoint_path_refuse_moved(const char *name, struct error *error);

/*
 * Checks that `name` exists. If it is a folder, `path` receives the checkpoint in it; else `path`
 * becomes empty. "-" is standard input. Errors, which say what to do: CHARNN_ERROR_IO if nothing
 * has that name, or the folder is not that of a run; then they list the checkpoints in it, after
 * `usage`, such as "charnn sample". Also those of checkpoint_path_refuse_moved().
 */
CHARNN_MUST_CHECK enum status checkpoint_path_find(const char *name, const char *usage, char *path,
                                                   size_t size, struct error *error);

#endif
