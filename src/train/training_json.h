/*
 * The JSON text charnn.training of a checkpoint (models/README.md): progress, text and past of its
 * run.
 */
#ifndef CHARNN_TRAIN_TRAINING_JSON_H
#define CHARNN_TRAIN_TRAINING_JSON_H

#include "checkpoint/checkpoint.h"
#include "train/state.h"

/* Ownership of *json: the caller's, cJSON_Delete(), also after a failure. Errors:
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_create(const struct trainer *trainer, cJSON **json,
                                                   struct error *error);

/* Reads back the progress and the validations; the checkpoint has a charnn.training. Errors:
 * CHARNN_ERROR_DATA if the text is not that of the trainer; CHARNN_ERROR_FORMAT;
 * CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_read(struct trainer *trainer,
                                                 const struct checkpoint *checkpoint,
                                                 struct error *error);

/* Adds the checkpoint's changes of course to the trainer's. Errors: as above. */
CHARNN_MUST_CHECK enum status training_json_read_changes(struct trainer *trainer,
                                                         const struct checkpoint *checkpoint,
                                                         struct error *error);

/* Whether this run wrote the checkpoint after `step`: it has the same text and the same losses in
 * its last validation. */
bool training_json_is_of_run(const struct trainer *trainer, const struct checkpoint *checkpoint,
                             size_t step);

#endif
