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

/* Reads back what training_json_create() wrote. The checkpoint has a charnn.training. Errors:
 * CHARNN_ERROR_DATA if its text is not the trainer's; CHARNN_ERROR_FORMAT; CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_read(struct trainer *trainer,
                                                 const struct checkpoint *checkpoint,
                                                 struct error *error);

/* Adds a change of course at the current step. `text` is copied. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_add_change(struct trainer *trainer, const char *text,
                                                       struct error *error);

/* Whether this run wrote the checkpoint after `step`: it has the same text and the same losses in
 * its last validation. */
bool training_json_is_of_run(const struct trainer *trainer, const struct checkpoint *checkpoint,
                             size_t step);

#endif
