/*
 * What checkpoints and the log record of how a run was started: its settings, the files of its
 * text, and the checkpoint that its weights came from. models/README.md lists the keys.
 */
#ifndef CHARNN_CLI_TRAIN_CONFIG_H
#define CHARNN_CLI_TRAIN_CONFIG_H

#include "checkpoint/checkpoint.h"
#include "cli/options/options.h"
#include "text/corpus.h"

/*
 * The settings of `options` and the files of `corpus`. With --init-from also "origin", which says
 * where the weights of `origin` are from; a resumed run keeps the "origin" of its checkpoint.
 * It is for printing, like options_to_json(). Errors: CHARNN_ERROR_MEMORY; CHARNN_ERROR_FORMAT if
 * the "origin" of a resumed run is damaged. Ownership: the caller's, cJSON_Delete().
 */
CHARNN_MUST_CHECK enum status train_config_create(const struct options *options,
                                                  const struct corpus *corpus,
                                                  const struct checkpoint *origin, cJSON **config,
                                                  struct error *error);

#endif
