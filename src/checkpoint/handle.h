/* An open checkpoint: everything in it except the values of its tensors. */
#ifndef CHARNN_CHECKPOINT_HANDLE_H
#define CHARNN_CHECKPOINT_HANDLE_H

#include "base/error.h"

#include "nn/model.h"
#include "text/corpus.h"
#include "text/vocab.h"

#include <cJSON.h>

struct checkpoint;
struct safetensors;

void checkpoint_close(struct checkpoint *checkpoint);

/* The results belong to the checkpoint. */
const char *checkpoint_path(const struct checkpoint *checkpoint); /* "standard input" for "-" */
size_t checkpoint_size(const struct checkpoint *checkpoint);      /* bytes of the file */
const struct model_shape *checkpoint_shape(const struct checkpoint *checkpoint);
const struct vocab *checkpoint_vocab(const struct checkpoint *checkpoint);
const cJSON *checkpoint_config(const struct checkpoint *checkpoint);   /* an object */
const cJSON *checkpoint_training(const struct checkpoint *checkpoint); /* an object, or NULL */
const struct safetensors *checkpoint_file(const struct checkpoint *checkpoint);

/* How to read a text for this model: in the vocabulary's encoding and with the settings of its run.
 * The strings belong to the checkpoint. */
struct corpus_format checkpoint_corpus_format(const struct checkpoint *checkpoint);

/* Compares the file with its checksum (checkpoint/checksum.h). CHARNN_ERROR_FORMAT if damaged. */
CHARNN_MUST_CHECK enum status checkpoint_check_checksum(const struct checkpoint *checkpoint,
                                                        struct error *error);

#endif
