/*
 * Where the weights of a run began, if in another checkpoint: noted among the settings that are
 * saved, as "origin" (models/README.md), and kept there for as long as the run is resumed.
 */
#ifndef CHARNN_CLI_TRAIN_ORIGIN_H
#define CHARNN_CLI_TRAIN_ORIGIN_H

#include "checkpoint/checkpoint.h"

/* Notes that the weights are those of `origin`, which was named as `path`. The only error is
 * memory. */
CHARNN_MUST_CHECK enum status train_origin_note(cJSON *config, const char *path,
                                                const struct checkpoint *origin,
                                                struct error *error);

/* Takes over the note of the run that is resumed, where it has one. Errors: CHARNN_ERROR_FORMAT
 * where that is damaged. */
CHARNN_MUST_CHECK enum status train_origin_keep(cJSON *config, const struct checkpoint *resumed,
                                                struct error *error);

#endif
