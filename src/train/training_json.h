/* The JSON charnn.training of a checkpoint, as models/README.md specifies it: the run's progress,
 * history and the checksum of its text. */
#ifndef CHARNN_TRAIN_TRAINING_JSON_H
#define CHARNN_TRAIN_TRAINING_JSON_H

#include "checkpoint/checkpoint.h"
#include "train/state.h"

/* Errors: CHARNN_ERROR_MEMORY. Ownership of *json: the caller's, cJSON_Delete(), even after an
 * error. */
CHARNN_MUST_CHECK enum status training_json_create(const struct trainer *trainer, cJSON **json,
                                                   struct error *error);

/* Reads the JSON back; the checkpoint must have it. Errors: CHARNN_ERROR_DATA if the text is not
 * the trainer's; CHARNN_ERROR_FORMAT; CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_read(struct trainer *trainer,
                                                 const struct checkpoint *checkpoint,
                                                 struct error *error);

/* Adds a row [current step, text] to the changes. Copies `text`. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status training_json_add_change(struct trainer *trainer, const char *text,
                                                       struct error *error);

/* Whether this run wrote the checkpoint at `step`: the run has the same text, and the same losses
 * in the checkpoint's last validation. */
bool training_json_is_of_run(const struct trainer *trainer, const struct checkpoint *checkpoint,
                             size_t step);

#endif
