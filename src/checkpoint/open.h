/* Opens checkpoints. No byte of the file is trusted. */
#ifndef CHARNN_CHECKPOINT_OPEN_H
#define CHARNN_CHECKPOINT_OPEN_H

#include "checkpoint/handle.h"

/*
 * Maps `path` and checks it: its checksum (checkpoint/checksum.h), format version, the settings of
 * the model's shape, vocabulary, and its tensors (checkpoint_check_tensors()). Memory is
 * proportional to the file, whatever the file claims. Errors, each a sentence with the path:
 * CHARNN_ERROR_IO, CHARNN_ERROR_FORMAT (also for a newer format version). Released with
 * checkpoint_close().
 */
CHARNN_MUST_CHECK enum status checkpoint_open(const char *path, struct checkpoint **checkpoint,
                                              struct error *error);

/* checkpoint_open() and checkpoint_load_model() for a model that is not trained, with the same
 * errors in the same order, but one thread checks the checksum while the others read. On failure
 * both results are NULL. Released with checkpoint_close() and model_destroy(). */
CHARNN_MUST_CHECK enum status checkpoint_open_model(const char *path, size_t threads,
                                                    struct checkpoint **checkpoint,
                                                    struct model **model, struct error *error);

#endif
