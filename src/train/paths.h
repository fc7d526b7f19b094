/* The paths of a run's checkpoints. */
#ifndef CHARNN_TRAIN_PATHS_H
#define CHARNN_TRAIN_PATHS_H

#include "base/files/file.h"
#include "train/settings.h"

/* `last` and `best`, and where they are saved aside (train/saves.h). */
struct train_paths {
    char last[CHARNN_PATH_LENGTH], last_aside[CHARNN_PATH_LENGTH];
    char best[CHARNN_PATH_LENGTH], best_aside[CHARNN_PATH_LENGTH];
};

/* Writes <checkpoint_dir>/[<savefile>-]<name>.safetensors into `path` of `size` bytes; a dot that
 * begins `name` comes before <savefile>. Errors: CHARNN_ERROR_USAGE if it does not fit. */
CHARNN_MUST_CHECK enum status trainer_checkpoint_path(const struct train_settings *settings,
                                                      const char *name, char *path, size_t size,
                                                      struct error *error);

/* Errors: as above. */
CHARNN_MUST_CHECK enum status train_paths_init(struct train_paths *paths,
                                               const struct train_settings *settings,
                                               struct error *error);

#endif
